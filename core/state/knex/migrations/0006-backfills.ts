// Owns schema 6: backfills.
import type { Migration } from "./migration.ts";

export const backfills: Migration = {
  version: 6,
  name: "backfills",
  async up() {},
};
