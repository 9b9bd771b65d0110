// Owns schema 11: when a run was asked for, by the database's clock, and the indexes by which runs and builds are read page by page.
import { from, quoted } from "../database.ts";
import type { Migration } from "./migration.ts";

export const pages: Migration = {
  version: 11,
  name: "pages",
  async up(schema, database, trx) {
    await schema().alterTable("run", (t) => {
      t.specificType("asked_at", database.instantType);
    });
    // Of runs from before nothing earlier is known than their beginning.
    await from(database, "run", trx).update({ asked_at: trx.raw("??", ["started_at"]) });
    // Older schedulers beside this one write none.
    if (database.kind === "postgres")
      await trx.raw(`alter table ${quoted(database, "run")} alter column asked_at set default ${database.now}`);
    await schema().alterTable("run", (t) => {
      t.index(["asked_at", "id"], "run_asked");
      t.index(["schedule", "asked_at", "id"], "run_schedule_asked");
      t.index(["status", "asked_at", "id"], "run_status_asked");
    });
    await schema().alterTable("build", (t) => {
      t.dropIndex(["status"], "build_status");
      t.index(["created_at", "id"], "build_created");
      t.index(["status", "created_at", "id"], "build_status_created");
    });
  },
};
