// Owns runs and their steps: start, heartbeat, end, and declaring a run dead.
import { problems } from "../../errors/index.ts";
import type { StateStore } from "../types.ts";
import { among, type Database, from, inTransaction, now } from "./database.ts";
import { type RunRow, runRecord, type StepRow, stepRecord } from "./records.ts";

type RunMethods = Pick<
  StateStore,
  | "startRun"
  | "heartbeat"
  | "finishRun"
  | "listRuns"
  | "markCrashed"
  | "startStep"
  | "finishStep"
  | "listSteps"
  | "lastSteps"
>;

export function createRunMethods(database: Database): RunMethods {
  const table = (name: "run" | "step" | "build") => from(database, name);

  return {
    async startRun(run) {
      await table("run").insert({ ...run, status: "running", started_at: now(database), heartbeat_at: now(database) });
    },

    async heartbeat(runId) {
      const beaten = await table("run")
        .where({ id: runId, status: "running" })
        .update({ heartbeat_at: now(database) });
      if (beaten === 0) await refuse(database, runId, "its heartbeat");
    },

    async finishRun(runId, status) {
      const finished = await table("run")
        .where({ id: runId, status: "running" })
        .update({ status, finished_at: now(database), heartbeat_at: now(database) });
      if (finished === 0) await refuse(database, runId, "its end");
    },

    async listRuns(filter = {}) {
      const query = table("run").orderBy([
        { column: "started_at", order: "desc" },
        { column: "id", order: "desc" },
      ]);
      if (filter.status !== undefined) query.where("status", filter.status);
      if (filter.limit !== undefined) query.limit(filter.limit);
      return ((await query) as RunRow[]).map(runRecord);
    },

    async markCrashed(runId) {
      await inTransaction(database, async (trx) => {
        const ended = { status: "crashed", finished_at: now(database) };
        await from(database, "run", trx).where({ id: runId, status: "running" }).update(ended);
        // A run that was declared dead may be alive and have gone on: its leftovers are collected again.
        const [run] = await from(database, "run", trx).where({ id: runId }).select("status");
        if (run?.status !== "crashed") return;
        await from(database, "step", trx).where({ run_id: runId, status: "running" }).update(ended);
        await from(database, "build", trx)
          .where({ run_id: runId })
          .whereIn("status", ["building", "built"])
          .update({ status: "rejected" });
      });
    },

    async startStep({ runId, ...step }) {
      const started = {
        status: "running",
        started_at: now(database),
        finished_at: null,
        rows: null,
        bytes: null,
        error: null,
      };
      await table("step")
        .insert({ run_id: runId, ...step, ...started })
        .onConflict(["run_id", "step"])
        .merge();
    },

    async finishStep(runId, step, { status, rows, bytes, error, reason }) {
      const finished = await table("step")
        .where({ run_id: runId, step, status: "running" })
        .update({
          status,
          finished_at: now(database),
          rows: rows ?? null,
          bytes: bytes ?? null,
          error: error === undefined ? null : JSON.stringify(error),
          ...(reason !== undefined && { reason }),
        });
      if (finished === 0) await refuse(database, runId, `the end of its step ${step}, which is not running`);
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

async function refuse(database: Database, runId: string, what: string): Promise<never> {
  const run: RunRow | undefined = await from(database, "run").where({ id: runId }).first();
  if (run !== undefined && run.status !== "running") throw problems.runLost({ runId, status: run.status });
  throw problems.unexpected({
    what: `recording ${what}`,
    reason: run === undefined ? `there is no run ${runId}` : `run ${runId}`,
  });
}
