// Owns schema 8: how each promise stands and stood, what was due when, incidents, alerts with their deliveries, mutes.
import { from } from "../database.ts";
import type { Migration } from "./migration.ts";

export const serviceLevels: Migration = {
  version: 8,
  name: "service-levels",
  async up(schema, database, trx) {
    const instant = database.instantType;
    await schema().createTable("service_level", (t) => {
      t.text("subject").notNullable();
      t.text("kind").notNullable();
      t.text("state").notNullable();
      t.integer("good");
      t.specificType("since", instant).notNullable();
      t.specificType("promised_since", instant).notNullable();
      t.specificType("deadline", instant);
      t.primary(["subject", "kind"], "service_level_pkey");
    });
    await schema().createTable("service_level_change", (t) => {
      t.text("subject").notNullable();
      t.text("kind").notNullable();
      t.specificType("at", instant).notNullable();
      t.text("state").notNullable();
      t.integer("good");
      t.primary(["subject", "kind", "at"], "service_level_change_pkey");
      t.index(["at"], "service_level_change_at");
    });
    // What is due has one row, written before it is due, however many schedulers look.
    await schema().createTable("service_slot", (t) => {
      t.text("subject").notNullable();
      t.text("kind").notNullable();
      t.specificType("due_at", instant).notNullable();
      t.specificType("since_at", instant).notNullable();
      t.specificType("met_at", instant);
      t.primary(["subject", "kind", "due_at"], "service_slot_pkey");
      t.index(["due_at"], "service_slot_due");
    });
    await schema().createTable("incident", (t) => {
      t.text("id").primary();
      t.text("status").notNullable();
      t.text("severity").notNullable();
      t.text("cause").notNullable();
      t.text("affected").notNullable();
      t.specificType("opened_at", instant).notNullable();
      t.specificType("last_seen_at", instant).notNullable();
      t.integer("reopened").notNullable();
      t.specificType("acknowledged_at", instant);
      t.text("acknowledged_by");
      t.text("why");
      t.specificType("resolved_at", instant);
      t.text("resolution");
      t.index(["status"], "incident_status");
      t.index(["opened_at"], "incident_opened");
    });
    await schema().createTable("alert", (t) => {
      t.text("id").primary();
      t.text("key").notNullable().unique("alert_key");
      t.text("incident").notNullable();
      t.text("kind").notNullable();
      t.text("severity").notNullable();
      t.specificType("at", instant).notNullable();
      t.text("message").notNullable();
      t.index(["incident"], "alert_incident");
    });
    await schema().createTable("alert_delivery", (t) => {
      t.text("id").primary();
      t.text("alert").notNullable();
      t.text("channel").notNullable();
      t.text("recipient").notNullable();
      t.text("status").notNullable();
      t.integer("attempts").notNullable();
      t.specificType("not_before", instant).notNullable();
      t.specificType("lease_until", instant);
      t.specificType("delivered_at", instant);
      t.text("error");
      t.unique(["alert", "channel", "recipient"], { indexName: "alert_delivery_once" });
      t.index(["status", "not_before"], "alert_delivery_due");
    });
    await schema().createTable("mute", (t) => {
      t.text("id").primary();
      t.text("subject").notNullable();
      t.text("by").notNullable();
      t.text("why").notNullable();
      t.specificType("since", instant).notNullable();
      t.specificType("until", instant).notNullable();
      t.specificType("ended_at", instant);
      t.text("ended_by");
      t.index(["until"], "mute_until");
    });
    await from(database, "meta", trx).insert({ key: "service_levels", value: "0 " });
  },
};
