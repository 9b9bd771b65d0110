// Owns the rows of mutes and of deliveries: what is told when, to whom, and what is kept back for a while.
import type { Knex } from "knex";
import { createId } from "../../util/index.ts";
import type { ServiceLevelState } from "../service-level-types.ts";
import { writeAudit } from "./audit.ts";
import { after, among, type Database, from, inTransaction, now, quoted } from "./database.ts";
import { supersede } from "./level-version.ts";
import { type DeliveryRow, deliveryRecord, type MuteRow, muteRecord } from "./service-level-rows.ts";

type AlertMethods = Pick<
  ServiceLevelState,
  "claimDeliveries" | "settleDelivery" | "listDeliveries" | "mute" | "unmute" | "listMutes"
>;

export function createAlertMethods(database: Database): AlertMethods {
  return {
    claimDeliveries: (at, { limit, leaseMs }) =>
      inTransaction(database, async (trx) => {
        const due = from(database, "alert_delivery", trx)
          .select("id")
          .where({ status: "pending" })
          .where("not_before", "<=", at.toISOString())
          .where((free) => free.whereNull("lease_until").orWhere("lease_until", "<", now(database)))
          .orderBy(["not_before", "id"])
          .limit(limit);
        if (database.kind === "postgres") due.forUpdate().skipLocked();
        const ids = ((await due) as { id: string }[]).map(({ id }) => id);
        if (ids.length === 0) return [];
        await from(database, "alert_delivery", trx)
          .where(among(database, "id", ids))
          .update({ attempts: trx.raw("attempts + 1"), lease_until: after(database, leaseMs) });
        const rows: DeliveryRow[] = await deliveries(database, trx)
          .where(among(database, "d.id", ids))
          .orderBy(["d.not_before", "d.id"]);
        return rows.map(deliveryRecord);
      }),

    async settleDelivery({ id, attempts }, result) {
      // One that outlasted its lease may have told it after all, but its failure is not that of whoever tries now.
      const claimed = from(database, "alert_delivery").where({ id });
      if (result.status === "delivered") claimed.whereIn("status", ["pending", "failed"]);
      else claimed.where({ status: "pending", attempts });
      await claimed.update({
        status: result.status,
        lease_until: null,
        ...(result.status === "delivered" && { delivered_at: result.at, error: null }),
        ...(result.status !== "delivered" && { error: result.error }),
        ...(result.status === "pending" && { not_before: result.notBefore }),
      });
    },

    async listDeliveries({ incident, status }) {
      const query = deliveries(database).orderBy(["a.at", "d.id"]);
      if (incident !== undefined) query.where("a.incident", incident);
      if (status !== undefined) query.where("d.status", status);
      return ((await query) as DeliveryRow[]).map(deliveryRecord);
    },

    mute: ({ subject, why, until, now: since }, by) =>
      inTransaction(database, async (trx) => {
        await supersede(database, trx);
        const [row]: MuteRow[] = await from(database, "mute", trx)
          .insert({ id: createId(), subject, by: by.actor, why, since, until })
          .returning("*");
        const detail = { why, until: until.toISOString() };
        await writeAudit(database, trx, { ...by, action: "alerts.mute", subject, detail });
        return muteRecord(row as MuteRow);
      }),

    unmute: (subject, at, by) =>
      inTransaction(database, async (trx) => {
        await supersede(database, trx);
        const rows: MuteRow[] = await from(database, "mute", trx)
          .where({ subject })
          .whereNull("ended_at")
          .where("until", ">", at.toISOString())
          .update({ ended_at: at, ended_by: by.actor })
          .returning("*");
        if (rows.length === 0) return [];
        await from(database, "alert_delivery", trx)
          .where({ status: "pending", attempts: 0 })
          .whereIn(
            "not_before",
            rows.map(({ until }) => new Date(until).toISOString()),
          )
          .update({ not_before: at });
        await writeAudit(database, trx, { ...by, action: "alerts.unmute", subject });
        return rows.map(muteRecord);
      }),

    async listMutes({ now: at, ended = false, limit }) {
      if (!ended) return mutesInForce(database, at);
      const query = from(database, "mute").orderBy("since", "desc");
      if (limit !== undefined) query.limit(limit);
      const rows: MuteRow[] = await query;
      return rows.map(muteRecord);
    },
  };
}

export async function mutesInForce(database: Database, at: Date) {
  const rows: MuteRow[] = await from(database, "mute")
    .whereNull("ended_at")
    .where("until", ">", at.toISOString())
    .orderBy("until");
  return rows.map(muteRecord);
}

function deliveries(database: Database, trx: Knex = database.knex): Knex.QueryBuilder {
  const named = (table: "alert_delivery" | "alert", name: string) =>
    trx.raw(`${quoted(database, table)} as ${name}`) as unknown as string;
  return trx
    .select(
      "d.id",
      "d.channel",
      "d.recipient",
      "d.status",
      "d.attempts",
      "d.not_before",
      "d.delivered_at",
      "d.error",
      "a.id as alert_id",
      "a.key",
      "a.incident",
      "a.kind as alert_kind",
      "a.severity",
      "a.at",
      "a.message",
    )
    .from(named("alert_delivery", "d"))
    .join(named("alert", "a"), "a.id", "d.alert");
}
