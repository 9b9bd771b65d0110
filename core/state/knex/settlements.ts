// Owns what becomes of the steps and tasks of a run: each change in one transaction that checks the fence of whoever makes it.
import type { Knex } from "knex";
import { problems } from "../../errors/index.ts";
import type { BegunStep, NewTask, SettledStep, TaskRef, TaskState } from "../task-types.ts";
import type { RunStatus } from "../types.ts";
import { after, type Database, from, inTransaction, now, quoted, readableJson } from "./database.ts";
import { publishAll } from "./publications.ts";
import type { TaskRow } from "./records.ts";
import { countedTasks, lockInOrder, NOT_BEGUN, OPEN, release } from "./task-edges.ts";
import { writeTests } from "./tests.ts";

type SettlementMethods = Pick<TaskState, "beginStep" | "settleStep" | "endTask" | "returnTask">;

export function createSettlementMethods(database: Database): SettlementMethods {
  return {
    beginStep: (ref, step) =>
      inTransaction(database, async (trx) => {
        await checkFence(database, ref, trx);
        await writeBegun(database, ref.runId, step, trx);
      }),

    settleStep: (ref, { step, begins, judged, fallen, releases, publish, end, endError }) =>
      inTransaction(database, async (trx) => {
        // The order of locks is the same for all: publishing, the run, tasks by their rank, steps.
        const publications = publish
          ? await publishAll(database, publish.changes, { runId: ref.runId, action: "publish" }, trx)
          : [];
        // Publishing has locked the run already.
        if (end && publications.length === 0) await lockRun(database, ref.runId, trx);
        await checkFence(database, ref, trx);
        await lockInOrder(database, ref, [...fallen.map(({ task }) => task), ...Object.values(releases).flat()], trx);
        if (judged) await writeTests(database, judged, trx);
        await writeStep(database, ref.runId, step, trx);
        const fell = await dropFallen(database, ref, fallen, trx);
        const released = await release(
          database,
          ref.runId,
          [step.step, ...fell].flatMap((id) => releases[id] ?? []),
          trx,
        );
        if (begins) await writeBegun(database, ref.runId, begins, trx);
        const runEnded =
          end && (await finish(database, ref, { status: end, ...(endError && { error: endError }) }, trx));
        return { released, fallen: fell, publications, ...(runEnded && { runEnded }) };
      }),

    endTask: (ref, { status, error }) =>
      inTransaction(database, async (trx) => {
        await lockRun(database, ref.runId, trx);
        await checkFence(database, ref, trx);
        const runEnded = await finish(database, ref, { status, ...(error && { error }) }, trx);
        return runEnded ? { runEnded } : {};
      }),

    returnTask: (ref, { kind, error, delayMs, releases }) =>
      inTransaction(database, async (trx) => {
        // Whoever cancels the run meanwhile either finds the task given back or is found by it: it begins no more then.
        await lockRun(database, ref.runId, trx);
        const counter = { lost: "losses", retried: "attempt", returned: undefined }[kind];
        const [row]: TaskRow[] = await from(database, "task", trx)
          .where({ run_id: ref.runId, id: ref.task, fence: ref.fence, status: "running" })
          .update({
            // Those it waits for may have been given back as it was at work.
            status: trx.raw("case when ?? > 0 then 'waiting' else 'ready' end", ["waits"]),
            // A late claim by the old ticket finds another number.
            fence: ref.fence + 1,
            // It was let go on long ago, and goes before what came after it; one that failed has had its turn.
            ready_at: trx.raw(`case when ?? > 0 then null else ${kind === "retried" ? database.now : "??"} end`, [
              "waits",
              ...(kind === "retried" ? [] : ["ready_at"]),
            ]),
            not_before: delayMs > 0 ? after(database, delayMs) : null,
            lease_until: null,
            worker: null,
            error: readableJson(error),
            ...(counter && { [counter]: trx.raw("?? + 1", [counter]) }),
          })
          .returning("*");
        if (!row) return false;
        await endAttempt(database, ref, kind, error, trx);
        await forget(database, ref, row, { status: BECOMES[kind], error }, releases, trx);
        await endIfCancelled(database, ref, trx);
        return true;
      }),
  };
}

/** Holds the task's row to the end of the transaction. Throws `run/task-lost`. */
async function checkFence(database: Database, { runId, task, fence }: TaskRef, trx: Knex): Promise<void> {
  const forUpdate = database.kind === "postgres" ? " for update" : "";
  const found = await trx.raw(
    `select status, fence from ${quoted(database, "task")} where run_id = ? and id = ?${forUpdate}`,
    [runId, task],
  );
  const [row] = (database.kind === "postgres" ? found.rows : found) as { status: string; fence: number | string }[];
  if (row?.status === "running" && Number(row.fence) === fence) return;
  throw problems.taskLost({ runId, task, status: row === undefined ? "unknown" : said(row, fence) });
}

