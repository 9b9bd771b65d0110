// Owns schema 8: service-levels.
import type { Migration } from "./migration.ts";

export const serviceLevels: Migration = {
  version: 8,
  name: "service-levels",
  async up() {},
};
