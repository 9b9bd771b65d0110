// Owns runs from being asked for to their end, and looking up their steps. What happens in between is in `tasks.ts` and `settlements.ts`.
import type { Knex } from "knex";
import { problems } from "../../errors/index.ts";
import type { NewRun, TaskRef } from "../task-types.ts";
import type { RunRecord, StateStore } from "../types.ts";
import { writeAudit } from "./audit.ts";
import { among, type Database, from, inTransaction, now } from "./database.ts";
import { type RunRow, runRecord, type StepRow, stepRecord } from "./records.ts";
import { claimResumption, mayBegin } from "./resumptions.ts";
import { endRunIfDone, lockRun, taskRows } from "./settlements.ts";
import { lockTasks, NOT_BEGUN, OPEN } from "./task-edges.ts";

type RunMethods = Pick<
  StateStore,
  | "recordRun"
  | "getRun"
  | "beginRun"
  | "readWork"
  | "raiseRun"
  | "endWaitingRun"
  | "stopRun"
  | "heartbeat"
  | "listRuns"
  | "markCrashed"
  | "listSteps"
  | "lastSteps"
>;

/** Rows of one insert: SQLite takes about 32,000 values. */
const CHUNK = 400;

export function createRunMethods(database: Database): RunMethods {
  const table = (name: "run" | "run_work" | "step") => from(database, name);

  return {
    recordRun: (run, audit) =>
      audit === undefined && run.resumes === undefined
        ? insertRun(database, run)
        : inTransaction(database, async (trx) => {
            const { resumes } = run;
            const claimed = resumes === undefined ? run : await claimResumption(database, run, resumes, trx);
            const record = await insertRun(database, claimed, trx);
            if (record && audit) await writeAudit(database, trx, audit);
            return record;
          }),

    async getRun(id) {
      const row: RunRow | undefined = await table("run").where({ id }).first();
      return row && runRecord(row);
    },

    beginRun: (id, work, tasks, readSequence) =>
      inTransaction(database, async (trx) => {
        if (!(await mayBegin(database, id, trx))) return false;
        const [row]: RunRow[] = await from(database, "run", trx)
          .where({ id, status: "waiting" })
          .update({
            status: "running",
            started_at: now(database),
            heartbeat_at: now(database),
            ...(readSequence !== undefined && { read_sequence: readSequence }),
          })
          .returning("*");
        if (!row) return false;
        await from(database, "run_work", trx).insert({ run_id: id, work });
        const rows = taskRows(database, row, tasks);
        for (let at = 0; at < rows.length; at += CHUNK)
          await from(database, "task", trx).insert(rows.slice(at, at + CHUNK));
        if (tasks.length === 0) await endRunIfDone(database, id, trx);
        return true;
      }),

    async readWork(runId) {
      const row: { work: string } | undefined = await table("run_work").where({ run_id: runId }).first();
      return row?.work;
    },

    async raiseRun(id, priority, because) {
      const raised = await table("run")
        .where({ id })
        .whereIn("status", ["waiting", "running"])
        .where("priority", ">", priority)
        .update({
          priority,
          raised_from: database.knex.raw("coalesce(??, ??)", ["raised_from", "priority"]),
          raised_because: because,
        });
      return raised === 1;
    },

    async endWaitingRun(id, status, reason) {
      const ended = await table("run")
        .where({ id, status: "waiting" })
        .update({ status, reason, finished_at: now(database) });
      return ended === 1;
    },

    stopRun: (runId, { by, reason, status }, audit) =>
      inTransaction(database, async (trx) => {
        await lockRun(database, runId, trx);
        const asked = { cancel_requested_at: now(database), cancelled_by: by, cancel_reason: reason };
        const waited = await from(database, "run", trx)
          .where({ id: runId, status: "waiting" })
          .update({ ...asked, status: "cancelled", finished_at: now(database) });
        const running = await from(database, "run", trx)
          .where({ id: runId, status: "running" })
          .update(status === "cancelled" ? asked : { reason });
        const log = async () => void (audit && (await writeAudit(database, trx, audit)));
        if (running === 0) {
          if (waited > 0) await log();
          return [];
        }
        await lockTasks(database, runId, (tasks) => tasks.whereIn("status", NOT_BEGUN), trx);
        await from(database, "task", trx)
          .where({ run_id: runId })
          .whereIn("status", NOT_BEGUN)
          .update({ status, finished_at: now(database) });
        const left: { id: string; fence: number | string }[] = await from(database, "task", trx)
          .where({ run_id: runId, status: "running" })
          .select("id", "fence");
        if (left.length === 0) await endRunIfDone(database, runId, trx);
        await log();
        return left.map(({ id, fence }): TaskRef => ({ runId, task: id, fence: Number(fence) }));
      }),

    async heartbeat(runId) {
      const beaten = await table("run")
        .where({ id: runId, status: "running" })
        .update({ heartbeat_at: now(database) });
      if (beaten === 0) await refuse(database, runId, "its heartbeat");
    },

    async listRuns(filter = {}) {
      const query = table("run").orderBy([
        { column: "started_at", order: "desc" },
        { column: "id", order: "desc" },
      ]);
      const { status, executor, schedule, backfill } = filter;
      for (const [column, value] of Object.entries({ status, executor, schedule, backfill }))
        if (value !== undefined) query.where(column, value);
      if (filter.limit !== undefined) query.limit(filter.limit);
      return ((await query) as RunRow[]).map(runRecord);
    },

    async markCrashed(runId) {
      await inTransaction(database, async (trx) => {
        const ended = { status: "crashed", finished_at: now(database) };
        await from(database, "run", trx).where({ id: runId }).whereIn("status", ["waiting", "running"]).update(ended);
        // A run that was declared dead may be alive and have gone on: its leftovers are collected again.
        const [run] = await from(database, "run", trx).where({ id: runId }).select("status");
        if (run?.status !== "crashed") return;
        // Tasks before their steps, as whoever settles one of them holds them.
        await lockTasks(database, runId, (tasks) => tasks.whereIn("status", OPEN), trx);
        await from(database, "task", trx)
          .where({ run_id: runId })
          .whereIn("status", OPEN)
          .update({ status: "cancelled", finished_at: now(database), lease_until: null });
        await from(database, "step", trx).where({ run_id: runId, status: "running" }).update(ended);
        await from(database, "build", trx)
          .where({ run_id: runId })
          .whereIn("status", ["building", "built"])
          .update({ status: "rejected" });
      });
    },

    async listSteps(runId) {
      const rows: StepRow[] = await table("step").where({ run_id: runId }).orderBy(["started_at", "step"]);
      return rows.map(stepRecord);
    },

    async lastSteps(kind, models) {
      if (models.length === 0) return new Map();
      const newest = table("step")
        .select("model")
        .max("started_at as newest")
        .where({ kind })
        .where(among(database, "model", models))
        .groupBy("model")
        .as("last");
      const rows: StepRow[] = await table("step")
        .select("step.*")
        .join(newest, (on) => on.on("step.model", "last.model").on("step.started_at", "last.newest"))
        .where({ kind });
      return new Map(rows.map((row) => [row.model, stepRecord(row)]));
    },
  };
}