function said(row: { readonly status: string; readonly fence: number | string }, fence: number): string {
  return Number(row.fence) === fence ? row.status : `${row.status}, taken ${Number(row.fence) - fence} times since`;
}

async function writeBegun(
  database: Database,
  runId: string,
  { step, kind, model, reason }: BegunStep,
  trx: Knex,
): Promise<void> {
  const begun = { status: "running", reason, started_at: now(database), finished_at: null };
  await from(database, "step", trx)
    .insert({ run_id: runId, step, kind, model, ...begun, rows: null, bytes: null, error: null, settled: 0 })
    .onConflict(["run_id", "step"])
    .merge();
}

async function writeStep(database: Database, runId: string, step: SettledStep, trx: Knex): Promise<void> {
  const ended = {
    status: step.status,
    finished_at: now(database),
    rows: step.rows ?? null,
    bytes: step.bytes ?? null,
    error: step.error === undefined ? null : readableJson(step.error),
    settled: 1,
    ...(step.reason !== undefined && { reason: step.reason }),
  };
  await from(database, "step", trx)
    .insert({
      run_id: runId,
      step: step.step,
      kind: step.kind,
      model: step.model,
      reason: "",
      started_at: now(database),
      ...ended,
    })
    .onConflict(["run_id", "step"])
    .merge(ended);
}

/** Records steps that never run, unless they are settled or another task is at work on them; gives those recorded. */
async function dropFallen(
  database: Database,
  ref: TaskRef,
  dropped: Parameters<TaskState["settleStep"]>[1]["fallen"],
  trx: Knex,
): Promise<readonly string[]> {
  if (dropped.length === 0) return [];
  const tasks = [...new Set(dropped.flatMap(({ task }) => (task === ref.task ? [] : [task])))].sort();
  // Begun before what it reads was given back, a task goes on, and settles its steps itself: twice would let go on twice.
  const atWork = new Set<string>();
  for (let at = 0; at < tasks.length; at += 500) {
    const rows: { id: string }[] = await from(database, "task", trx)
      .where({ run_id: ref.runId, status: "running" })
      .whereIn("id", tasks.slice(at, at + 500))
      .select("id");
    for (const { id } of rows) atWork.add(id);
  }
  const fallen = dropped.filter(({ task }) => !atWork.has(task));
  const fell: string[] = [];
  for (let at = 0; at < fallen.length; at += 200) {
    const rows: { step: string }[] = await from(database, "step", trx)
      .insert(
        fallen.slice(at, at + 200).map(({ step, kind, model, status, reason }) => ({
          run_id: ref.runId,
          step,
          kind,
          model,
          status,
          reason: reason ?? "",
          error: null,
          started_at: now(database),
          finished_at: now(database),
          settled: 1,
        })),
      )
      .onConflict(["run_id", "step"])
      .merge(["status", "reason", "finished_at", "error", "settled"])
      // What an attempt left that was given back is not settled by that.
      .where("step.settled", 0)
      .whereNot("step.status", "running")
      .returning("step");
    fell.push(...rows.map(({ step }) => step));
  }
  for (let at = 0; at < tasks.length; at += 500)
    await from(database, "task", trx)
      .where({ run_id: ref.runId })
      .whereIn("id", tasks.slice(at, at + 500))
      .whereIn("status", NOT_BEGUN)
      .update({ status: "skipped", finished_at: now(database) });
  return fell;
}

/** What the steps of a task show until it is done again. */
const BECOMES = { retried: "failed", lost: "crashed", returned: "cancelled" } as const;

/**
 * What a task did of a run is done again: its builds are void, and whoever was let go on by it and has not begun waits again. Whoever is
 * at work goes on, and waits when it is given back too.
 */
async function forget(
  database: Database,
  ref: TaskRef,
  task: TaskRow,
  became: { readonly status: string; readonly error: unknown },
  releases: Readonly<Record<string, readonly string[]>>,
  trx: Knex,
): Promise<void> {
  const { runId } = ref;
  // Only these have let anybody go on: others show how an attempt before this one was left.
  const settled: { step: string }[] = await from(database, "step", trx)
    .where({ run_id: runId, settled: 1 })
    .whereIn("step", Object.keys(releases))
    .select("step");
  const mentions = settled.flatMap(({ step }) => releases[step] ?? []);
  await lockInOrder(database, ref, mentions, trx);
  const unlessBegun = (then: string, column: string) =>
    trx.raw(`case when ?? = 'running' then ?? else ${then} end`, ["status", column]);
  for (const [edges, tasks] of countedTasks(mentions))
    await from(database, "task", trx)
      .where({ run_id: runId })
      .whereIn("id", tasks)
      .whereIn("status", OPEN)
      .update({
        waits: trx.raw("?? + ?", ["waits", edges]),
        status: unlessBegun("'waiting'", "status"),
        queued_at: unlessBegun("null", "queued_at"),
        ready_at: unlessBegun("null", "ready_at"),
      });
  await from(database, "step", trx)
    .where({ run_id: runId })
    .whereIn("step", Object.keys(releases))
    .update({ status: became.status, error: readableJson(became.error), finished_at: now(database), settled: 0 });
  await from(database, "build", trx)
    .where({ run_id: runId })
    .whereIn("model", JSON.parse(task.models) as string[])
    .whereIn("status", ["building", "built"])
    .update({ status: "rejected" });
}

