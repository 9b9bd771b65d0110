// Owns what the end of a step means for the steps that wait for it: which can no longer run, and which tasks wait for less. Pure.
import type { Step } from "../plan/index.ts";
import type { SettledStep, StepStatus } from "../state/index.ts";
import type { WorkIndex } from "./work.ts";

export type EndStatus = Exclude<StepStatus, "running">;

export const SATISFIES: ReadonlySet<EndStatus> = new Set<EndStatus>(["success", "warned", "unchanged"]);

export interface FallenStep extends SettledStep {
  readonly task: string;
}

/** Steps that cannot run any more once this one has ended so, nearest first, each with the step that is at fault. */
export function fallenBy(step: Step, status: EndStatus, index: WorkIndex): readonly FallenStep[] {
  if (SATISFIES.has(status)) return [];
  const reason = becauseOf(step, status);
  const fallen = new Map<string, FallenStep>();
  const queue: { readonly step: Step; readonly status: EndStatus }[] = [{ step, status }];
  for (let at = 0; at < queue.length; at++) {
    const cause = queue[at] as (typeof queue)[number];
    for (const reader of index.readers.get(cause.step.id) ?? []) {
      // Pruning only tidies: it waits for its parents but does not need them to succeed.
      if (reader.kind === "prune" || fallen.has(reader.id)) continue;
      const fell = fallStatus(cause, reader);
      fallen.set(reader.id, {
        step: reader.id,
        kind: reader.kind,
        model: reader.models[0] ?? "",
        status: fell,
        reason,
        task: index.taskOf.get(reader.id) ?? reader.id,
      });
      queue.push({ step: reader, status: fell });
    }
  }
  return [...fallen.values()];
}

function fallStatus(cause: { readonly step: Step; readonly status: EndStatus }, reader: Step): EndStatus {
  if (cause.status === "cancelled") return "cancelled";
  return reader.kind === "publish" && cause.step.kind === "test" ? "held" : "skipped";
}

/** Step id -> the other tasks that wait for it, once for each edge. */
export function releasesOf(steps: Iterable<string>, index: WorkIndex): Readonly<Record<string, readonly string[]>> {
  const releases: Record<string, string[]> = {};
  for (const id of steps) {
    const own = index.taskOf.get(id);
    const waiting = (index.readers.get(id) ?? []).flatMap((reader) => {
      const task = index.taskOf.get(reader.id);
      return task === undefined || task === own ? [] : [task];
    });
    if (waiting.length > 0) releases[id] = waiting;
  }
  return releases;
}

/** Every step of the task, with whom it lets go on. */
export function allReleases(steps: readonly Step[], index: WorkIndex): Readonly<Record<string, readonly string[]>> {
  const ids = steps.map(({ id }) => id);
  return { ...Object.fromEntries(ids.map((id) => [id, []])), ...releasesOf(ids, index) };
}

/** Why what waits for the step does not run: always the step that is at fault, however far away. */
function becauseOf({ kind, models }: Step, status: EndStatus): string {
  const what = status === "cancelled" ? "was cancelled" : kind === "test" ? "failed its tests" : "failed";
  return `${models.join(", ")} ${what}`;
}
