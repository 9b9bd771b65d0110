// Owns one table's way out of a SQLite file: rows in batches, each cell judged, the event loop let in between.
import { setImmediate as nextTurn } from "node:timers/promises";
import type Database from "libsql";
import { problems } from "../../../errors/index.ts";
import type { Extraction, ExtractRequest } from "../../types.ts";
import type { Gate } from "../gate.ts";
import { createRowEncoder, type EncodedColumn } from "../row-encoder.ts";
import type { StorePlace } from "../store-place.ts";
import { tableName } from "../table-name.ts";
import { cellRule, exactType } from "./column-types.ts";
import { sqliteFailure } from "./failures.ts";
import { windowCondition } from "./window.ts";

const BATCH_CHARACTERS = 1 << 18;
const BATCH_ROWS = 1_000;

export interface SqliteReading {
  readonly db: Database.Database;
  readonly at: StorePlace;
  readonly lane: Gate;
  /** Aborted when the session closes. */
  readonly stopped: AbortSignal;
  /** Ends what is being read when the session closes before its reader is done. */
  readonly running: Set<() => void>;
  readonly encoding: string;
  /** The table, quoted. */
  readonly from: string;
  /** The type in the store of each column. */
  readonly types: ReadonlyMap<string, string>;
}

/** Nothing is read before the stream is. Throws `store/type-not-exact` at once. */
export function extractTable(reading: SqliteReading, request: ExtractRequest): Extraction {
  const { db, at, lane, stopped, from } = reading;
  const name = tableName(request.table);
  const { expressions, columns } = plan(reading, name, request);
  const encoder = createRowEncoder(columns);
  const { window } = request;
  const part = window && windowCondition(window, quote(window.identifier));
  const where = part ? `${from} WHERE ${part.sql}` : from;
  const bindings = part?.bindings ?? [];
  const signal = request.signal === undefined ? stopped : AbortSignal.any([request.signal, stopped]);
  let rows: number | undefined;

  async function* stream(): AsyncGenerator<Uint8Array> {
    const leave = await lane.enter(signal);
    let unfinished: Iterator<readonly unknown[]> | undefined;
    const end = () => {
      if (unfinished) interrupt(db, unfinished);
      unfinished = undefined;
    };
    reading.running.add(end);
    try {
      const statement = db.prepare(`SELECT ${expressions.join(", ")} FROM ${where}`).raw();
      unfinished = statement.iterate(...bindings) as IterableIterator<readonly unknown[]>;
      for (;;) {
        signal.throwIfAborted();
        const more: boolean = fill(unfinished);
        if (encoder.pending > 0) yield encoder.take();
        if (!more) break;
        await nextTurn();
      }
      unfinished = undefined;
      const refused = encoder.refused();
      if (refused.length > 0)
        throw problems.storeValueNotRepresentable({ store: at.store, table: name, columns: refused });
      rows = Number(
        (
          db
            .prepare(`SELECT count(*) FROM ${where}`)
            .raw()
            .get(...bindings) as readonly unknown[]
        )[0],
      );
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason;
      throw sqliteFailure(error, at, `reading \`${name}\``);
    } finally {
      end();
      reading.running.delete(end);
      leave();
    }
  }

  /** One batch; false when the table is at its end. */
  function fill(source: Iterator<readonly unknown[]>): boolean {
    for (let i = 0; i < BATCH_ROWS && encoder.pending < BATCH_CHARACTERS; i++) {
      const next = source.next();
      if (next.done) return false;
      encoder.append(next.value);
    }
    return true;
  }

  return {
    parts: [{ open: stream }],
    resumable: false,
    rows() {
      if (rows === undefined)
        throw problems.unexpected({ what: `counting the rows of ${name}`, reason: "the stream has not ended" });
      return rows;
    },
  };
}

/** A statement left in the middle keeps the file's read lock. Interrupted, it ends at its next row; the driver reads rows ahead. */
function interrupt(db: Database.Database, rows: Iterator<unknown>): void {
  const READ_AHEAD = 200;
  try {
    (db as Database.Database & { interrupt(): void }).interrupt();
    for (let i = 0; i < READ_AHEAD && !rows.next().done; i++);
  } catch {
    // This is the interruption.
  }
}

function plan(
  reading: SqliteReading,
  table: string,
  request: ExtractRequest,
): { expressions: readonly string[]; columns: readonly EncodedColumn[] } {
  const expressions: string[] = [];
  const columns: EncodedColumn[] = [];
  const inexact: { column: string; storeType: string; declared: string }[] = [];
  for (const { identifier: name, type: declared } of request.columns) {
    const storeType = reading.types.get(name);
    const missing = storeType === undefined;
    if (missing)
      throw problems.storeQueryFailed({
        ...reading.at,
        what: `reading \`${table}\``,
        reason: `there is no column \`${name}\``,
      });
    const rule = cellRule(declared, exactType(storeType), reading.encoding);
    if (rule) {
      expressions.push(rule.expression(quote(name)));
      columns.push({ name, declared, encode: rule.encode });
    } else inexact.push({ column: name, storeType: storeType || "without a type", declared });
  }
  if (inexact.length > 0) throw problems.storeTypeNotExact({ store: reading.at.store, table, columns: inexact });
  return { expressions, columns };
}

export function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
