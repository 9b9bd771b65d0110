// Owns what schedules that wait for data have read and what was decided about them. Judges nothing.
import type { Knex } from "knex";
import type { ConditionDecision, ConditionRecord, ConditionState, ScheduleProgress } from "../condition-types.ts";
import { among, type Database, from, inTransaction, now, quoted } from "./database.ts";
import { type Instant, type RunRow, runRecord, type Whole } from "./records.ts";
import { insertRun } from "./runs.ts";

export function createConditionMethods(database: Database): ConditionState {
  return {
    async latestSequence() {
      const row = await from(database, "publication").max({ newest: "sequence" }).first();
      return Number(row?.newest ?? 0);
    },

    readProgress: (schedule) => readProgress(database, schedule),

    async firstUnread(models, sequence) {
      if (models.length === 0) return [];
      const rows: { model: string; first: Whole; published_at: Instant; times: Whole }[] = await from(
        database,
        "publication",
      )
        .where("sequence", ">", sequence)
        .where(among(database, "model", models))
        .groupBy("model")
        .orderBy("model")
        .select("model")
        .min({ first: "sequence" })
        .min({ published_at: "published_at" })
        .count({ times: "*" });
      return rows.map((row) => ({
        model: row.model,
        sequence: Number(row.first),
        publishedAt: new Date(row.published_at),
        count: Number(row.times),
      }));
    },

    recordConditionRun: (run, seen) =>
      inTransaction(database, async (trx) => {
        await lockSchedule(database, run.schedule, trx);
        const progress = await readProgress(database, run.schedule, trx);
        if (progress.waiting || progress.readSequence !== seen.readSequence) return undefined;
        return insertRun(database, run, trx, seen.sequence);
      }),

    async noteDecision(schedule, decision) {
      const text = JSON.stringify(decision);
      const row: ConditionRow | undefined = await from(database, "condition").where({ schedule }).first();
      if (row?.decision === text) return;
      await from(database, "condition")
        .insert({ schedule, decision: text, decided_at: now(database) })
        .onConflict("schedule")
        .merge();
    },

    async listDecisions(schedule) {
      const query = from(database, "condition").whereNotNull("decision").orderBy("schedule");
      if (schedule !== undefined) query.where({ schedule });
      return ((await query) as ConditionRow[]).map(conditionRecord);
    },
  };
}

interface ConditionRow {
  schedule: string;
  decision: string;
  decided_at: Instant;
}

function conditionRecord({ schedule, decision, decided_at }: ConditionRow): ConditionRecord {
  return { schedule, decidedAt: new Date(decided_at), ...(JSON.parse(decision) as ConditionDecision) };
}

async function readProgress(database: Database, schedule: string, trx?: Knex): Promise<ScheduleProgress> {
  const runs = () => from(database, "run", trx).where({ schedule });
  // A run that was skipped before it began has read nothing; one that a person took off was not wanted.
  const read: Pick<RunRow, "read_sequence"> | undefined = await runs()
    .whereNotNull("read_sequence")
    .whereNotIn("status", ["waiting", "skipped"])
    .orderBy("read_sequence", "desc")
    .select("read_sequence")
    .first();
  const open: RunRow[] = await runs().whereIn("status", ["waiting", "running"]).orderBy(["started_at", "id"]);
  const last: RunRow | undefined = await runs()
    .whereNot({ status: "skipped" })
    .orderBy([
      { column: "started_at", order: "desc" },
      { column: "id", order: "desc" },
    ])
    .first();
  const waiting = open.find(({ status }) => status === "waiting");
  return {
    schedule,
    readSequence: Number(read?.read_sequence ?? 0),
    running: open.filter(({ status }) => status === "running").map(runRecord),
    ...(waiting && { waiting: runRecord(waiting) }),
    ...(last && { last: runRecord(last) }),
  };
}

/** One at a time decides about a schedule, to the end of the transaction. */
async function lockSchedule(database: Database, schedule: string, trx: Knex): Promise<void> {
  await from(database, "condition", trx).insert({ schedule }).onConflict("schedule").ignore();
  if (database.kind !== "postgres") return;
  await trx.raw(`select 1 from ${quoted(database, "condition")} where schedule = ? for update`, [schedule]);
}
