// Owns recording what evaluations of promises decide, in one guarded transaction, and looking up how promises stood.
import type { Knex } from "knex";
import { createId } from "../../util/index.ts";
import type { LevelChanges, LevelKey, NewAlert, ServiceLevelState } from "../service-level-types.ts";
import { mutesInForce } from "./alerts.ts";
import { writeAudit } from "./audit.ts";
import { among, type Database, from, inTransaction, quoted, readableJson } from "./database.ts";
import { LEVELS_KEY, supersede } from "./level-version.ts";
import {
  type ChangeRow,
  changeRecord,
  goodCell,
  type IncidentRow,
  incidentRecord,
  incidentRow,
  type LevelRow,
  levelRecord,
  type SlotRow,
  slotRecord,
} from "./service-level-rows.ts";

type LevelMethods = Pick<
  ServiceLevelState,
  | "readServiceLevels"
  | "recordServiceLevels"
  | "listLevelChanges"
  | "listSlots"
  | "listIncidents"
  | "getIncident"
  | "settleIncident"
  | "modelDurations"
>;

/** Rows of one insert. */
const CHUNK = 400;

export function createServiceLevelMethods(database: Database): LevelMethods {
  return {
    async readServiceLevels(resolvedSince) {
      // Read before the rest: whoever records in between makes this version useless.
      const meta: { value: string } | undefined = await from(database, "meta").where({ key: LEVELS_KEY }).first();
      const version = meta?.value ?? "";
      const [, at = ""] = version.split(" ");
      const levels: LevelRow[] = await from(database, "service_level").orderBy(["subject", "kind"]);
      const incidents: IncidentRow[] = await from(database, "incident")
        .whereNot({ status: "resolved" })
        .orWhere("resolved_at", ">=", resolvedSince.toISOString())
        .orderBy("opened_at");
      const now = at === "" ? resolvedSince : new Date(at);
      return {
        version,
        ...(at !== "" && { evaluatedAt: new Date(at) }),
        levels: levels.map(levelRecord),
        slots: (await currentSlots(database)).map(slotRecord),
        incidents: incidents.map(incidentRecord),
        mutes: await mutesInForce(database, now),
      };
    },

    recordServiceLevels: (version, changes) =>
      inTransaction(database, async (trx) => {
        const [count = "0"] = version.split(" ");
        const next = `${Number(count) + 1} ${changes.at.toISOString()}`;
        const held = await from(database, "meta", trx)
          .where({ key: LEVELS_KEY, value: version })
          .update({ value: next });
        if (held === 0) return false;
        await write(database, changes, trx);
        return true;
      }),

    async listLevelChanges({ from: start, to }) {
      const inForce = from(database, "service_level_change")
        .select("subject", "kind")
        .max("at as at")
        .where("at", "<=", start.toISOString())
        .groupBy("subject", "kind")
        .as("last");
      const before: ChangeRow[] = await from(database, "service_level_change")
        .select("service_level_change.*")
        .join(inForce, (on) =>
          on
            .on("service_level_change.subject", "last.subject")
            .on("service_level_change.kind", "last.kind")
            .on("service_level_change.at", "last.at"),
        );
      const within: ChangeRow[] = await from(database, "service_level_change")
        .where("at", ">", start.toISOString())
        .where("at", "<", to.toISOString())
        .orderBy("at");
      return [...before, ...within].map(changeRecord);
    },

    async listSlots({ from: start, to }) {
      const rows: SlotRow[] = await from(database, "service_slot")
        .where("due_at", ">=", start.toISOString())
        .where("due_at", "<", to.toISOString())
        .orderBy(["due_at", "subject", "kind"]);
      return rows.map(slotRecord);
    },

    async listIncidents({ open = false, limit } = {}) {
      const query = from(database, "incident").orderBy([
        { column: "opened_at", order: "desc" },
        { column: "id", order: "desc" },
      ]);
      if (open) query.whereNot({ status: "resolved" });
      if (limit !== undefined) query.limit(limit);
      return ((await query) as IncidentRow[]).map(incidentRecord);
    },

    async getIncident(id) {
      const row: IncidentRow | undefined = await from(database, "incident").where({ id }).first();
      return row && incidentRecord(row);
    },

    settleIncident: (id, status, why, by) =>
      inTransaction(database, async (trx) => {
        await supersede(database, trx);
        const now = trx.raw(database.now);
        const [row]: IncidentRow[] = await from(database, "incident", trx)
          .where({ id })
          .whereIn("status", status === "acknowledged" ? ["open"] : ["open", "acknowledged"])
          .update(
            status === "acknowledged"
              ? { status, acknowledged_at: now, acknowledged_by: by.actor, why }
              : { status, resolved_at: now, resolution: by.actor, why },
          )
          .returning("*");
        if (!row) return undefined;
        const action = status === "acknowledged" ? "incident.acknowledge" : "incident.resolve";
        await writeAudit(database, trx, { ...by, action, subject: id, detail: { why } });
        return incidentRecord(row);
      }),

    async modelDurations(models, runs) {
      if (models.length === 0) return new Map();
      const rows: DurationRow[] = await database.knex
        .select("model", "started", "finished")
        .from(rankedRuns(database, models, runs))
        .where("place", "<=", runs)
        .orderBy(["model", "place"]);
      const found = new Map<string, number[]>();
      for (const { model, started, finished } of rows) {
        const took = new Date(finished).getTime() - new Date(started).getTime();
        const known = found.get(model);
        if (known) known.push(took);
        else found.set(model, [took]);
      }
      return found;
    },
  };
}

