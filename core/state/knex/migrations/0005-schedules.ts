// Owns schema 5: the schedules in force, and which of their ticks were seen.
import type { Migration } from "./migration.ts";

export const schedules: Migration = {
  version: 5,
  name: "schedules",
  async up(schema, database) {
    const instant = database.instantType;
    await schema().createTable("schedule", (t) => {
      t.text("id").primary();
      t.text("project").notNullable();
      t.text("name").notNullable();
      t.text("definition").notNullable();
      t.boolean("enabled").notNullable();
      t.specificType("since", instant).notNullable();
      t.specificType("last_logical_at", instant).notNullable();
      t.specificType("next_at", instant);
      t.index(["enabled", "next_at"], "schedule_due");
    });
  },
};
