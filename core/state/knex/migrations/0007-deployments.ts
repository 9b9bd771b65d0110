// Owns schema 7: deployments, the files they need, what is deployed now, and who made it so.
import type { Migration } from "./migration.ts";

export const deployments: Migration = {
  version: 7,
  name: "deployments",
  async up(schema, database) {
    const instant = database.instantType;
    await schema().createTable("deployment", (t) => {
      t.text("id").primary();
      t.bigInteger("sequence").notNullable();
      t.text("project").notNullable();
      t.text("mesh").notNullable();
      t.text("target").notNullable();
      t.text("content_hash").notNullable();
      t.text("shard").notNullable();
      t.text("vars").notNullable();
      t.text("deployed_by").notNullable();
      t.text("git_commit");
      t.text("note");
      t.specificType("deployed_at", instant).notNullable();
      t.index(["project", "sequence"], "deployment_project");
    });
    await schema().createTable("deployed", (t) => {
      t.text("project").primary();
      t.text("deployment").notNullable();
    });
    await schema().createTable("deployment_event", (t) => {
      t.bigInteger("sequence").primary();
      t.text("project").notNullable();
      t.text("action").notNullable();
      t.text("deployment");
      t.text("previous");
      t.text("acted_by").notNullable();
      t.text("why");
      t.text("broken");
      t.specificType("acted_at", instant).notNullable();
      t.index(["project", "sequence"], "deployment_event_project");
    });
    // Content-addressed: equal files of any number of deployments are kept once.
    await schema().createTable("deployment_file", (t) => {
      t.text("hash").primary();
      t.binary("content").notNullable();
    });
    await schema().createTable("deployment_use", (t) => {
      t.text("deployment").notNullable();
      t.text("path").notNullable();
      t.text("hash").notNullable();
      t.bigInteger("bytes").notNullable();
      t.primary(["deployment", "path"], "deployment_use_pkey");
      t.index(["hash"], "deployment_use_hash");
    });
  },
};
