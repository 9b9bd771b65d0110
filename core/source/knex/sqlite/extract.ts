// Owns one table's way out of a SQLite file: lines that SQLite writes, a run of rowids at a time; cells judged one by one where
// a row is of another form, or the table has no rowids.
import { isUtf8 } from "node:buffer";
import { setImmediate as nextTurn } from "node:timers/promises";
import { problems } from "../../../errors/index.ts";
import type { ReadingPolicy } from "../../../manifest/index.ts";
import { type Gate, quoteIdentifier } from "../../../util/index.ts";
import { createRowEncoder, type EncodedColumn } from "../../row-encoder.ts";
import { rowsOfParts } from "../../rows-of-parts.ts";
import type { StorePlace } from "../../store-place.ts";
import { tableName } from "../../table-name.ts";
import type { Extraction, ExtractRequest } from "../../types.ts";
import { accountFor } from "./account.ts";
import type { CatalogTable } from "./catalog.ts";
import { lineOf } from "./cell-line.ts";
import { cellRule, exactType } from "./column-types.ts";
import { sqliteFailure } from "./failures.ts";
import { endRows, type SqliteDb, type SqliteRow, startWork, type Work } from "./query.ts";
import { type Condition, windowCondition } from "./window.ts";

export interface SqliteReading {
  readonly db: SqliteDb;
  readonly at: StorePlace;
  readonly policy: ReadingPolicy;
  /** One table is read at a time: what ends one statement ends all of the connection. */
  readonly lane: Gate;
  /** Aborted when the session closes. */
  readonly stopped: AbortSignal;
  /** Ends what is being read when the session closes before its reader is done. */
  readonly running: Set<() => void>;
  readonly inFlight: Set<Promise<unknown>>;
  readonly encoding: string;
}

/** A column of the request, as the file has it and as its cells are written. */
export interface PlannedColumn {
  readonly name: string;
  /** Quoted. */
  readonly column: string;
  readonly declared: string;
  readonly exact: string | undefined;
  readonly expression: string;
  readonly encode: EncodedColumn["encode"];
  readonly replaced: boolean;
}

const BATCH_CHARACTERS = 1 << 18;
const BATCH_ROWS = 1_000;
const FIRST_ROWS = 50;
const LAST_ROWID = 2n ** 63n - 1n;
const NEWLINE = Buffer.from("\n");

/** Nothing is read before the stream is. Throws `store/type-not-exact` at once. */
export function extractTable(
  reading: SqliteReading,
  table: CatalogTable,
  request: ExtractRequest,
  estimate: number | undefined,
): Extraction {
  const { db, at, lane, stopped, policy, inFlight } = reading;
  const name = tableName(request.table);
  const columns = plan(reading, name, table, request);
  const where = request.window === undefined ? undefined : windowCondition(request.window);
  const signal = request.signal === undefined ? stopped : AbortSignal.any([request.signal, stopped]);
  const works: Work[] = [];
  let rows: number | undefined;

  const inLane = async function* (
    what: string,
    use: (work: Work) => AsyncGenerator<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    const leave = await lane.enter(signal);
    try {
      const work = startWork({ db, at, signal, inFlight, limitMs: policy.statementTimeoutMs, what });
      works.push(work);
      yield* use(work);
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason;
      throw sqliteFailure(error, at, what);
    } finally {
      leave();
    }
  };

  async function* read(work: Work): AsyncGenerator<Uint8Array> {
    const reader = createCellReader(reading, table, columns, work, signal);
    if (table.rowid !== undefined && reading.encoding === "UTF-8")
      yield* readByRowid(reading, table, columns, where, work, reader);
    else yield* reader.read(where);
    const refused = reader.refused();
    if (refused.length > 0)
      throw problems.storeValueNotRepresentable({ store: at.store, table: name, columns: refused });
    rows = reader.rows();
  }

  return {
    parts: [{ open: () => inLane(`reading \`${name}\``, read) }],
    resumable: false,
    ...(estimate !== undefined && where === undefined && { estimate: { rows: estimate } }),
    rows: () => rowsOfParts([rows], name),
    async account({ checksum }) {
      const what = `counting the rows of \`${name}\``;
      const leave = await lane.enter(signal);
      try {
        const work = startWork({ db, at, signal, inFlight, limitMs: policy.statementTimeoutMs, what });
        works.push(work);
        return await accountFor(reading, { table, columns, where, checksum }, work, signal);
      } catch (error) {
        if (request.signal?.aborted) throw request.signal.reason;
        throw sqliteFailure(error, at, what);
      } finally {
        leave();
      }
    },
    storeMs: () => works.reduce((sum, work) => sum + work.workedMs(), 0),
  };
}

interface CellReader {
  /** The rows of the condition, cell by cell. Gives no bytes once a value was refused; then the rest is only judged. */
  read(where: Condition | undefined): AsyncGenerator<Uint8Array>;
  /** Rows that came as whole lines; false when bytes are of no use any more. */
  addLines(count: number): boolean;
  refused(): ReturnType<ReturnType<typeof createRowEncoder>["refused"]>;
  rows(): number;
}