/** Records a run that waits; undefined when its schedule has one of this key. `readSequence`: see `RunRecord`. */
export async function insertRun(
  database: Database,
  run: NewRun,
  trx?: Knex,
  readSequence?: number,
): Promise<RunRecord | undefined> {
  const [record] = await insertRuns(database, [run], trx, readSequence);
  return record;
}

/** Gives those that were recorded. */
export async function insertRuns(
  database: Database,
  runs: readonly NewRun[],
  trx?: Knex,
  readSequence?: number,
): Promise<readonly RunRecord[]> {
  const records: RunRecord[] = [];
  for (let at = 0; at < runs.length; at += CHUNK) {
    const rows: RunRow[] = await from(database, "run", trx)
      .insert(
        runs.slice(at, at + CHUNK).map(({ process: identity, createdBy, scheduleKey, logicalAt, options, ...run }) => ({
          ...run,
          process: identity ?? null,
          created_by: createdBy ?? null,
          schedule_key: scheduleKey ?? null,
          logical_at: logicalAt ?? null,
          options: options === undefined ? null : JSON.stringify(options),
          read_sequence: readSequence ?? null,
          status: "waiting",
          asked_at: now(database),
          started_at: now(database),
          heartbeat_at: now(database),
        })),
      )
      .onConflict(["schedule", "schedule_key"])
      .ignore()
      .returning("*");
    records.push(...rows.map(runRecord));
  }
  return records;
}

async function refuse(database: Database, runId: string, what: string): Promise<never> {
  const run: RunRow | undefined = await from(database, "run").where({ id: runId }).first();
  if (run !== undefined && run.status !== "running") throw problems.runLost({ runId, status: run.status });
  throw problems.unexpected({
    what: `recording ${what}`,
    reason: run === undefined ? `there is no run ${runId}` : `run ${runId}`,
  });
}
