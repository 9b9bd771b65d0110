// Owns whose fault it is that a promise is not kept: the walk from a table along what it reads, to the first that is to blame.

import type { Manifest } from "../manifest/index.ts";
import { formatDurationMs } from "../util/index.ts";
import type { Cause, Objective, ServiceFacts } from "./types.ts";

export interface CauseQuestion {
  readonly manifest: Manifest;
  readonly facts: ServiceFacts;
  readonly asOf: (model: string) => number | undefined;
  /** Whether a model is not to blame for its age: it promises something about it, and that is kept. `strictly`: without being at risk. */
  readonly keepsPromise: (model: string, strictly: boolean) => boolean;
}

/**
 * Of data that is too old. It goes on to the oldest input as long as building again from what is published would not help. An upstream
 * that keeps its own promise is never to blame for one that somebody else made.
 */
export function causeOfAge(
  question: CauseQuestion,
  objective: Objective,
  { fits, strictly }: { readonly fits: (asOf: number) => boolean; readonly strictly: boolean },
): Cause {
  const { manifest, asOf, keepsPromise } = question;
  const path = [startOf(question, objective)];
  for (;;) {
    const at = path.at(-1) as string;
    const oldest = [...(manifest.models[at]?.dependsOn.models ?? [])]
      .map((id) => ({ id, asOf: asOf(id) ?? Number.NEGATIVE_INFINITY }))
      .sort((a, b) => a.asOf - b.asOf || (a.id < b.id ? -1 : 1))[0];
    if (!oldest || fits(oldest.asOf) || path.includes(oldest.id)) return blame(question, path);
    if (keepsPromise(oldest.id, strictly))
      return blame(question, path, `it promises more than ${oldest.id}, which keeps its own promise`);
    path.push(oldest.id);
  }
}

/** Of data that has not come: it goes on to an input that has not come either and that is why. */
export function causeOfAbsence(question: CauseQuestion, objective: Objective, since: number): Cause {
  const { manifest, facts } = question;
  const path = [startOf(question, objective)];
  const attempt = (id: string) => {
    const found = facts.attempts.get(id);
    return found !== undefined && found.startedAt >= since ? found : undefined;
  };
  const missing = (id: string) => !(facts.arrivals.get(id) ?? []).some((at) => at >= since);
  for (;;) {
    const at = path.at(-1) as string;
    const own = attempt(at);
    if (own && own.outcome !== "blocked") return blame(question, path, undefined, since);
    const model = manifest.models[at];
    const late = (model?.dependsOn.models ?? []).filter((id) => missing(id) && !path.includes(id)).sort();
    const failed = late.filter((id) => attempt(id) !== undefined);
    const together = late.filter(
      (id) => manifest.models[id]?.project === model?.project && manifest.models[id]?.schedule === model?.schedule,
    );
    const next = failed.find((id) => attempt(id)?.outcome !== "blocked") ?? failed[0] ?? together[0];
    if (next === undefined) return blame(question, path, undefined, since);
    path.push(next);
  }
}

/** Of a source the snapshot that is behind; of a model itself. */
function startOf({ asOf }: CauseQuestion, { models, subject }: Objective): string {
  return [...models].sort((a, b) => (asOf(b) ?? 0) - (asOf(a) ?? 0) || (a < b ? -1 : 1))[0] ?? subject;
}

function blame({ manifest, facts }: CauseQuestion, path: readonly string[], why?: string, since?: number): Cause {
  const id = path.at(-1) as string;
  const model = manifest.models[id];
  const project = model?.project ?? id.slice(0, id.indexOf("."));
  const owner = model?.owner ?? manifest.projects[project]?.owner ?? { team: project };
  const cause = (kind: Cause["kind"], named: string, told: string): Cause => ({
    kind,
    id: named,
    project,
    owner,
    why: told,
    path,
  });
  if (why !== undefined) return cause("model", id, why);

  const attempt = facts.attempts.get(id);
  const schedule = model?.schedule === undefined ? undefined : `${project}.${model.schedule}`;
  const tick = since ?? (schedule === undefined ? undefined : facts.ticks.get(schedule)?.last);
  const arrived = facts.arrivals.get(id)?.at(-1) ?? facts.published.get(id)?.publishedAt ?? 0;
  const recent = attempt !== undefined && attempt.startedAt >= arrived ? attempt : undefined;
  // A store that cannot be read fails every snapshot of it alike: one cause.
  if (
    recent?.outcome === "failed" &&
    model?.source !== undefined &&
    /^(store|source|files|http)\//.test(recent.errorCode ?? "")
  )
    return cause("store", model.source.slice(0, model.source.lastIndexOf(".")), recent.why ?? "it cannot be read");
  if (recent?.outcome === "held") return cause("model", id, recent.why ?? "a test failed");
  if (recent?.outcome === "failed") return cause("model", id, recent.why ?? "its last run failed");
  if (recent?.outcome === "running")
    return cause("model", id, `it has been worked on for ${formatDurationMs(facts.now - recent.startedAt)}`);
  if (schedule !== undefined && tick !== undefined && (attempt?.startedAt ?? 0) < tick && arrived < tick)
    return cause("schedule", schedule, `its run of ${new Date(tick).toISOString()} has not begun`);
  if (recent?.outcome === "blocked") return cause("model", id, recent.why ?? "something it reads failed");
  if (facts.published.get(id) === undefined) return cause("model", id, "it was never published");
  return cause("model", id, "nothing has failed: it is not built often enough for what is promised");
}
