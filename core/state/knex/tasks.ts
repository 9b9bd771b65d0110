// Owns who works on which task: admission, claims, leases, and finding what was lost. What a task did is settled in `settlements.ts`.
import type { Knex } from "knex";
import type { AdmissionTask, AdmissionView, TaskRef, TaskState, Ticket } from "../task-types.ts";
import { after, type Database, from, inTransaction, now } from "./database.ts";
import {
  type AttemptRow,
  attemptRecord,
  type Instant,
  type TaskRow,
  taskRecord,
  type WorkerRow,
  workerRecord,
} from "./records.ts";
import { OPEN } from "./task-edges.ts";

type TaskMethods = Pick<
  TaskState,
  | "admit"
  | "claimTask"
  | "renewLeases"
  | "expiredTasks"
  | "recallTasks"
  | "overdueTickets"
  | "listTasks"
  | "listAttempts"
  | "keepWorker"
  | "dropWorker"
  | "listWorkers"
>;

/** An admission looks at so many ready tasks first, at four times as many when it may take none of these, and so on. */
const LOOK_AHEAD = 50;

export function createTaskMethods(database: Database): TaskMethods {
  const ready = (scope: Parameters<TaskState["admit"]>[0], trx: Knex) => {
    const query = from(database, "task", trx)
      .where({ status: "ready" })
      .where((due) => due.whereNull("not_before").orWhere("not_before", "<=", now(database)));
    return "runId" in scope ? query.where({ run_id: scope.runId }) : query.where({ executor: scope.executor });
  };

  // A run may be given a better priority while it goes on: its tasks have none of their own. Joined, because asked for each of a thousand
  // ready tasks it would be most of what an admission costs.
  const withPriority = (tasks: Knex.QueryBuilder, trx: Knex) =>
    tasks.join(from(database, "run", trx).select({ own_id: "id" }, "priority").as("own"), "own_id", "run_id");
  const soonest = (scope: Parameters<TaskState["admit"]>[0], trx: Knex) =>
    withPriority(ready(scope, trx), trx)
      .select("*", trx.raw(`${database.now} as ??`, ["clock"]))
      .orderBy(["priority", "ready_at", "rank"]);

  return {
    admit: (scope, choose) =>
      inTransaction(database, async (trx) => {
        // Without the lock at first: most looks find nothing. With it once more: somebody may have queued what was seen.
        if ((await ready(scope, trx).limit(1)).length === 0) return [];
        await database.lock(trx, "admission");
        let rows: ReadyRow[] = await soonest(scope, trx).limit(LOOK_AHEAD);
        if (!rows[0]) return [];
        const at = new Date(rows[0].clock);
        const held: AdmissionRow[] = await withPriority(from(database, "task", trx), trx)
          .select("*")
          .where((one) =>
            one
              .where({ status: "queued" })
              .orWhere((running) => running.where({ status: "running" }).where("lease_until", ">", now(database))),
          );
        const about = { underWay: held.map(admissionTask), held: await heldByBundles(database, trx), now: at };
        for (let looked = LOOK_AHEAD; ; rows = await soonest(scope, trx).limit(looked)) {
          const chosen = choose({ ...about, ready: rows.map(admissionTask) });
          if (chosen.length > 0 || rows.length < looked) return queue(database, chosen, trx);
          looked *= 4;
        }
      }),

    async claimTask({ runId, task, fence }, { worker, leaseMs }) {
      return inTransaction(database, async (trx) => {
        const [row]: TaskRow[] = await from(database, "task", trx)
          .where({ run_id: runId, id: task, status: "queued", fence })
          .update({
            status: "running",
            fence: fence + 1,
            worker,
            started_at: now(database),
            lease_until: after(database, leaseMs),
          })
          .returning("*");
        if (!row) return undefined;
        await from(database, "attempt", trx).insert({
          run_id: runId,
          task,
          fence: fence + 1,
          attempt: row.attempt + 1,
          worker,
          started_at: now(database),
        });
        return taskRecord(row);
      });
    },

    async renewLeases(worker, held, leaseMs) {
      if (held.length === 0) return [];
      const rows: Pick<TaskRow, "run_id" | "id" | "fence">[] = await from(database, "task")
        .where({ worker, status: "running" })
        // What has ended is not renewed: its slots of pools may be somebody else's already.
        .where((own) => own.where({ executor: "process" }).orWhere("lease_until", ">", now(database)))
        .update({ lease_until: after(database, leaseMs) })
        .returning(["run_id", "id", "fence"]);
      const keyOfRow = (row: (typeof rows)[number]) =>
        keyOf({ runId: row.run_id, task: row.id, fence: Number(row.fence) });
      const mine = new Set(rows.map(keyOfRow));
      // What ended between the question and the answer was not taken from anybody.
      const gone = held.filter((ref) => !mine.has(keyOf(ref)));
      const endings: typeof rows =
        gone.length === 0
          ? []
          : await from(database, "task")
              .whereIn("run_id", [...new Set(gone.map(({ runId }) => runId))])
              .whereIn("id", [...new Set(gone.map(({ task }) => task))])
              .whereIn("status", ["done", "failed", "quarantined"])
              .where({ worker })
              .select("run_id", "id", "fence");
      const ended = new Set(endings.map(keyOfRow));
      const stopping: { id: string }[] = await from(database, "run")
        .whereIn("id", [...new Set(held.map(({ runId }) => runId))])
        .where((ending) => ending.whereNotNull("cancel_requested_at").orWhereNot({ status: "running" }))
        .select("id");
      const ending = new Set(stopping.map(({ id }) => id));
      return held.map((ref) => ({
        ...ref,
        state: ended.has(keyOf(ref))
          ? "ended"
          : !mine.has(keyOf(ref))
            ? "lost"
            : ending.has(ref.runId)
              ? "cancelled"
              : "held",
      }));
    },

    async expiredTasks() {
      const rows: TaskRow[] = await from(database, "task")
        .where({ status: "running", executor: "workers" })
        .where("lease_until", "<", now(database));
      return rows.map(taskRecord);
    },

    async recallTasks(live, olderThanMs) {
      return from(database, "task")
        .where({ status: "queued", executor: "workers" })
        .whereNotIn("worker_class", [...live])
        .where("queued_at", "<", after(database, -olderThanMs))
        .update({ status: "ready", queued_at: null });
    },

    async overdueTickets(olderThanMs) {
      const rows: TaskRow[] = await from(database, "task")
        .where({ status: "queued", executor: "workers" })
        .where("queued_at", "<", after(database, -olderThanMs))
        .update({ queued_at: now(database) })
        .returning("*");
      return rows.map(ticketOf);
    },

    async listTasks(runId) {
      const rows: TaskRow[] = await from(database, "task").where({ run_id: runId }).orderBy(["rank", "id"]);
      return rows.map(taskRecord);
    },

    async listAttempts(runId) {
      const rows: AttemptRow[] = await from(database, "attempt")
        .where({ run_id: runId })
        .orderBy(["started_at", "task", "fence"]);
      return rows.map(attemptRecord);
    },

    async keepWorker({ classes, ...worker }) {
      const seen = { ...worker, classes: JSON.stringify(classes), heartbeat_at: now(database) };
      await from(database, "worker")
        .insert({ ...seen, started_at: now(database) })
        .onConflict("id")
        .merge(seen);
    },

    async dropWorker(id) {
      await from(database, "worker").where({ id }).delete();
    },

    async listWorkers(withinMs) {
      const rows: WorkerRow[] = await from(database, "worker")
        .where("heartbeat_at", ">=", after(database, -withinMs))
        .orderBy(["kind", "started_at", "id"]);
      return rows.map(workerRecord);
    },
  };
}

