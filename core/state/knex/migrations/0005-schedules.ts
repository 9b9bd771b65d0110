// Owns schema 5: schedules.
import type { Migration } from "./migration.ts";

export const schedules: Migration = {
  version: 5,
  name: "schedules",
  async up() {},
};
