// Owns one table's way out of MySQL: the server writes each row as a CSV line, a part of the rows on each free lane.
import { problems } from "../../../errors/index.ts";
import type { ReadingPolicy } from "../../../manifest/index.ts";
import { rowsOfParts } from "../../rows-of-parts.ts";
import type { StorePlace } from "../../store-place.ts";
import { tableName } from "../../table-name.ts";
import type { Extraction, ExtractPart, ExtractRequest } from "../../types.ts";
import { accountFor } from "./account.ts";
import { type CatalogColumn, type CatalogTable, quote } from "./catalog.ts";
import { type Cell, cellOf } from "./cell-text.ts";
import { mysqlFailure } from "./failures.ts";
import { keyRanges } from "./key-ranges.ts";
import type { Lane, Lanes } from "./lanes.ts";
import { queryRows } from "./query.ts";
import { type RowField, rowFields } from "./row-fields.ts";
import { stopwatch } from "./stopwatch.ts";
import { windowCondition } from "./window.ts";

export interface MysqlReading {
  readonly at: StorePlace;
  readonly lanes: Lanes;
  readonly reading: ReadingPolicy;
}

/** A column of the request, as the store has it and as its cells are written. */
export interface PlannedColumn {
  readonly name: string;
  readonly declared: string;
  readonly column: CatalogColumn;
  readonly cell: Cell;
  readonly replaced: boolean;
}

/** Throws `store/type-not-exact` at once. Of the store only the key's ends and the optimizer's estimates are asked before a part is read. */
export async function extractTable(
  context: MysqlReading,
  table: CatalogTable,
  request: ExtractRequest,
): Promise<Extraction> {
  const { at, lanes } = context;
  const { signal } = request;
  const name = tableName(request.table);
  const columns = plan(at, name, table, request);
  const fields = rowFields(columns);
  const where = request.window === undefined ? [] : [windowOf(at, name, table, request)];
  const ranges = await shareOut(context, table, request, name);
  const worked: (() => number)[] = [];
  const select = fields.map(({ sql }) => sql).join(", ");
  const kinds = fields.map(({ kind }) => kind);
  const rows: (number | undefined)[] = ranges.map(() => undefined);

  const parts = ranges.map((range, i): ExtractPart => {
    const from = fromClause(table, [...where, range]);
    return {
      async *open() {
        try {
          const lane = await lanes.take(signal);
          const stop = () => void lane.giveBack();
          signal?.addEventListener("abort", stop, { once: true });
          try {
            const lines = lane.stream(`SELECT ${select} ${from}`, kinds);
            worked.push(lines.workedMs);
            yield* lines.chunks;
            signal?.throwIfAborted();
            if (lines.metNull()) {
              await lane.stop();
              throw await explainNull(context, lane, name, columns, fields, from);
            }
            rows[i] = await countSent(lane, lines.lines(), name);
          } finally {
            signal?.removeEventListener("abort", stop);
            await lane.giveBack();
          }
        } catch (error) {
          if (signal?.aborted) throw signal.reason;
          throw mysqlFailure(error, at, `reading \`${name}\``);
        }
      },
    };
  });

  return {
    parts,
    resumable: false,
    ...(table.estimate && request.window === undefined && { estimate: table.estimate }),
    rows: () => rowsOfParts(rows, name),
    async account({ checksum }) {
      try {
        return await lanes.use(signal, (connection) => {
          const clock = stopwatch();
          worked.push(clock.elapsed);
          return accountFor(connection, columns, fromClause(table, where), checksum).finally(clock.stop);
        });
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        throw mysqlFailure(error, at, `counting the rows of \`${name}\``);
      }
    },
    storeMs: () => worked.reduce((sum, elapsed) => sum + elapsed(), 0),
  };
}

/** The server's own count of the rows it sent; a connection cut after the last row throws here. */
async function countSent(lane: Lane, arrived: number, table: string): Promise<number> {
  const sent = Number((await queryRows(lane.connection, "SELECT FOUND_ROWS()"))[0]?.[0]);
  if (sent === arrived) return sent;
  throw problems.unexpected({ what: `reading \`${table}\``, reason: `${sent} rows were sent and ${arrived} arrived` });
}

