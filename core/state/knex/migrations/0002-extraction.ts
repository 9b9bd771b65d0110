// Owns schema 2: what is recorded of how a store was read for a build.
import type { Migration } from "./migration.ts";

export const extraction: Migration = {
  version: 2,
  name: "extraction",
  async up(schema) {
    await schema().alterTable("build", (t) => {
      t.text("extraction");
    });
  },
};
