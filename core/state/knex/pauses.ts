// Owns the rows of pauses. A pause that is over keeps its row: it says who held what back, and when.

import { createId } from "../../util/index.ts";
import type { PauseRecord, PauseState, PauseSubject } from "../pause-types.ts";
import { writeAudit } from "./audit.ts";
import { after, type Database, from, inTransaction, now } from "./database.ts";
import { type Instant, instant, present } from "./records.ts";

interface PauseRow {
  id: string;
  kind: PauseRecord["kind"];
  name: string;
  by: string;
  why: string | null;
  since: Instant;
  until: Instant | null;
  ended_at: Instant | null;
  ended_by: string | null;
}

const pauseRecord = (row: PauseRow): PauseRecord => ({
  id: row.id,
  kind: row.kind,
  name: row.name,
  by: row.by,
  since: new Date(row.since),
  ...present("why", row.why),
  ...instant("until", row.until),
  ...instant("endedAt", row.ended_at),
  ...present("endedBy", row.ended_by),
});

export function createPauseMethods(database: Database): PauseState {
  return {
    pause: ({ kind, name, why, forMs }, by) =>
      inTransaction(database, async (trx) => {
        const [row]: PauseRow[] = await from(database, "pause", trx)
          .insert({
            id: createId(),
            kind,
            name,
            by: by.actor,
            why: why ?? null,
            since: now(database),
            until: forMs === undefined ? null : after(database, forMs),
          })
          .returning("*");
        const pause = pauseRecord(row as PauseRow);
        const detail = { ...(why !== undefined && { why }), ...(pause.until && { until: pause.until.toISOString() }) };
        await writeAudit(database, trx, { ...by, action: `${kind}.pause`, subject: subjectOf(pause), detail });
        return pause;
      }),

    unpause: ({ kind, name }, by) =>
      inTransaction(database, async (trx) => {
        const rows: PauseRow[] = await from(database, "pause", trx)
          .where({ kind, name })
          .whereNull("ended_at")
          .where((open) => open.whereNull("until").orWhere("until", ">", now(database)))
          .update({ ended_at: now(database), ended_by: by.actor })
          .returning("*");
        if (rows.length > 0)
          await writeAudit(database, trx, { ...by, action: `${kind}.unpause`, subject: subjectOf({ kind, name }) });
        return rows.map(pauseRecord).sort(byAge);
      }),

    async listPauses({ ended = false, limit } = {}) {
      const query = from(database, "pause");
      if (!ended) {
        const rows: PauseRow[] = await query
          .whereNull("ended_at")
          .where((open) => open.whereNull("until").orWhere("until", ">", now(database)));
        return rows.map(pauseRecord).sort(byAge);
      }
      query.orderBy([
        { column: "since", order: "desc" },
        { column: "id", order: "desc" },
      ]);
      if (limit !== undefined) query.limit(limit);
      return ((await query) as PauseRow[]).map(pauseRecord).reverse();
    },
  };
}

function byAge(a: PauseRecord, b: PauseRecord): number {
  return a.since.getTime() - b.since.getTime() || (a.id < b.id ? -1 : 1);
}

/** As the audit log names it. */
function subjectOf({ kind, name }: PauseSubject): string {
  return kind === "system" ? "system" : name;
}
