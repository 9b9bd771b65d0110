// Owns schema 3: finding the last step about a model without reading those of all runs.
import type { Migration } from "./migration.ts";

export const stepModel: Migration = {
  version: 3,
  name: "step-model",
  async up(schema) {
    await schema().alterTable("step", (t) => {
      t.index(["kind", "model", "started_at"], "step_model");
    });
  },
};
