// Owns reading from the state store's rows how long a run of diamonds took, and what its tasks waited for. Times are the database's.
import type { RunRecord, StateStore, TaskRecord } from "../core/state/index.ts";
import { type DiamondShape, parentsOf } from "./diamond-mesh.ts";

export interface RunMeasures {
  /** From the first task that was ready to the run's end. */
  readonly wallMs: number;
  readonly steps: number;
  readonly tasks: number;
  readonly cpuSeconds: number;
  readonly waits: readonly { readonly what: string; readonly ms: number }[];
}

const SHARES = [0.5, 0.95, 0.99];
const SHARES_OF_PARTS = [0.5, 0.99];

export async function measureRun(
  run: RunRecord,
  shape: DiamondShape,
  cpuSeconds: number,
  state: StateStore,
): Promise<RunMeasures> {
  const steps = await state.listSteps(run.id);
  const tasks = await state.listTasks(run.id);
  const published = new Map(
    steps.flatMap(({ kind, model, finishedAt }) =>
      kind === "publish" && finishedAt ? [[model, finishedAt.getTime()]] : [],
    ),
  );
  const begun = new Map<string, number>();
  for (const { kind, model, startedAt } of steps) if (kind === "build") begun.set(model, startedAt.getTime());
  const of = (what: (task: TaskRecord, model: string) => number | undefined) =>
    tasks.flatMap((task) => {
      const [model] = task.models;
      const ms = model === undefined ? undefined : what(task, model);
      return ms === undefined || Number.isNaN(ms) ? [] : [ms];
    });
  const time = (at: Date | undefined) => at?.getTime() ?? Number.NaN;
  const lastParent = (model: string) => {
    const ends = parentsOf(Number(model.slice("bench.m".length)), shape).map((i) => published.get(`bench.m${i}`));
    return ends.length === 0 ? undefined : Math.max(...ends.map((end) => end ?? Number.NaN));
  };
  const since = (from: number | undefined, to: number) => (from === undefined ? undefined : to - from);
  const stages = {
    "published -> child started": of((task, model) => since(lastParent(model), time(task.startedAt))),
    "of it published -> queued": of((task, model) => since(lastParent(model), time(task.queuedAt))),
    "of it queued -> started": of((task) => since(time(task.queuedAt), time(task.startedAt))),
    "then started -> its build began": of((task, model) => since(time(task.startedAt), begun.get(model) ?? Number.NaN)),
    "task started -> ended": of((task) => since(time(task.startedAt), time(task.finishedAt))),
  };
  const first = Math.min(...tasks.map((task) => task.readyAt?.getTime() ?? Number.POSITIVE_INFINITY));
  return {
    wallMs: time(run.finishedAt) - first,
    steps: steps.length,
    tasks: tasks.length,
    cpuSeconds,
    waits: Object.entries(stages).flatMap(([what, values], i) =>
      (i === 0 ? SHARES : SHARES_OF_PARTS).map((share) => ({
        what: `${what} p${share * 100}`,
        ms: quantile(values, share),
      })),
    ),
  };
}

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}
