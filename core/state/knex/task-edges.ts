// Owns the edges between the tasks of a run: how many each waits for, and the one order in which their rows are taken. Who lets whom go on is in the
// run's work; what becomes of steps is in `settlements.ts`.
import type { Knex } from "knex";
import type { TaskRef } from "../task-types.ts";
import { type Database, from } from "./database.ts";

export const OPEN = ["waiting", "ready", "queued", "running"];
export const NOT_BEGUN = ["waiting", "ready", "queued"];

/**
 * One edge less for each mention; gives the tasks that wait for nothing any more. Those at work are counted too: given back, they wait
 * for whoever was given back before them.
 */
export async function release(
  database: Database,
  runId: string,
  mentions: readonly string[],
  trx: Knex,
): Promise<readonly string[]> {
  const released: string[] = [];
  for (const [edges, tasks] of countedTasks(mentions)) {
    const last = (then: string, otherwise: string) =>
      trx.raw(`case when ?? = 'waiting' and ?? <= ? then ${then} else ?? end`, ["status", "waits", edges, otherwise]);
    const rows: { id: string; status: string }[] = await from(database, "task", trx)
      .where({ run_id: runId })
      .whereIn("status", ["waiting", "running"])
      .whereIn("id", tasks)
      .update({
        waits: trx.raw("?? - ?", ["waits", edges]),
        status: last("'ready'", "status"),
        ready_at: last(database.now, "ready_at"),
      })
      .returning(["id", "status"]);
    released.push(...rows.flatMap(({ id, status }) => (status === "ready" ? [id] : [])));
  }
  return released;
}

/**
 * Two that change the same tasks would take them in different orders, and wait for each other. Whoever holds a task takes only those that
 * wait for it, whose rank is higher.
 */
export async function lockInOrder(
  database: Database,
  { runId, task }: Pick<TaskRef, "runId" | "task">,
  mentions: readonly string[],
  trx: Knex,
): Promise<void> {
  const others = new Set(mentions);
  others.delete(task);
  if (others.size > 1) await lockTasks(database, runId, (tasks) => tasks.whereIn("id", [...others]), trx);
}

/** Holds tasks of a run to the end of the transaction, taken in the order that all take them in. */
export async function lockTasks(
  database: Database,
  runId: string,
  which: (tasks: Knex.QueryBuilder) => Knex.QueryBuilder,
  trx: Knex,
): Promise<void> {
  if (database.kind !== "postgres") return;
  await which(from(database, "task", trx).where({ run_id: runId }))
    .orderBy(["rank", "id"])
    .forUpdate()
    .select("id");
}

/** How many edges -> the tasks mentioned so often. */
export function countedTasks(mentions: readonly string[]): ReadonlyMap<number, readonly string[]> {
  const edges = new Map<string, number>();
  for (const task of [...mentions].sort()) edges.set(task, (edges.get(task) ?? 0) + 1);
  const byCount = new Map<number, string[]>();
  for (const [task, count] of edges) byCount.set(count, [...(byCount.get(count) ?? []), task]);
  return new Map([...byCount].sort(([a], [b]) => a - b));
}
