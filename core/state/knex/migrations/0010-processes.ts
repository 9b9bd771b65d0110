// Owns schema 10: what tells the process of a run and of a backfill from others with its host's name and number. Older versions recorded none.
import type { Migration } from "./migration.ts";

export const processes: Migration = {
  version: 10,
  name: "processes",
  async up(schema) {
    for (const table of ["run", "backfill"])
      await schema().alterTable(table, (t) => {
        t.text("process");
      });
  },
};
