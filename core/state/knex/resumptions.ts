// Owns that what a run left is done by one run at a time, and that the window of a backfill goes on with the run that does the rest of it,
// within the number of windows that may be read at once.
// Which steps are left is no business of the state store.
import type { Knex } from "knex";
import { problems } from "../../errors/index.ts";
import type { NewRun } from "../task-types.ts";
import type { RunStatus } from "../types.ts";
import { among, type Database, from, quoted } from "./database.ts";
import { lockRun } from "./settlements.ts";

interface Relative {
  readonly id: string;
  readonly resumes: string | null;
  readonly status: RunStatus;
}

/**
 * Checks, in the transaction that records it, that the run may resume the one it names, and gives it the window of that one. Throws
 * `run/being-resumed`, `run/nothing-left`, `backfill/…`. Whoever resumes another run of the same line waits for this transaction.
 */
export async function claimResumption(database: Database, run: NewRun, resumes: string, trx: Knex): Promise<NewRun> {
  const first = await firstOf(database, resumes, trx);
  if (first === undefined) return run;
  await lockRun(database, first, trx);
  const line = await lineOf(database, first, trx);
  const open = line.find(({ id, status }) => id !== resumes && (status === "waiting" || status === "running"));
  if (open) throw problems.runBeingResumed({ run: resumes, by: open.id, status: open.status });
  if (resumersOf(resumes, line).some(({ status }) => status === "success"))
    throw problems.nothingLeft({ run: resumes });
  const ids = line.map(({ id }) => id);
  const backfill = await takeWindow(database, run, ids, trx);
  return backfill === undefined ? run : { ...run, backfill };
}

/** The window that a run of the line worked on is this run's; a backfill that had ended with it goes on. Gives the backfill. */
async function takeWindow(
  database: Database,
  { id, executor, trigger, resumes, host, pid, process: identity }: NewRun,
  line: readonly string[],
  trx: Knex,
): Promise<string | undefined> {
  const window = await from(database, "backfill_window", trx)
    .where(among(database, "run_id", line))
    .first();
  if (!window) return undefined;
  const { backfill, rank } = window as { readonly backfill: string; readonly rank: number };
  // Whoever begins windows of it, or finishes it, counts before or after.
  await lockBackfill(database, backfill, trx);
  const own: { readonly status: string; readonly cancel_requested_at: unknown } = await from(database, "backfill", trx)
    .where({ id: backfill })
    .first("status", "cancel_requested_at");
  // Whoever looks after the backfill begins these: of one that is to end, they would wait for ever.
  if (trigger === "backfill" && own.cancel_requested_at !== null)
    throw problems.backfillIsOver({ id: backfill, status: own.status === "running" ? "being cancelled" : own.status });
  // What its own process does begins now, and no other beside it; what workers do waits for its turn.
  if (executor === "process" && !(await hasRoom(database, backfill, OPEN_RUNS, trx)))
    throw problems.backfillGoesOn({ backfill, resumes: resumes ?? id });
  await from(database, "backfill_window", trx).where({ backfill, rank }).update({ run_id: id });
  await from(database, "backfill", trx)
    .where({ id: backfill })
    .whereIn("status", ["failed", "cancelled"])
    .whereNull("cancel_requested_at")
    .update({ status: "running", finished_at: null, host, pid, process: identity ?? null });
  return backfill;
}

/** Whether so few windows of the run's backfill are being read that it may begin; nobody else begins one before the transaction ends. */
export async function mayBegin(database: Database, runId: string, trx: Knex): Promise<boolean> {
  const run: { readonly backfill: string | null } | undefined = await from(database, "run", trx)
    .where({ id: runId })
    .first("backfill");
  if (typeof run?.backfill !== "string") return true;
  await lockBackfill(database, run.backfill, trx);
  return hasRoom(database, run.backfill, ["running"], trx);
}

const OPEN_RUNS = ["waiting", "running"] as const;

/** Whether fewer of its runs have one of these statuses than windows may be read at once. */
async function hasRoom(
  database: Database,
  backfill: string,
  statuses: readonly RunStatus[],
  trx: Knex,
): Promise<boolean> {
  const row: { readonly max_active: number } | undefined = await from(database, "backfill", trx)
    .where({ id: backfill })
    .first("max_active");
  const [read]: { readonly runs: number | string }[] = await from(database, "run", trx)
    .where({ backfill })
    .whereIn("status", statuses)
    .count({ runs: "*" });
  return Number(read?.runs) < (row?.max_active ?? 1);
}

/** Holds the backfill's row to the end of the transaction. SQLite's transactions hold all. */
export async function lockBackfill(database: Database, id: string, trx: Knex): Promise<void> {
  if (database.kind !== "postgres") return;
  await trx.raw(`select 1 from ${quoted(database, "backfill")} where id = ? for update`, [id]);
}

/** The run that was not itself asked for to resume another; undefined when there is no such run. */
async function firstOf(database: Database, id: string, trx: Knex): Promise<string | undefined> {
  const run = quoted(database, "run");
  const found = await trx.raw(
    `with recursive line(id, resumes) as (
      select id, resumes from ${run} where id = ?
      union select r.id, r.resumes from ${run} r join line on r.id = line.resumes
    ) select id from line where resumes is null or resumes not in (select id from line)`,
    [id],
  );
  return rowsOf<{ id: string }>(database, found)[0]?.id;
}

/** The run, those that resume it, those that resume these. */
async function lineOf(database: Database, first: string, trx: Knex): Promise<readonly Relative[]> {
  const run = quoted(database, "run");
  const found = await trx.raw(
    `with recursive line(id) as (
      select id from ${run} where id = ?
      union select r.id from ${run} r join line on r.resumes = line.id
    ) select r.id, r.resumes, r.status from ${run} r join line on r.id = line.id order by r.started_at, r.id`,
    [first],
  );
  return rowsOf<Relative>(database, found);
}

function resumersOf(id: string, line: readonly Relative[]): readonly Relative[] {
  const direct = line.filter(({ resumes }) => resumes === id);
  return direct.flatMap((one) => [one, ...resumersOf(one.id, line)]);
}

function rowsOf<Row>(database: Database, found: unknown): readonly Row[] {
  return database.kind === "postgres" ? (found as { readonly rows: readonly Row[] }).rows : (found as readonly Row[]);
}
