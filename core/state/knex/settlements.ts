// Owns what becomes of the steps and tasks of a run: each change in one transaction that checks the fence of whoever makes it.
import type { Knex } from "knex";
import { type MeshError, problems } from "../../errors/index.ts";
import type { NewTask, SettledStep, TaskRef, TaskState } from "../task-types.ts";
import type { RunStatus, StepStatus } from "../types.ts";
import { after, type Database, from, inTransaction, now, quoted, readableJson } from "./database.ts";
import { enterPublishing, writePublications } from "./publications.ts";
import type { TaskRow } from "./records.ts";
import { countedTasks, lockInOrder, NOT_BEGUN, OPEN, release } from "./task-edges.ts";
import { writeTests } from "./tests.ts";

type SettlementMethods = Pick<TaskState, "beginStep" | "settleStep" | "endTask" | "returnTask">;

export function createSettlementMethods(database: Database): SettlementMethods {
  return {
    beginStep: (ref, step) => writeSteps(database, ref, [{ ...step, status: "running" }], database.knex),

    async settleStep(ref, { before = [], step, begins, judged, fallen, releases, publish, end, endError }) {
      const steps = [...before, step];
      const rows: readonly StepRow[] = begins ? [...steps, { ...begins, status: "running" }] : steps;
      const mentions = [...fallen, ...steps].flatMap(({ step: id }) => releases[id] ?? []);
      if (!judged && !publish && !end && fallen.length + mentions.length === 0) {
        await writeSteps(database, ref, rows, database.knex);
        return { released: [], fallen: [], publications: [] };
      }
      return inTransaction(database, async (trx) => {
        // The order of locks is the same for all: publishing, the run, tasks by their rank, steps and builds.
        const by = { runId: ref.runId, action: "publish" } as const;
        const sequence = publish && (await enterPublishing(database, publish.changes, by, trx));
        // Publishing has locked the run already.
        if (end && sequence === undefined) await lockRun(database, ref.runId, trx);
        await writeSteps(database, ref, rows, trx);
        await lockInOrder(database, ref, [...fallen.map(({ task }) => task), ...mentions], trx);
        if (judged) await writeTests(database, judged, trx);
        const publications =
          publish && sequence !== undefined
            ? await writePublications(database, publish.changes, by, sequence, trx)
            : [];
        const fell = await dropFallen(database, ref, fallen, trx);
        const released = await release(
          database,
          ref.runId,
          [...steps.map(({ step: id }) => id), ...fell].flatMap((id) => releases[id] ?? []),
          trx,
        );
        const runEnded =
          end && (await finish(database, ref, { status: end, ...(endError && { error: endError }) }, trx));
        return { released, fallen: fell, publications, ...(runEnded && { runEnded }) };
      });
    },

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
async function checkFence(database: Database, ref: TaskRef, trx: Knex): Promise<void> {
  const found = await trx.raw(`select 1 from ${heldTask(database)}`, [ref.runId, ref.task, ref.fence]);
  if (rowsOf(database, found).length === 0) throw await taskLost(database, ref, trx);
}

/** SQL of the task's row while its fence is the holder's; three bindings. Whoever changes the row waits for the transaction. */
function heldTask(database: Database): string {
  const held = "where run_id = ? and id = ? and fence = ? and status = 'running'";
  return `${quoted(database, "task")} ${held}${database.kind === "postgres" ? " for update" : ""}`;
}

async function taskLost(database: Database, { runId, task, fence }: TaskRef, trx: Knex): Promise<MeshError> {
  const row = await from(database, "task", trx).where({ run_id: runId, id: task }).first("status", "fence");
  return problems.taskLost({ runId, task, status: row === undefined ? "unknown" : said(row, fence) });
}

/** Of a raw statement. */
const rowsOf = (database: Database, found: unknown): readonly unknown[] =>
  database.kind === "postgres" ? (found as { readonly rows: unknown[] }).rows : (found as unknown[]);

function said(row: { readonly status: string; readonly fence: number | string }, fence: number): string {
  return Number(row.fence) === fence ? row.status : `${row.status}, taken ${Number(row.fence) - fence} times since`;
}

/** Of a step that ended, or that begins now and runs. */
type StepRow = Omit<SettledStep, "status"> & { readonly status: StepStatus };

/**
 * Writes steps of the task: those that run begin now, the others end now. One statement that looks at the fence: where nothing else
 * changes it needs no transaction, which would be three more. In one it holds the task's row to the end. Throws `run/task-lost`.
 */
async function writeSteps(database: Database, ref: TaskRef, steps: readonly StepRow[], trx: Knex): Promise<void> {
  const bindings: unknown[] = [ref.runId, ref.task, ref.fence];
  const selects = steps.map(({ step, kind, model, status, reason = "", rows, bytes, error }) => {
    const runs = status === "running";
    bindings.push(ref.runId, step, kind, model, status, reason, rows ?? null, bytes ?? null);
    bindings.push(error === undefined ? null : readableJson(error));
    const finished = runs ? `cast(null as ${database.instantType})` : database.now;
    return `select ?, ?, ?, ?, ?, ?, ${database.now}, ${finished}, cast(? as bigint), cast(? as bigint), ?, ${runs ? 0 : 1} from held where true`;
  });
  const found = await trx.raw(
    `with held as (select 1 from ${heldTask(database)})
insert into ${quoted(database, "step")} as known
  (run_id, step, kind, model, status, reason, started_at, finished_at, "rows", bytes, error, settled)
${selects.join(" union all ")}
on conflict (run_id, step) do update set
  status = excluded.status, finished_at = excluded.finished_at, "rows" = excluded."rows", bytes = excluded.bytes,
  error = excluded.error, settled = excluded.settled,
  started_at = case when excluded.settled = 1 then known.started_at else excluded.started_at end,
  reason = case when excluded.settled = 1 and excluded.reason = '' then known.reason else excluded.reason end
returning step`,
    bindings as Knex.RawBinding[],
  );
  if (rowsOf(database, found).length === 0) throw await taskLost(database, ref, trx);
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