function createCellReader(
  { db, running }: SqliteReading,
  { from }: CatalogTable,
  columns: readonly PlannedColumn[],
  work: Work,
  signal: AbortSignal,
): CellReader {
  const encoder = createRowEncoder(columns);
  let lines = 0;
  const fill = (source: Iterator<SqliteRow>): boolean => {
    for (let i = 0; i < BATCH_ROWS && encoder.pending < BATCH_CHARACTERS; i++) {
      const next = source.next();
      if (next.done) return false;
      encoder.append(next.value);
    }
    return true;
  };
  return {
    async *read(where) {
      let unfinished: Iterator<SqliteRow> | undefined;
      const end = () => {
        if (unfinished) endRows(db, unfinished);
        unfinished = undefined;
      };
      running.add(end);
      try {
        const asked = columns.map(({ expression }) => expression).join(", ");
        const statement = await db.prepare(`SELECT ${asked} FROM ${from}${where ? ` WHERE ${where.sql}` : ""}`);
        unfinished = await work.rows(statement, where?.parameters);
        for (;;) {
          signal.throwIfAborted();
          const source = unfinished;
          const more = work.timed(() => fill(source));
          if (encoder.pending > 0) yield encoder.take();
          if (!more) break;
          await nextTurn();
        }
        unfinished = undefined;
      } finally {
        end();
        running.delete(end);
      }
    },
    addLines(count) {
      lines += count;
      return encoder.refused().length === 0;
    },
    refused: encoder.refused,
    rows: () => lines + encoder.rows,
  };
}

/** Each statement is short and leaves nothing open between two of them. Its rows are as many as gave so many bytes before. */
async function* readByRowid(
  { db }: SqliteReading,
  { from, rowid = "rowid" }: CatalogTable,
  columns: readonly PlannedColumn[],
  where: Condition | undefined,
  work: Work,
  reader: CellReader,
): AsyncGenerator<Uint8Array> {
  const line = lineOf(columns.map(({ column, declared, exact }) => ({ name: column, declared, exact })));
  const range = `${rowid} > ? AND ${rowid} <= ?`;
  const condition = where ? `${range} AND ${where.sql}` : range;
  const bound = await db.prepare(`SELECT ${rowid} FROM ${from} WHERE ${rowid} > ? ORDER BY ${rowid} LIMIT 1 OFFSET ?`);
  const lines = await db.prepare(
    `SELECT count(*), count(line), CAST(group_concat(line, char(10)) AS BLOB) FROM (SELECT ${line} AS line FROM ${from} WHERE ${condition})`,
  );
  let after = -(2n ** 63n);
  // The least rowid of all is behind no other.
  let first = true;
  let asked = FIRST_ROWS;
  for (;;) {
    const [end = LAST_ROWID] = await work.row(bound, [after, BigInt(asked - 1)]);
    const upTo = end as bigint;
    const parameters = [after, upTo, ...(where?.parameters ?? [])];
    const [count, clean, bytes] = (await work.row(lines, parameters)) as [bigint, bigint, Buffer | null];
    const isClean = count === clean && (bytes === null || isUtf8(bytes));
    if (!isClean) yield* reader.read({ sql: condition, parameters });
    else if (count > 0n && reader.addLines(Number(count))) yield Buffer.concat([bytes ?? Buffer.alloc(0), NEWLINE]);
    if (first) yield* leastRowid(reader, rowid, where);
    first = false;
    if (upTo === LAST_ROWID) return;
    after = upTo;
    const size = Math.max(1, (bytes?.length ?? 0) / Math.max(1, Number(count)));
    asked = Math.max(1, Math.min(BATCH_ROWS, asked * 4, Math.ceil(BATCH_CHARACTERS / size)));
  }
}

function leastRowid(reader: CellReader, rowid: string, where: Condition | undefined): AsyncGenerator<Uint8Array> {
  const sql = `${rowid} = (-9223372036854775807 - 1)`;
  return reader.read({ sql: where ? `${sql} AND ${where.sql}` : sql, parameters: where?.parameters ?? [] });
}

function plan(
  { at, encoding }: SqliteReading,
  table: string,
  { columns: found }: CatalogTable,
  request: ExtractRequest,
): readonly PlannedColumn[] {
  const types = new Map(found.map(({ name, type }) => [name, type]));
  const columns: PlannedColumn[] = [];
  const inexact: { column: string; storeType: string; declared: string }[] = [];
  const typeOf = (identifier: string): string => {
    const type = types.get(identifier);
    if (type !== undefined) return type;
    const reason = `there is no column \`${identifier}\``;
    throw problems.storeQueryFailed({ ...at, what: `reading \`${table}\``, reason });
  };
  for (const { identifier, type: declared, replaced = false } of request.columns) {
    const storeType = typeOf(identifier);
    const exact = exactType(storeType);
    const column = quoteIdentifier(identifier);
    const rule = cellRule(declared, exact, encoding);
    if (rule) {
      const { expression, encode } = rule;
      columns.push({ name: identifier, column, declared, exact, expression: expression(column), encode, replaced });
    } else inexact.push({ column: identifier, storeType: storeType || "without a type", declared });
  }
  if (request.window !== undefined) typeOf(request.window.identifier);
  if (inexact.length > 0) throw problems.storeTypeNotExact({ store: at.store, table, columns: inexact });
  return columns;
}
