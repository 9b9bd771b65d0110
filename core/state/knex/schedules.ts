// Owns the rows of schedules and the clock they go by. When a schedule is due is worked out by others; here it is recorded, once.
import type { Schedule } from "../../manifest/index.ts";
import { rehearsedTime } from "../schedule-clock.ts";
import type { Reconciliation, ScheduleClock, ScheduleRecord, ScheduleState } from "../schedule-types.ts";
import { type Database, from, inTransaction, quoted } from "./database.ts";
import { type Instant, instant, type TaskRow } from "./records.ts";
import { insertRuns } from "./runs.ts";

interface ScheduleRow {
  id: string;
  project: string;
  name: string;
  definition: string;
  enabled: boolean | number;
  since: Instant;
  last_logical_at: Instant;
  next_at: Instant | null;
}

const CLOCK = "schedule_clock";

const scheduleRecord = (row: ScheduleRow): ScheduleRecord => ({
  id: row.id,
  project: row.project,
  name: row.name,
  definition: JSON.parse(row.definition) as Schedule,
  enabled: Boolean(row.enabled),
  since: new Date(row.since),
  lastLogicalAt: new Date(row.last_logical_at),
  ...instant("nextAt", row.next_at),
});

export function createScheduleMethods(database: Database): ScheduleState {
  const table = () => from(database, "schedule");
  const clockNow = async (): Promise<Date> => {
    const [row] = await database.knex.select({ now: database.knex.raw(database.now) });
    return new Date(row.now);
  };
  const readClock = async (): Promise<ScheduleClock | undefined> => {
    const row: { value: string } | undefined = await from(database, "meta").where({ key: CLOCK }).first();
    return row && clockOf(row.value);
  };

  return {
    async listSchedules() {
      return ((await table().orderBy("id")) as ScheduleRow[]).map(scheduleRecord);
    },

    reconcileSchedules: (reconciliation) => reconcile(database, reconciliation),

    async dueSchedules(at) {
      const rows: ScheduleRow[] = await table()
        .where({ enabled: true })
        .where("next_at", "<=", at.toISOString())
        .orderBy(["next_at", "id"]);
      return rows.map(scheduleRecord);
    },

    recordTicks: ({ schedule, seen, lastLogicalAt, nextAt, runs }) =>
      inTransaction(database, async (trx) => {
        const advanced = await from(database, "schedule", trx)
          .where({ id: schedule, enabled: true, last_logical_at: seen.toISOString() })
          .update({ last_logical_at: lastLogicalAt.toISOString(), next_at: nextAt?.toISOString() ?? null });
        if (advanced === 0) return undefined;
        return insertRuns(database, runs, trx);
      }),

    async quarantinedModels() {
      const last = new Map<string, { readonly runId: string; readonly status: string }>();
      const bad: Pick<TaskRow, "models">[] = await from(database, "task").where({ status: "quarantined" });
      for (const model of new Set(bad.flatMap(({ models }) => JSON.parse(models) as string[]))) {
        const newest: Pick<TaskRow, "run_id" | "status"> | undefined = await from(database, "task")
          .whereIn("status", ["done", "failed", "quarantined"])
          // Ids of models have no characters that mean something in a pattern but _.
          .whereLike("models", `%"${model}"%`)
          .orderBy("finished_at", "desc")
          .first();
        if (newest) last.set(model, { runId: newest.run_id, status: newest.status });
      }
      return new Map(
        [...last].flatMap(([model, { runId, status }]) => (status === "quarantined" ? [[model, runId]] : [])),
      );
    },

    async scheduleTime() {
      const [clock, now] = [await readClock(), await clockNow()];
      return clock ? rehearsedTime(clock, now) : now;
    },

    scheduleClock: readClock,

    async setScheduleClock(wanted) {
      if (!wanted) {
        await from(database, "meta").where({ key: CLOCK }).delete();
        return undefined;
      }
      return inTransaction(database, async (trx) => {
        const row: { value: string } | undefined = await from(database, "meta", trx).where({ key: CLOCK }).first();
        const known = row && clockOf(row.value);
        const same =
          known?.speed === wanted.speed && known.rehearsedStart.getTime() === wanted.rehearsedStart.getTime();
        if (same) return known;
        const [{ now }] = await trx.select({ now: database.knex.raw(database.now) });
        const clock: ScheduleClock = { ...wanted, realStart: new Date(now) };
        await from(database, "meta", trx)
          .insert({ key: CLOCK, value: JSON.stringify(clock) })
          .onConflict("key")
          .merge();
        return clock;
      });
    },
  };
}

function reconcile(database: Database, { deployments, changes, gone, at }: Reconciliation): Promise<boolean> {
  return inTransaction(database, async (trx) => {
    // Schedulers that know different deployments must not undo each other: only what is deployed now counts.
    if (database.kind === "postgres") await trx.raw(`lock table ${quoted(database, "schedule")} in exclusive mode`);
    const current: { project: string; deployment: string }[] = await from(database, "deployed", trx);
    const same =
      current.length === Object.keys(deployments).length &&
      current.every(({ project, deployment }) => deployments[project] === deployment);
    if (!same) return false;
    for (const { id, project, name, definition, restart, nextAt } of changes) {
      const text = JSON.stringify(definition);
      if (!restart) {
        await from(database, "schedule", trx).where({ id }).update({ definition: text, enabled: true });
        continue;
      }
      const known: ScheduleRow | undefined = await from(database, "schedule", trx).where({ id }).first();
      // Another scheduler has done it in the meantime.
      if (known?.enabled && known.definition === text) continue;
      const started = {
        definition: text,
        enabled: true,
        since: at.toISOString(),
        last_logical_at: at.toISOString(),
        next_at: nextAt?.toISOString() ?? null,
      };
      await from(database, "schedule", trx)
        .insert({ id, project, name, ...started })
        .onConflict("id")
        .merge(started);
    }
    for (const id of gone)
      await from(database, "schedule", trx).where({ id }).update({ enabled: false, next_at: null });
    return true;
  });
}

function clockOf(text: string): ScheduleClock {
  const { realStart, rehearsedStart, speed } = JSON.parse(text);
  return { realStart: new Date(realStart), rehearsedStart: new Date(rehearsedStart), speed };
}
