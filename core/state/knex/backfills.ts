// Owns backfills and their windows: what a window's run has become is looked up each time, and each begins in a transaction that counts.
import type { Knex } from "knex";
import type {
  BackfillRecord,
  BackfillState,
  BackfillStatus,
  BackfillWindow,
  NewBackfill,
  WindowStatus,
} from "../backfill-types.ts";
import type { RunStatus } from "../types.ts";
import { writeAudit } from "./audit.ts";
import { among, type Database, from, inTransaction, now, quoted } from "./database.ts";
import { type Instant, instant, present, type RunRow, runRecord, type Whole } from "./records.ts";
import { lockBackfill } from "./resumptions.ts";
import { insertRun } from "./runs.ts";

interface BackfillRow {
  id: string;
  model: string;
  from: string;
  to: string;
  every: string;
  reprocess: NewBackfill["reprocess"];
  order: NewBackfill["order"];
  max_active: number;
  executor: NewBackfill["executor"];
  by: string;
  why: string | null;
  host: string;
  pid: number;
  process: string | null;
  status: BackfillStatus;
  created_at: Instant;
  finished_at: Instant | null;
  cancel_requested_at: Instant | null;
  cancelled_by: string | null;
  cancel_reason: string | null;
}

interface WindowRow {
  backfill: string;
  rank: number;
  from: string;
  to: string;
  run_id: string | null;
  run_status: RunStatus | null;
  started_at: Instant | null;
  finished_at: Instant | null;
  cancel_requested_at: Instant | null;
}

/** Rows of one insert: SQLite takes 500 at most. */
const CHUNK = 400;

export function createBackfillMethods(database: Database): BackfillState {
  const withProgress = async (rows: readonly BackfillRow[], trx?: Knex): Promise<readonly BackfillRecord[]> => {
    const counts = await countWindows(database, rows, trx);
    return rows.map((row) => backfillRecord(row, counts.get(row.id) ?? NOTHING));
  };

  return {
    createBackfill: ({ maxActive, ...backfill }, windows, by) =>
      inTransaction(database, async (trx) => {
        const ended = windows.length === 0 ? { status: "success", finished_at: now(database) } : { status: "running" };
        const [row]: BackfillRow[] = await from(database, "backfill", trx)
          .insert({ ...backfill, by: by.actor, max_active: maxActive, created_at: now(database), ...ended })
          .returning("*");
        const rows = windows.map(({ from, to }, rank) => ({ backfill: backfill.id, rank, from, to }));
        for (let at = 0; at < rows.length; at += CHUNK)
          await from(database, "backfill_window", trx).insert(rows.slice(at, at + CHUNK));
        const { model, from: first, to, why } = backfill;
        const detail = { model, from: first, to, windows: rows.length, ...(why !== undefined && { why }) };
        await writeAudit(database, trx, { ...by, action: "backfill.ask", subject: backfill.id, detail });
        return (await withProgress([row as BackfillRow], trx))[0] as BackfillRecord;
      }),

    async getBackfill(id) {
      const rows: BackfillRow[] = await from(database, "backfill").where({ id });
      return (await withProgress(rows))[0];
    },

    async listBackfills({ model, open, executor, limit } = {}) {
      const query = from(database, "backfill").orderBy([
        { column: "created_at", order: "desc" },
        { column: "id", order: "desc" },
      ]);
      if (model !== undefined) query.where({ model });
      if (executor !== undefined) query.where({ executor });
      if (open === true) query.where({ status: "running" });
      if (limit !== undefined) query.limit(limit);
      return withProgress(await query);
    },

    async listWindows(of) {
      const query = windowQuery(database).orderBy(["b.created_at", "b.id", "w.rank"]);
      if ("backfill" in of) query.where("w.backfill", of.backfill);
      else query.where("b.model", of.model);
      return ((await query) as WindowRow[]).map(windowRecord);
    },

    startWindow: (backfill, rank, run) =>
      inTransaction(database, async (trx) => {
        const row = await lockOpen(database, backfill, trx);
        if (!row || row.cancel_requested_at !== null) return undefined;
        const { progress } = (await countWindows(database, [row], trx)).get(backfill) ?? NOTHING;
        if (progress.running >= row.max_active) return undefined;
        if (!(await take(database, backfill, rank, run.id, trx))) return undefined;
        return insertRun(database, { ...run, backfill }, trx);
      }),

    claimWindow: (backfill, rank, runId) =>
      inTransaction(database, async (trx) => {
        const row = await lockOpen(database, backfill, trx);
        if (!row || row.cancel_requested_at !== null) return false;
        if (!(await take(database, backfill, rank, runId, trx))) return false;
        await from(database, "run", trx).where({ id: runId }).update({ backfill });
        return true;
      }),

    cancelBackfill: (id, why, by) =>
      inTransaction(database, async (trx) => {
        const row = await lockOpen(database, id, trx);
        if (!row) return undefined;
        if (row.cancel_requested_at === null) {
          await from(database, "backfill", trx)
            .where({ id })
            .update({ cancel_requested_at: now(database), cancelled_by: by.actor, cancel_reason: why ?? null });
          const detail = { model: row.model, ...(why !== undefined && { why }) };
          await writeAudit(database, trx, { ...by, action: "backfill.cancel", subject: id, detail });
        }
        const runs: RunRow[] = await from(database, "run", trx)
          .whereIn(
            "id",
            from(database, "backfill_window", trx).where({ backfill: id }).whereNotNull("run_id").select("run_id"),
          )
          .whereIn("status", ["waiting", "running"])
          .orderBy(["started_at", "id"]);
        return runs.map(runRecord);
      }),

    finishBackfill: (id) =>
      inTransaction(database, async (trx) => {
        const row = await lockOpen(database, id, trx);
        if (!row) return undefined;
        const { progress } = (await countWindows(database, [row], trx)).get(id) ?? NOTHING;
        if (progress.waiting > 0 || progress.running > 0) return undefined;
        const status = verdict(row, progress);
        await from(database, "backfill", trx)
          .where({ id })
          .update({ status, finished_at: now(database) });
        return status;
      }),
  };
}

