// Owns schema 7: deployments.
import type { Migration } from "./migration.ts";

export const deployments: Migration = {
  version: 7,
  name: "deployments",
  async up() {},
};
