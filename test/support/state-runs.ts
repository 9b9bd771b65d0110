// Owns making runs, tasks and backfills for state tests, without any plan.
import { setTimeout as sleep } from "node:timers/promises";
import type {
  BackfillRecord,
  NewBackfill,
  NewRun,
  NewTask,
  StateStore,
  TaskRecord,
  TaskRef,
} from "../../core/state/index.ts";
import { createId } from "../../core/util/index.ts";

export const ALL_TASKS: Parameters<StateStore["admit"]>[1] = ({ ready }) =>
  ready.map(({ runId, id, fence }) => ({ runId, task: id, fence }));

export const newTask = (id: string, some: Partial<NewTask> = {}): NewTask => ({
  id,
  workerClass: "duckdb",
  models: [id],
  pools: [],
  waits: 0,
  rank: 0,
  maxAttempts: 1,
  retryDelayMs: 0,
  ...some,
});

export const newRun = (some: Partial<NewRun> = {}): NewRun => ({
  id: createId(),
  command: "run",
  selection: "a+",
  executor: "process",
  trigger: "manual",
  priority: 10,
  host: "here",
  pid: 42,
  ...some,
});

export const workersRun = (some: Partial<NewRun> = {}): NewRun => newRun({ executor: "workers", ...some });

/** A running run of these tasks; of one that waits for nothing unless told. Returns its id. */
export async function startedRun(
  state: StateStore,
  tasks: readonly NewTask[] = [newTask("task")],
  some: Partial<NewRun> = {},
): Promise<string> {
  const run = newRun(some);
  await state.recordRun(run);
  await state.beginRun(run.id, "{}", tasks);
  return run.id;
}

export const refOf = ({ runId, id, fence }: TaskRecord): TaskRef => ({ runId, task: id, fence });

/** Admits all of the run's ready tasks and claims one of them. */
export async function claimedTask(
  state: StateStore,
  runId: string,
  task = "task",
  { worker = "w", leaseMs = 60_000 } = {},
): Promise<TaskRef> {
  for (;;) {
    await state.admit({ runId }, ALL_TASKS);
    const found = (await state.listTasks(runId)).find(({ id }) => id === task);
    const claimed = found && (await state.claimTask({ ...refOf(found), workerClass: "duckdb" }, { worker, leaseMs }));
    if (claimed) return refOf(claimed);
    await sleep(5);
  }
}

/** Ends a run of one task. */
export async function endRun(state: StateStore, runId: string, status: "done" | "failed" = "done"): Promise<void> {
  await state.endTask(await claimedTask(state, runId), { status });
}

/** The settlement of a step that nobody waits for. */
export const settled = (
  step: string,
  some: Partial<Parameters<StateStore["settleStep"]>[1]["step"]> = {},
): Parameters<StateStore["settleStep"]>[1] => {
  const [kind = "", model = ""] = step.split(":");
  return { step: { step, kind, model, status: "success", ...some }, fallen: [], releases: {} };
};

/** By `ana`, of so many windows: 0 to 1, 1 to 2 and so on. */
export const recordedBackfill = (
  state: StateStore,
  windows: number,
  some: Partial<NewBackfill> = {},
): Promise<BackfillRecord> =>
  state.createBackfill(
    {
      id: createId(),
      model: "a.orders",
      from: "0",
      to: String(windows),
      every: "1",
      reprocess: "all",
      order: "oldest",
      maxActive: 1,
      executor: "workers",
      host: "here",
      pid: 1,
      ...some,
    },
    Array.from({ length: windows }, (_, i) => ({ from: String(i), to: String(i + 1) })),
    { actor: "ana", via: "cli" },
  );
