// Owns which steps may start next. Pure bookkeeping: it starts nothing and knows no clock.
import type { Step } from "../plan/index.ts";
import type { StepStatus } from "../state/index.ts";

export type Settled = Exclude<StepStatus, "running">;

const SATISFIES: ReadonlySet<Settled> = new Set<Settled>(["success", "warned", "unchanged"]);

export interface Frontier {
  /** The first ready step that `allowed` accepts, in plan order; it counts as started. */
  take(allowed: (step: Step) => boolean): Step | undefined;
  /** Records an outcome. Gives the steps that can no longer run because of it, already settled, each with its cause. */
  settle(
    step: Step,
    status: Settled,
  ): readonly { readonly step: Step; readonly status: Settled; readonly cause: Step }[];
  /** Settles everything not yet started and returns it. */
  drain(): readonly Step[];
  readonly open: number;
}

/** Linear over a whole run: each edge is looked at once. */
export function createFrontier(steps: readonly Step[]): Frontier {
  const waitsFor = new Map<string, number>();
  const readers = new Map<string, Step[]>();
  const rank = new Map(steps.map((step, index) => [step.id, index]));
  const pending = new Map(steps.map((step) => [step.id, step]));
  const ready: Step[] = [];
  let open = steps.length;

  const enqueue = (step: Step) => {
    const mine = rank.get(step.id) as number;
    let at = ready.length;
    while (at > 0 && (rank.get((ready[at - 1] as Step).id) as number) > mine) at--;
    ready.splice(at, 0, step);
  };
  for (const step of steps) {
    const parents = step.dependsOn.filter((id) => rank.has(id));
    waitsFor.set(step.id, parents.length);
    for (const id of parents) readers.set(id, [...(readers.get(id) ?? []), step]);
    if (parents.length === 0) ready.push(step);
  }

  const settle = (step: Step, status: Settled): { step: Step; status: Settled; cause: Step }[] => {
    const fallen: { step: Step; status: Settled; cause: Step }[] = [];
    const queue: { step: Step; status: Settled }[] = [{ step, status }];
    for (let next = queue.shift(); next; next = queue.shift()) {
      open--;
      pending.delete(next.step.id);
      for (const reader of readers.get(next.step.id) ?? []) {
        if (!pending.has(reader.id)) continue;
        // Pruning only tidies: it waits for its parents but does not need them to succeed.
        if (SATISFIES.has(next.status) || reader.kind === "prune") {
          const left = (waitsFor.get(reader.id) as number) - 1;
          waitsFor.set(reader.id, left);
          if (left === 0) enqueue(reader);
          continue;
        }
        pending.delete(reader.id);
        const readyAt = ready.indexOf(reader);
        if (readyAt >= 0) ready.splice(readyAt, 1);
        const readerStatus: Settled =
          next.status === "cancelled"
            ? "cancelled"
            : reader.kind === "publish" && next.step.kind === "test"
              ? "held"
              : "skipped";
        fallen.push({ step: reader, status: readerStatus, cause: next.step });
        queue.push({ step: reader, status: readerStatus });
      }
    }
    return fallen;
  };

  return {
    take(allowed) {
      const index = ready.findIndex(allowed);
      return index < 0 ? undefined : ready.splice(index, 1)[0];
    },
    settle,
    drain() {
      const left = [...pending.values()].filter(
        (step) => ready.includes(step) || (waitsFor.get(step.id) as number) > 0,
      );
      for (const step of left) pending.delete(step.id);
      ready.length = 0;
      open -= left.length;
      return left;
    },
    get open() {
      return open;
    },
  };
}
