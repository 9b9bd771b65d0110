// Owns what schedules that wait for data have read and what was decided about them. Judges nothing.
import type { Knex } from "knex";
import type { ConditionDecision, ConditionRecord, ConditionState, ScheduleProgress } from "../condition-types.ts";
import { among, type Database, from, inTransaction, now, quoted } from "./database.ts";
import {
  type Instant,
  instant,
  type PublicationRow,
  publication,
  type RunRow,
  runRecord,
  type Whole,
} from "./records.ts";
import { insertRun } from "./runs.ts";

export function createConditionMethods(database: Database): ConditionState {
  return {
    async latestSequence() {
      const row = await from(database, "publication").max({ newest: "sequence" }).first();
      return Number(row?.newest ?? 0);
    },

    async publicationsAfter(sequence) {
      const rows: PublicationRow[] = await from(database, "publication")
        .where("sequence", ">", sequence)
        .orderBy("sequence");
      return rows.map(publication);
    },

    async seeSchedules(schedules, at) {
      for (const schedule of schedules)
        await from(database, "condition").insert({ schedule, since: at.toISOString() }).onConflict("schedule").ignore();
    },

    readProgress: (schedules) => readProgress(database, schedules),

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
        const progress = (await readProgress(database, [run.schedule], trx)).get(run.schedule);
        if (!progress || progress.waiting || progress.readSequence !== seen.readSequence) return undefined;
        const scheduleKey = run.logicalAt === undefined ? await freeKey(database, run, trx) : run.scheduleKey;
        return insertRun(database, { ...run, scheduleKey }, trx, seen.sequence);
      }),

    async noteDecision(schedule, decision) {
      const text = JSON.stringify(decision);
      const row: ConditionRow | undefined = await from(database, "condition").where({ schedule }).first();
      if (row === undefined || row.decision === text) return;
      await from(database, "condition")
        .where({ schedule })
        .update({ decision: text, decided_at: now(database) });
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

interface ProgressRow {
  schedule: string;
  since: Instant;
  read_sequence: Whole | null;
  last_started_at: Instant | null;
  last_logical_at: Instant | null;
}

interface SkippedRow {
  schedule: string;
  read_sequence: Whole;
  finished_at: Instant;
}

async function readProgress(
  database: Database,
  schedules: readonly string[],
  trx: Knex = database.knex,
): Promise<ReadonlyMap<string, ScheduleProgress>> {
  const [run, condition] = [quoted(database, "run"), quoted(database, "condition")];
  const work = quoted(database, "run_work");
  const own = `from ${run} r where r.schedule = c.schedule`;
  // A run that was skipped, or could not be planned, has read nothing; one that a person took off was not wanted. Each part is one look into
  // an index.
  const found = await trx.raw(
    `select c.schedule, c.since,
       (select r.read_sequence ${own} and r.read_sequence is not null and r.status not in ('waiting', 'skipped')
         and not (r.status = 'failed' and not exists (select 1 from ${work} w where w.run_id = r.id))
         order by r.read_sequence desc limit 1) as read_sequence,
       (select max(r.started_at) ${own} and r.status <> 'skipped') as last_started_at,
       (select max(r.logical_at) ${own}) as last_logical_at
     from ${condition} c where c.schedule ${database.inList}`,
    [database.list(schedules)] as Knex.RawBinding[],
  );
  const rows = (database.kind === "postgres" ? found.rows : found) as ProgressRow[];
  const open: RunRow[] = await from(database, "run", trx)
    .where(among(database, "schedule", schedules))
    .whereIn("status", ["waiting", "running"])
    .orderBy(["started_at", "id"]);
  const skips: SkippedRow[] = await from(database, "run", trx)
    .where(among(database, "schedule", schedules))
    .where((unread) =>
      unread
        .where({ status: "skipped" })
        .orWhere((failed) =>
          failed
            .where({ status: "failed" })
            .whereRaw(`not exists (select 1 from ${work} w where w.run_id = ${run}.id)`),
        ),
    )
    .whereNotNull("read_sequence")
    .where(
      "read_sequence",
      ">",
      rows.reduce((least, row) => Math.min(least, Number(row.read_sequence ?? 0)), Number.MAX_SAFE_INTEGER),
    )
    .select("schedule", "read_sequence", "finished_at");
  return new Map(
    rows.map((row): [string, ScheduleProgress] => {
      const skipped = skippedSince(row, skips);
      const runs = open.filter(({ schedule }) => schedule === row.schedule);
      const waiting = runs.find(({ status }) => status === "waiting");
      return [
        row.schedule,
        {
          since: new Date(row.since),
          readSequence: Number(row.read_sequence ?? 0),
          running: runs.filter(({ status }) => status === "running").map(runRecord),
          ...(waiting && { waiting: runRecord(waiting) }),
          ...(skipped && { skipped }),
          ...instant("lastStartedAt", row.last_started_at),
          ...instant("lastLogicalAt", row.last_logical_at),
        },
      ];
    }),
  );
}

function skippedSince(row: ProgressRow, skips: readonly SkippedRow[]): ScheduleProgress["skipped"] {
  const own = skips.filter(
    ({ schedule, read_sequence }) =>
      schedule === row.schedule && Number(read_sequence) > Number(row.read_sequence ?? 0),
  );
  const times = own.map(({ finished_at }) => new Date(finished_at).getTime());
  const sequence = own.reduce((newest, skip) => Math.max(newest, Number(skip.read_sequence)), 0);
  return own.length === 0 ? undefined : { count: own.length, sequence, at: new Date(Math.max(...times)) };
}

/**
 * A tick has one run, whatever became of it. The same data has another when the one before was skipped, because its schedule was not there
 * for a while perhaps, or was planned from facts that were older than itself: then nobody has read it.
 */
async function freeKey(
  database: Database,
  { schedule, scheduleKey }: { readonly schedule: string; readonly scheduleKey: string },
  trx: Knex,
): Promise<string> {
  const runs: object[] = await from(database, "run", trx)
    .where({ schedule })
    .where((same) => same.where({ schedule_key: scheduleKey }).orWhere("schedule_key", "like", `${scheduleKey}~%`))
    .select("id");
  return runs.length === 0 ? scheduleKey : `${scheduleKey}~${runs.length + 1}`;
}

/** One at a time decides about a schedule, to the end of the transaction. */
async function lockSchedule(database: Database, schedule: string, trx: Knex): Promise<void> {
  if (database.kind !== "postgres") return;
  await trx.raw(`select 1 from ${quoted(database, "condition")} where schedule = ? for update`, [schedule]);
}