/** Nobody would begin what was given back of a cancelled run but to stop it again, and without a worker the run would never end. */
async function endIfCancelled(database: Database, { runId, task }: TaskRef, trx: Knex): Promise<void> {
  const run = await from(database, "run", trx).where({ id: runId }).whereNotNull("cancel_requested_at").first("id");
  if (!run) return;
  await from(database, "task", trx)
    .where({ run_id: runId, id: task })
    .update({ status: "cancelled", finished_at: now(database), ready_at: null, not_before: null });
  await endRunIfDone(database, runId, trx);
}

async function endAttempt(
  database: Database,
  { runId, task, fence }: TaskRef,
  outcome: string,
  error: unknown,
  trx: Knex,
): Promise<void> {
  await from(database, "attempt", trx)
    .where({ run_id: runId, task, fence })
    .update({
      finished_at: now(database),
      outcome,
      error: error === undefined ? null : readableJson(error),
    });
}

/** Ends the task, and the run when it was the last. */
async function finish(
  database: Database,
  ref: TaskRef,
  { status, error }: { readonly status: string; readonly error?: unknown },
  trx: Knex,
): Promise<RunStatus | undefined> {
  await from(database, "task", trx)
    .where({ run_id: ref.runId, id: ref.task })
    .update({
      status,
      finished_at: now(database),
      lease_until: null,
      error: error === undefined ? null : readableJson(error),
    });
  await endAttempt(database, ref, status, error, trx);
  return endRunIfDone(database, ref.runId, trx);
}

/** Two last tasks that end at once would each see the other open: the run's row lets one through at a time. */
export async function lockRun(database: Database, runId: string, trx: Knex): Promise<void> {
  if (database.kind !== "postgres") return;
  await trx.raw(`select 1 from ${quoted(database, "run")} where id = ? for update`, [runId]);
}

/** Ends a running run of which no task is open; gives how it ended. The caller has locked the run. */
export async function endRunIfDone(database: Database, runId: string, trx: Knex): Promise<RunStatus | undefined> {
  const open = await from(database, "task", trx).where({ run_id: runId }).whereIn("status", OPEN).first("id");
  if (open) return undefined;
  const ends: { status: string }[] = await from(database, "task", trx).where({ run_id: runId }).distinct("status");
  const run = await from(database, "run", trx).where({ id: runId }).first("cancel_requested_at");
  const status = verdict(new Set(ends.map((row) => row.status as TaskEndStatus)), run?.cancel_requested_at !== null);
  const ended = await from(database, "run", trx)
    .where({ id: runId, status: "running" })
    .update({ status, finished_at: now(database), heartbeat_at: now(database) });
  return ended === 0 ? undefined : status;
}

type TaskEndStatus = "done" | "failed" | "quarantined" | "skipped" | "cancelled";

function verdict(ends: ReadonlySet<TaskEndStatus>, cancelAsked: boolean): RunStatus {
  if ([...ends].every((end) => end === "done")) return "success";
  return cancelAsked ? "cancelled" : "failed";
}

/** Rows of new tasks. */
export function taskRows(
  database: Database,
  run: { readonly id: string; readonly executor: string },
  tasks: readonly NewTask[],
): readonly object[] {
  return tasks.map((task) => ({
    run_id: run.id,
    id: task.id,
    worker_class: task.workerClass,
    models: JSON.stringify(task.models),
    exclusive: JSON.stringify(task.exclusive ?? task.models),
    bundle: task.bundle ?? null,
    pools: JSON.stringify(task.pools),
    status: task.waits === 0 ? "ready" : "waiting",
    waits: task.waits,
    rank: task.rank,
    executor: run.executor,
    fence: 0,
    attempt: 0,
    losses: 0,
    max_attempts: task.maxAttempts,
    retry_delay_ms: task.retryDelayMs,
    timeout_ms: task.timeoutMs ?? null,
    ready_at: task.waits === 0 ? now(database) : null,
  }));
}
