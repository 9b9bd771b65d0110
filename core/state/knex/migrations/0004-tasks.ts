// Owns schema 4: how a run began, what it does, and its tasks with their attempts; the workers that take them.
import type { Migration } from "./migration.ts";

export const tasks: Migration = {
  version: 4,
  name: "tasks",
  async up(schema, database) {
    const instant = database.instantType;
    await schema().alterTable("run", (t) => {
      t.text("executor").notNullable().defaultTo("process");
      t.text("trigger").notNullable().defaultTo("manual");
      t.text("created_by");
      t.integer("priority").notNullable().defaultTo(10);
      t.integer("raised_from");
      t.text("raised_because");
      t.text("schedule");
      t.text("schedule_key");
      t.specificType("logical_at", instant);
      t.text("backfill");
      t.text("options");
      t.text("resumes");
      t.text("reason");
      t.specificType("cancel_requested_at", instant);
      t.text("cancelled_by");
      t.text("cancel_reason");
      // A schedule's logical date has at most one run, however many schedulers look.
      t.unique(["schedule", "schedule_key"], { indexName: "run_schedule_key" });
      t.index(["backfill"], "run_backfill");
      t.index(["resumes"], "run_resumes");
    });
    await schema().alterTable("step", (t) => {
      // 1: what waited for it was let go on. 0: under way, or left by an attempt that was given back.
      t.integer("settled").notNullable().defaultTo(0);
    });
    await schema().alterTable("publication", (t) => {
      t.index(["run_id"], "publication_run");
    });
    await schema().createTable("run_work", (t) => {
      t.text("run_id").primary();
      t.text("work").notNullable();
    });
    await schema().createTable("task", (t) => {
      t.text("run_id").notNullable();
      t.text("id").notNullable();
      t.text("worker_class").notNullable();
      t.text("models").notNullable();
      t.text("exclusive").notNullable();
      t.text("bundle");
      t.text("pools").notNullable();
      t.text("status").notNullable();
      t.integer("waits").notNullable();
      t.integer("rank").notNullable();
      t.text("executor").notNullable();
      t.bigInteger("fence").notNullable();
      t.integer("attempt").notNullable();
      t.integer("losses").notNullable();
      t.integer("max_attempts").notNullable();
      t.bigInteger("retry_delay_ms").notNullable();
      t.bigInteger("timeout_ms");
      t.specificType("ready_at", instant);
      t.specificType("not_before", instant);
      t.specificType("queued_at", instant);
      t.specificType("started_at", instant);
      t.specificType("finished_at", instant);
      t.text("worker");
      t.specificType("lease_until", instant);
      t.text("error");
      t.primary(["run_id", "id"], "task_pkey");
      t.index(["status", "executor"], "task_status");
      t.index(["run_id", "bundle"], "task_bundle");
      t.index(["run_id", "status"], "task_run_status");
    });
    await schema().createTable("attempt", (t) => {
      t.text("run_id").notNullable();
      t.text("task").notNullable();
      t.bigInteger("fence").notNullable();
      t.integer("attempt").notNullable();
      t.text("worker").notNullable();
      t.specificType("started_at", instant).notNullable();
      t.specificType("finished_at", instant);
      t.text("outcome");
      t.text("error");
      t.primary(["run_id", "task", "fence"], "attempt_pkey");
    });
    await schema().createTable("worker", (t) => {
      t.text("id").primary();
      t.text("kind").notNullable();
      t.text("host").notNullable();
      t.integer("pid").notNullable();
      t.text("classes").notNullable();
      t.integer("concurrency").notNullable();
      t.specificType("started_at", instant).notNullable();
      t.specificType("heartbeat_at", instant).notNullable();
    });
  },
};