interface DurationRow {
  model: string;
  started: string | Date;
  finished: string | Date;
}

/**
 * Each model's runs that made it, newest first by `place`, from the start of the first step to the end of the last. Reads by the index so
 * many steps of each model and kind, however long the history is.
 */
function rankedRuns(database: Database, models: readonly string[], runs: number) {
  const step = quoted(database, "step");
  const listed = database.kind === "postgres" ? "unnest(?::text[])" : "(select value from json_each(?))";
  const model = database.kind === "postgres" ? "listed" : "listed.value";
  const made = "status in ('success', 'warned') and finished_at is not null";
  const newest = `(select started_at from ${step} where kind = kinds.kind and model = ${model} and ${made}
    order by started_at desc limit 1 offset`;
  const perRun = `with since as (
      select ${model} as model, kinds.kind, coalesce(${newest} ?), (select min(started_at) from ${step}
        where kind = kinds.kind and model = ${model})) as at
      from ${listed} as listed
      cross join (select 'extract' as kind union all select 'build' union all select 'test') as kinds)
    select step.model, step.run_id, min(step.started_at) as started, max(step.finished_at) as finished
    from since join ${step} as step on step.kind = since.kind and step.model = since.model and step.started_at >= since.at
    where ${made} group by step.model, step.run_id`;
  return database.knex
    .select("model", "started", "finished")
    .rowNumber("place", (over) => over.partitionBy("model").orderBy("started", "desc"))
    .from(database.knex.raw(`(${perRun}) as per_run`, [runs - 1, database.list(models)] as Knex.RawBinding[]))
    .as("ranked");
}

async function currentSlots(database: Database): Promise<readonly SlotRow[]> {
  const newest = from(database, "service_slot")
    .select("subject", "kind")
    .max("due_at as due_at")
    .whereNotNull("met_at")
    .groupBy("subject", "kind")
    .as("last");
  const met: SlotRow[] = await from(database, "service_slot")
    .select("service_slot.*")
    .join(newest, (on) =>
      on
        .on("service_slot.subject", "last.subject")
        .on("service_slot.kind", "last.kind")
        .on("service_slot.due_at", "last.due_at"),
    );
  const open: SlotRow[] = await from(database, "service_slot").whereNull("met_at");
  return [...met, ...open].sort((a, b) => new Date(a.due_at).getTime() - new Date(b.due_at).getTime());
}

/** Who was told of an incident, or is about to be: whom its end concerns. */
async function toldOf(database: Database, incident: string, trx: Knex.Transaction): Promise<NewAlert["deliveries"]> {
  return from(database, "alert_delivery", trx)
    .distinct("channel", "recipient")
    .whereIn("alert", from(database, "alert", trx).select("id").where({ incident }))
    .whereNot({ status: "cancelled" })
    .orderBy(["channel", "recipient"]);
}

async function write(database: Database, changes: LevelChanges, trx: Knex.Transaction): Promise<void> {
  const put = async (
    table: "service_level" | "service_level_change" | "service_slot" | "incident",
    rows: readonly object[],
    key: readonly string[],
  ) => {
    for (let at = 0; at < rows.length; at += CHUNK)
      await from(database, table, trx)
        .insert(rows.slice(at, at + CHUNK))
        .onConflict([...key])
        .merge();
  };
  const key = ({ subject, kind }: LevelKey) => ({ subject, kind });
  for (const gone of changes.forgotten) {
    await from(database, "service_level", trx).where(key(gone)).delete();
    // From here on nothing can be said, and what was due can no longer be missed.
    await from(database, "service_slot", trx).where(key(gone)).whereNull("met_at").delete();
  }
  await put(
    "service_level",
    changes.levels.map(({ good, promisedSince, deadline, ...level }) => ({
      ...level,
      good: goodCell(good),
      promised_since: promisedSince,
      deadline: deadline ?? null,
    })),
    ["subject", "kind"],
  );
  await put(
    "service_level_change",
    changes.changes.map(({ good, ...change }) => ({ ...change, good: goodCell(good) })),
    ["subject", "kind", "at"],
  );
  await put(
    "service_slot",
    changes.slots.map((slot) => ({
      ...key(slot),
      due_at: slot.dueAt,
      since_at: slot.sinceAt,
      met_at: slot.metAt ?? null,
    })),
    ["subject", "kind", "due_at"],
  );
  await put("incident", changes.incidents.map(incidentRow), ["id"]);
  if (changes.silenced.length > 0)
    await from(database, "alert_delivery", trx)
      .whereIn(
        "alert",
        from(database, "alert", trx)
          .select("id")
          .where(among(database, "incident", changes.silenced)),
      )
      .where({ status: "pending", attempts: 0 })
      .update({ status: "cancelled" });
  for (const { deliveries, notBefore, message, ...alert } of changes.alerts) {
    const made = await from(database, "alert", trx)
      .insert({ ...alert, message: readableJson(message) })
      .onConflict("key")
      .ignore()
      .returning("id");
    if (made.length === 0) continue;
    const told = alert.kind === "recovered" ? await toldOf(database, alert.incident, trx) : deliveries;
    for (const delivery of told)
      await from(database, "alert_delivery", trx).insert({
        id: createId(),
        alert: alert.id,
        ...delivery,
        status: "pending",
        attempts: 0,
        not_before: notBefore ?? alert.at,
      });
  }
}