function fromClause(table: CatalogTable, conditions: readonly string[]): string {
  const needed = conditions.filter((condition) => condition !== "TRUE");
  return `FROM ${table.sql}${needed.length === 0 ? "" : ` WHERE ${needed.join(" AND ")}`}`;
}

/** A whole large table is shared by the lanes; a window is a part already. */
async function shareOut(
  { at, lanes, reading }: MysqlReading,
  table: CatalogTable,
  { window, signal }: ExtractRequest,
  name: string,
): Promise<readonly string[]> {
  const parts = Math.min(reading.readers, lanes.count);
  if (parts < 2 || window !== undefined || (table.estimate?.bytes ?? 0) < reading.splitAboveBytes) return ["TRUE"];
  return lanes
    .use(signal, (connection) => keyRanges(connection, table, parts))
    .catch((error: unknown) => {
      throw mysqlFailure(error, at, `sharing out \`${name}\``);
    });
}

function windowOf(at: StorePlace, table: string, { columns }: CatalogTable, { window }: ExtractRequest): string {
  const column = columns.find((found) => found.name === window?.identifier);
  if (column === undefined || window === undefined) throw noColumn(at, table, window?.identifier ?? "");
  return windowCondition(window, column);
}

function noColumn(at: StorePlace, table: string, column: string): Error {
  return problems.storeQueryFailed({ ...at, what: `reading \`${table}\``, reason: `there is no column \`${column}\`` });
}

/** A piece is NULL for one of two reasons: a value is refused, which is counted, or the text is too long for the server. */
async function explainNull(
  { at }: MysqlReading,
  lane: Lane,
  table: string,
  columns: readonly PlannedColumn[],
  fields: readonly RowField[],
  from: string,
): Promise<Error> {
  const judged = columns.filter(({ cell }) => cell.refuses !== undefined);
  if (judged.length > 0) {
    const counts = judged.map(
      ({ column, cell }) => `COUNT(IF(${quote(column.name)} IS NOT NULL AND ${cell.refuses}, 1, NULL))`,
    );
    const [found] = await queryRows(lane.connection, `SELECT ${counts.join(", ")} ${from}`);
    const refused = judged.flatMap(({ name, declared }, i) => {
      const rows = Number(found?.[i] ?? 0);
      return rows > 0 ? [{ column: name, declared, rows }] : [];
    });
    if (refused.length > 0) return problems.storeValueNotRepresentable({ store: at.store, table, columns: refused });
  }
  const pieces = fields.filter(({ kind }) => kind === "piece").map(({ sql }) => `${sql} IS NULL`);
  const tooLong = pieces.length === 0 ? "COUNT(*)" : `COUNT(IF(${pieces.join(" OR ")}, 1, NULL))`;
  const [limits] = await queryRows(lane.connection, `SELECT ${tooLong}, @@max_allowed_packet ${from}`);
  return problems.storeRowTooLong({
    ...at,
    table,
    rows: Number(limits?.[0] ?? 0),
    limitBytes: Number(limits?.[1] ?? 0),
  });
}

function plan(
  at: StorePlace,
  table: string,
  { columns: found }: CatalogTable,
  request: ExtractRequest,
): readonly PlannedColumn[] {
  const byName = new Map(found.map((column) => [column.name, column]));
  const columns: PlannedColumn[] = [];
  const inexact: { column: string; storeType: string; declared: string }[] = [];
  for (const { name, identifier, type: declared, replaced = false } of request.columns) {
    const column = byName.get(identifier);
    if (!column) throw noColumn(at, table, identifier);
    const cell = cellOf(column, declared);
    if (cell) columns.push({ name, declared, column, cell, replaced });
    else inexact.push({ column: identifier, storeType: column.storeType, declared });
  }
  if (inexact.length > 0) throw problems.storeTypeNotExact({ store: at.store, table, columns: inexact });
  return columns;
}
