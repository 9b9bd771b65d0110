// Owns schema 6: pauses; what runs of schedules have read and what was decided about those that wait for data; backfills.
import type { Migration } from "./migration.ts";

export const backfills: Migration = {
  version: 6,
  name: "backfills",
  async up(schema, database) {
    const instant = database.instantType;
    await schema().createTable("pause", (t) => {
      t.text("id").primary();
      t.text("kind").notNullable();
      t.text("name").notNullable();
      t.text("by").notNullable();
      t.text("why");
      t.specificType("since", instant).notNullable();
      t.specificType("until", instant);
      t.specificType("ended_at", instant);
      t.text("ended_by");
      t.index(["ended_at"], "pause_ended");
    });
    await schema().alterTable("run", (t) => {
      // Everything published up to this number was there when the run was planned.
      t.bigInteger("read_sequence");
      t.index(["schedule", "status"], "run_schedule_status");
      t.index(["schedule", "read_sequence"], "run_schedule_read");
      t.index(["schedule", "started_at"], "run_schedule_started");
      t.index(["schedule", "logical_at"], "run_schedule_logical");
    });
    await schema().createTable("condition", (t) => {
      t.text("schedule").primary();
      t.specificType("since", instant).notNullable();
      t.text("decision");
      t.specificType("decided_at", instant);
    });
    await schema().createTable("backfill", (t) => {
      t.text("id").primary();
      t.text("model").notNullable();
      t.text("from").notNullable();
      t.text("to").notNullable();
      t.text("every").notNullable();
      t.text("reprocess").notNullable();
      t.text("order").notNullable();
      t.integer("max_active").notNullable();
      t.text("executor").notNullable();
      t.text("by").notNullable();
      t.text("why");
      t.text("host").notNullable();
      t.integer("pid").notNullable();
      t.text("status").notNullable();
      t.specificType("created_at", instant).notNullable();
      t.specificType("finished_at", instant);
      t.specificType("cancel_requested_at", instant);
      t.text("cancelled_by");
      t.text("cancel_reason");
      t.index(["model"], "backfill_model");
      t.index(["status"], "backfill_status");
    });
    await schema().createTable("backfill_window", (t) => {
      t.text("backfill").notNullable();
      t.integer("rank").notNullable();
      t.text("from").notNullable();
      t.text("to").notNullable();
      t.text("run_id");
      t.primary(["backfill", "rank"], "backfill_window_pkey");
      // A range of a backfill has one window, and a run works on one window.
      t.unique(["backfill", "from"], { indexName: "backfill_window_from" });
      t.unique(["run_id"], { indexName: "backfill_window_run" });
    });
  },
};
