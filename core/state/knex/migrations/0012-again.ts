// Owns schema 12: events tell that a step which ended will be done again, and how often a task may be tried.
import { quoted } from "../database.ts";
import { tellMore } from "./event-triggers.ts";
import type { Migration } from "./migration.ts";

export const again: Migration = {
  version: 12,
  name: "again",
  async up(_schema, database, trx) {
    // Given back with its task, of a run that goes on: it is nobody's end.
    const goesOn = `exists (select 1 from ${quoted(database, "run")} as own where own.id = new.run_id and own.status = 'running' and own.cancel_requested_at is null)`;
    const more = [
      {
        table: "step",
        detail: { again: `case when new.settled = 0 and new.status <> 'running' and ${goesOn} then 'true' end` },
        json: ["again"],
        // It ends as the attempt before did: this time it is the end.
        updated: "old.status <> new.status or old.settled < new.settled",
      },
      { table: "task", detail: { maxAttempts: "new.max_attempts" } },
    ] as const;
    for (const statement of tellMore(database, more)) await trx.raw(statement);
  },
};
