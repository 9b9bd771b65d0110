// Owns reading from the state store's rows how long a run of diamonds took, and what its tasks waited for: for a slot, which is queueing, and
// for the engine once there was one. Times are the database's.
import type { RunRecord, StateStore } from "../core/state/index.ts";

export interface RunMeasures {
  /** From the first task that was ready to the run's end. */
  readonly wallMs: number;
  readonly steps: number;
  readonly tasks: number;
  readonly waits: readonly { readonly what: Wait; readonly share: number; readonly ms: number }[];
}

export type Wait =
  | "published -> child claimed"
  | "queueing, ready -> a slot is free"
  | "own, ready and a slot free -> claimed"
  | "own, claimed -> its build begins"
  | "claimed -> ended";

const SHARES = [0.5, 0.99];

/** `slots`: tasks that can go on at once. */
export async function measureRun(run: RunRecord, slots: number, state: StateStore): Promise<RunMeasures> {
  const steps = await state.listSteps(run.id);
  const tasks = (await state.listTasks(run.id)).flatMap(({ models, readyAt, startedAt, finishedAt }) =>
    readyAt && startedAt && finishedAt
      ? [
          {
            model: models[0] ?? "",
            ready: readyAt.getTime(),
            started: startedAt.getTime(),
            ended: finishedAt.getTime(),
          },
        ]
      : [],
  );
  const begun = new Map(
    steps.flatMap(({ kind, model, startedAt }) => (kind === "build" ? [[model, startedAt.getTime()]] : [])),
  );
  const inOrder = [...tasks].sort((a, b) => a.started - b.started);
  const free = freeSince(inOrder, slots);
  const first = Math.min(...tasks.map(({ ready }) => ready));
  const stages: Readonly<Record<Wait, readonly number[]>> = {
    // A task is ready in the transaction that publishes the last of what it reads; those without are ready as the run begins.
    "published -> child claimed": tasks
      .filter(({ ready }) => ready > first)
      .map(({ ready, started }) => started - ready),
    "queueing, ready -> a slot is free": inOrder.map(({ ready }, i) => Math.max(0, (free[i] as number) - ready)),
    "own, ready and a slot free -> claimed": inOrder.map(
      ({ ready, started }, i) => started - Math.max(ready, free[i] as number),
    ),
    "own, claimed -> its build begins": tasks.flatMap(({ model, started }) => {
      const at = begun.get(model);
      return at === undefined ? [] : [at - started];
    }),
    "claimed -> ended": tasks.map(({ started, ended }) => ended - started),
  };
  return {
    wallMs: (run.finishedAt?.getTime() ?? Number.NaN) - first,
    steps: steps.length,
    tasks: tasks.length,
    waits: Object.entries(stages).flatMap(([what, values]) =>
      SHARES.map((share) => ({ what: what as Wait, share, ms: quantile(values, share) })),
    ),
  };
}

/** Of each task, in the order they were claimed, since when a slot was free for it: when so many had ended that it was its turn. */
function freeSince(
  inOrder: readonly { readonly started: number; readonly ended: number }[],
  slots: number,
): readonly number[] {
  const ends = inOrder.map(({ ended }) => ended).sort((a, b) => a - b);
  return inOrder.map((_, i) => (i < slots ? 0 : (ends[i - slots] as number)));
}

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}
