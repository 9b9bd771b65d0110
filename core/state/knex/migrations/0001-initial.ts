// Owns schema 1: runs, steps, builds, publications and tests. Never edited once released; a change is a new migration.
import { createId } from "../../../util/index.ts";
import { from } from "../database.ts";
import type { Migration } from "./migration.ts";

export const initial: Migration = {
  version: 1,
  name: "initial",
  async up(schema, database, trx) {
    const instant = database.instantType;
    await schema().createTable("meta", (t) => {
      t.text("key").primary();
      t.text("value").notNullable();
    });
    await schema().createTable("run", (t) => {
      t.text("id").primary();
      t.text("command").notNullable();
      t.text("selection").notNullable();
      t.text("status").notNullable();
      t.text("host").notNullable();
      t.integer("pid").notNullable();
      t.specificType("started_at", instant).notNullable();
      t.specificType("heartbeat_at", instant).notNullable();
      t.specificType("finished_at", instant);
      t.index(["started_at"], "run_started");
      t.index(["status", "started_at"], "run_status");
    });
    await schema().createTable("step", (t) => {
      t.text("run_id").notNullable();
      t.text("step").notNullable();
      t.text("kind").notNullable();
      t.text("model").notNullable();
      t.text("status").notNullable();
      t.text("reason").notNullable();
      t.specificType("started_at", instant).notNullable();
      t.specificType("finished_at", instant);
      t.bigInteger("rows");
      t.bigInteger("bytes");
      t.text("error");
      t.primary(["run_id", "step"], "step_pkey");
    });
    await schema().createTable("build", (t) => {
      t.text("id").primary();
      t.text("model").notNullable();
      t.text("relation").notNullable();
      t.text("run_id").notNullable();
      t.text("status").notNullable();
      t.text("fingerprint").notNullable();
      t.text("content_id");
      t.text("inputs").notNullable();
      t.text("data");
      t.specificType("as_of", instant);
      t.text("position");
      t.bigInteger("rows");
      t.bigInteger("bytes");
      t.specificType("created_at", instant).notNullable();
      t.index(["model", "created_at"], "build_model");
      t.index(["status"], "build_status");
      t.index(["run_id"], "build_run");
    });
    await schema().createTable("publication", (t) => {
      t.bigInteger("sequence").primary();
      t.text("model").notNullable();
      t.text("project").notNullable();
      t.text("build_id").notNullable();
      t.text("previous_build_id");
      t.text("run_id");
      t.text("action").notNullable();
      t.specificType("published_at", instant).notNullable();
      t.index(["model", "sequence"], "publication_model");
      t.index(["project", "sequence"], "publication_project");
    });
    await schema().createTable("published", (t) => {
      t.text("model").primary();
      t.text("project").notNullable();
      t.text("build_id").notNullable();
      t.bigInteger("sequence").notNullable();
      t.index(["project"], "published_project");
      t.index(["build_id"], "published_build");
    });
    await schema().createTable("test_result", (t) => {
      t.text("run_id").notNullable();
      t.text("test").notNullable();
      t.text("build_id").notNullable();
      t.text("model").notNullable();
      t.text("status").notNullable();
      t.bigInteger("failures").notNullable();
      t.text("message");
      t.text("sample");
      t.specificType("duration_ms", "double precision").notNullable();
      t.specificType("recorded_at", instant).notNullable();
      t.primary(["run_id", "test", "build_id"], "test_result_pkey");
      t.index(["build_id"], "test_result_build");
    });
    await from(database, "meta", trx).insert([
      { key: "id", value: createId() },
      { key: "sequence", value: "0" },
    ]);
  },
};
