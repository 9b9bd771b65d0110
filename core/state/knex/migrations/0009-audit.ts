// Owns schema 9: audit.
import type { Migration } from "./migration.ts";

export const audit: Migration = {
  version: 9,
  name: "audit",
  async up() {},
};
