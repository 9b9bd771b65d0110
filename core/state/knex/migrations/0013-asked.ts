// Owns schema 13: in SQLite, too, what an older process records beside this one is placed among the runs by when it was asked for.
import { from, quoted } from "../database.ts";
import type { Migration } from "./migration.ts";

export const asked: Migration = {
  version: 13,
  name: "asked",
  async up(_schema, database, trx) {
    // Postgres has a default, which SQLite cannot give a column that is added.
    if (database.kind !== "sqlite") return;
    const run = quoted(database, "run");
    await from(database, "run", trx)
      .whereNull("asked_at")
      .update({ asked_at: trx.raw("??", ["started_at"]) });
    await trx.raw(
      `create trigger run_asked after insert on ${run} when new.asked_at is null begin update ${run} set asked_at = new.started_at where id = new.id; end`,
    );
  },
};