type Progress = Readonly<Record<WindowStatus, number>>;

/** What is counted of a backfill's windows. */
interface Counted {
  readonly progress: Progress;
  readonly lastHeartbeatAt?: Date;
}

const NONE: Progress = { waiting: 0, running: 0, done: 0, failed: 0, cancelled: 0 };
const NOTHING: Counted = { progress: NONE };

function verdict(row: BackfillRow, counts: Progress): BackfillStatus {
  if (counts.failed > 0 && row.cancel_requested_at === null) return "failed";
  return counts.cancelled > 0 ? "cancelled" : counts.failed > 0 ? "failed" : "success";
}

/** The backfill's row, held to the end of the transaction; undefined when it is over. */
async function lockOpen(database: Database, id: string, trx: Knex): Promise<BackfillRow | undefined> {
  await lockBackfill(database, id, trx);
  return from(database, "backfill", trx).where({ id, status: "running" }).first();
}

async function take(database: Database, backfill: string, rank: number, runId: string, trx: Knex): Promise<boolean> {
  const taken = await from(database, "backfill_window", trx)
    .where({ backfill, rank })
    .whereNull("run_id")
    .update({ run_id: runId });
  return taken === 1;
}

function windowQuery(database: Database, trx: Knex = database.knex): Knex.QueryBuilder {
  const table = (name: "backfill_window" | "backfill" | "run", as: string) =>
    trx.raw(`${quoted(database, name)} as ${as}`);
  return trx
    .queryBuilder()
    .from(table("backfill_window", "w"))
    .join(table("backfill", "b"), "b.id", "w.backfill")
    .leftJoin(table("run", "r"), "r.id", "w.run_id")
    .select("w.*", "r.status as run_status", "r.started_at", "r.finished_at", "b.cancel_requested_at");
}

async function countWindows(
  database: Database,
  rows: readonly Pick<BackfillRow, "id" | "cancel_requested_at">[],
  trx?: Knex,
): Promise<ReadonlyMap<string, Counted>> {
  if (rows.length === 0) return new Map();
  const ids = rows.map(({ id }) => id);
  const found: (Pick<WindowRow, "backfill" | "run_status"> & {
    last: Instant | null;
    begun: Whole;
    windows: Whole;
  })[] = await windowQuery(database, trx)
    .clearSelect()
    .where(among(database, "w.backfill", ids))
    .groupBy("w.backfill", "r.status")
    .select("w.backfill", "r.status as run_status")
    .max({ last: "r.heartbeat_at" })
    .count({ windows: "*" })
    .count({ begun: "w.run_id" });
  const cancelled = new Set(rows.flatMap((row) => (row.cancel_requested_at === null ? [] : [row.id])));
  const counts = new Map<string, { progress: Record<WindowStatus, number>; lastHeartbeatAt?: Date }>();
  for (const { backfill, run_status, last, begun, windows } of found) {
    const known = counts.get(backfill) ?? { progress: { ...NONE } };
    known.progress[windowStatus(true, run_status, false)] += Number(begun);
    known.progress[windowStatus(false, null, cancelled.has(backfill))] += Number(windows) - Number(begun);
    const beat = new Date(last ?? 0);
    if (last !== null && beat > (known.lastHeartbeatAt ?? new Date(0))) known.lastHeartbeatAt = beat;
    counts.set(backfill, known);
  }
  return counts;
}

/** A run that its window names and nobody has recorded was never begun by the process that named it. */
function windowStatus(begun: boolean, run: RunStatus | null, cancelled: boolean): WindowStatus {
  if (!begun) return cancelled ? "cancelled" : "waiting";
  if (run === "waiting" || run === "running") return "running";
  if (run === "success") return "done";
  return run === "cancelled" ? "cancelled" : "failed";
}

function windowRecord(row: WindowRow): BackfillWindow {
  return {
    backfill: row.backfill,
    rank: row.rank,
    from: row.from,
    to: row.to,
    status: windowStatus(row.run_id !== null, row.run_status, row.cancel_requested_at !== null),
    ...present("runId", row.run_id),
    ...(row.run_status !== null && { runStatus: row.run_status }),
    ...instant("startedAt", row.started_at),
    ...instant("finishedAt", row.finished_at),
  };
}

function backfillRecord(row: BackfillRow, counted: Counted): BackfillRecord {
  return {
    id: row.id,
    model: row.model,
    from: row.from,
    to: row.to,
    every: row.every,
    reprocess: row.reprocess,
    order: row.order,
    maxActive: row.max_active,
    executor: row.executor,
    by: row.by,
    host: row.host,
    pid: row.pid,
    ...present("process", row.process),
    status: row.status,
    createdAt: new Date(row.created_at),
    ...counted,
    ...present("why", row.why),
    ...instant("finishedAt", row.finished_at),
    ...instant("cancelRequestedAt", row.cancel_requested_at),
    ...present("cancelledBy", row.cancelled_by),
    ...present("cancelReason", row.cancel_reason),
  };
}