/** What bundles hold between their tasks: some have begun, some have not ended. */
async function heldByBundles(database: Database, trx: Knex): Promise<AdmissionView["held"]> {
  const open: Pick<TaskRow, "run_id" | "bundle" | "exclusive">[] = await from(database, "task", trx)
    .whereNotNull("bundle")
    .whereIn("status", OPEN)
    .distinct("run_id", "bundle", "exclusive");
  if (open.length === 0) return [];
  const begun: Pick<TaskRow, "run_id" | "bundle">[] = await from(database, "task", trx)
    .whereIn("run_id", [...new Set(open.map((row) => row.run_id))])
    .whereNotNull("bundle")
    .whereIn("status", ["running", "done", "failed", "quarantined"])
    .distinct("run_id", "bundle");
  const names = new Set(begun.map((row) => `${row.run_id} ${row.bundle}`));
  return open
    .filter((row) => names.has(`${row.run_id} ${row.bundle}`))
    .map((row) => ({ runId: row.run_id, models: JSON.parse(row.exclusive) }));
}

async function queue(database: Database, chosen: readonly TaskRef[], trx: Knex): Promise<readonly Ticket[]> {
  const tickets: Ticket[] = [];
  for (const runId of new Set(chosen.map((ref) => ref.runId))) {
    const refs = chosen.filter((ref) => ref.runId === runId);
    const rows: TaskRow[] = await from(database, "task", trx)
      .where({ run_id: runId, status: "ready" })
      .whereIn(
        "id",
        refs.map(({ task }) => task),
      )
      .update({ status: "queued", queued_at: now(database) })
      .returning("*");
    tickets.push(...rows.map(ticketOf));
  }
  const rank = new Map(chosen.map((ref, i) => [`${ref.runId} ${ref.task}`, i]));
  const place = ({ runId, task }: TaskRef) => rank.get(`${runId} ${task}`) ?? 0;
  return tickets.sort((a, b) => place(a) - place(b));
}

type AdmissionRow = TaskRow & { readonly priority: number };
type ReadyRow = AdmissionRow & { readonly clock: Instant };

const admissionTask = (row: AdmissionRow): AdmissionTask => ({ ...taskRecord(row), priority: row.priority });

const keyOf = ({ runId, task, fence }: TaskRef) => `${runId} ${task} ${fence}`;

const ticketOf = (row: TaskRow): Ticket => ({
  runId: row.run_id,
  task: row.id,
  fence: Number(row.fence),
  workerClass: row.worker_class,
});
