// Owns reading the events that the database's triggers write. Writes none itself.
import type { EventState, StateEvent } from "../event-types.ts";
import { after, type Database, from } from "./database.ts";
import { type Instant, present, type Whole } from "./records.ts";

interface EventRow {
  sequence: Whole;
  at: Instant;
  kind: StateEvent["kind"];
  run_id: string | null;
  subject: string;
  status: string;
  detail: string;
}

export function createEventMethods(database: Database): EventState {
  const table = () => from(database, "event");
  return {
    async readEvents({ after, late = [], upTo, runId, limit }) {
      const query = table().orderBy("sequence").limit(limit);
      query.where((range) => range.where("sequence", ">", after).orWhereIn("sequence", [...late]));
      if (upTo !== undefined) query.where("sequence", "<=", upTo);
      if (runId !== undefined) query.where({ run_id: runId });
      return ((await query) as EventRow[]).map(stateEvent);
    },

    async eventRange() {
      const [row]: { first: Whole | null; last: Whole | null }[] = await table()
        .min({ first: "sequence" })
        .max({ last: "sequence" });
      return { first: Number(row?.first ?? 0), last: Number(row?.last ?? 0) };
    },

    removeEvents: (olderThanMs) => table().where("at", "<", after(database, -olderThanMs)).delete(),
  };
}

const stateEvent = (row: EventRow): StateEvent => ({
  sequence: Number(row.sequence),
  at: new Date(row.at),
  kind: row.kind,
  ...present("runId", row.run_id),
  subject: row.subject,
  status: row.status,
  // SQLite writes what is absent as null.
  detail: Object.fromEntries(Object.entries(JSON.parse(row.detail) as object).filter(([, value]) => value !== null)),
});
