// Owns writing rows that JavaScript makes to a staging Parquet file, in bounded memory. Which type a warehouse casts to is in the result.
//
// Every column is written as text in its type's canonical form and cast by the warehouse, the same way a store's rows are.
// The writer's own number, date and boolean columns lose or bend values without saying so (parseInt on 64-bit integers,
// `'f'` becomes true, days read as milliseconds); text goes through it unchanged.
import { open, rm } from "node:fs/promises";
import { MeshError, problems } from "../errors/index.ts";
import type { ColumnSchema } from "../manifest/index.ts";
import { closest } from "../util/index.ts";
import { abortable } from "./abortable.ts";
import { type ColumnType, parseColumnType } from "./column-type.ts";
import { convertValue } from "./convert-value.ts";
import { createFileSink } from "./file-sink.ts";
import { describeType, Refusal } from "./refusal.ts";

export type Row = Readonly<Record<string, unknown>>;

export interface WriteRowsRequest {
  /** The file to create; removed again when anything goes wrong. */
  readonly path: string;
  readonly columns: readonly ColumnSchema[];
  /** Rows, or arrays of rows. */
  readonly rows: AsyncIterable<Row | readonly Row[]>;
  readonly signal?: AbortSignal;
  /** Totals so far. */
  readonly onProgress?: (progress: { readonly rows: number; readonly bytes: number }) => void;
}

export interface WrittenRows {
  readonly rows: number;
  /** What the file's columns, all text, are to be cast to. */
  readonly columns: readonly ColumnSchema[];
}

// A group is held in memory until it is written: bounded by rows and by size.
const GROUP_ROWS = 20_000;
const GROUP_BYTES = 16 * 1024 * 1024;
const PROGRESS_ROWS = 1_000;

/**
 * Pulls one row (or array) at a time, so a slow disk slows the producer. Throws `rows/…`, the signal's reason when aborted,
 * or whatever the iterable throws.
 */
export async function writeRows(request: WriteRowsRequest): Promise<WrittenRows> {
  const toCells = rowConverter(request.columns);
  const { default: parquet } = await import("parquetjs-lite");
  const handle = await open(request.path, "wx").catch((cause: unknown) => {
    throw cannotWrite(cause);
  });
  try {
    const sink = createFileSink(handle);
    const raise = () => {
      try {
        sink.check();
      } catch (cause) {
        throw cannotWrite(cause);
      }
    };
    const fields = request.columns.map(
      ({ name }) => [name, { type: "UTF8", optional: true, statistics: false }] as const,
    );
    const schema = new parquet.ParquetSchema(Object.fromEntries(fields));
    const writer = await parquet.ParquetWriter.openStream(schema, sink, { rowGroupSize: GROUP_ROWS });
    let rows = 0;
    let inGroup = 0;
    let groupBytes = 0;
    for await (const item of abortable(request.rows, request.signal)) {
      for (const row of Array.isArray(item) ? (item as readonly unknown[]) : [item]) {
        rows++;
        const { cells, bytes } = toCells(row, rows);
        inGroup++;
        groupBytes += bytes;
        const full = inGroup >= GROUP_ROWS || groupBytes >= GROUP_BYTES;
        // The writer closes a group when it holds this many rows: one means now.
        if (full) writer.setRowGroupSize(1);
        await writer.appendRow(cells);
        if (full) {
          writer.setRowGroupSize(GROUP_ROWS);
          inGroup = 0;
          groupBytes = 0;
          raise();
        }
        if (rows % PROGRESS_ROWS === 0) request.onProgress?.({ rows, bytes: sink.bytes() });
      }
    }
    await writer.close();
    raise();
    await handle.close();
    request.onProgress?.({ rows, bytes: sink.bytes() });
    return { rows, columns: landingColumns(request.columns) };
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(request.path, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** The declared types; other databases' names for bytes become DuckDB's, because bytes travel as hex. */
function landingColumns(columns: readonly ColumnSchema[]): readonly ColumnSchema[] {
  return columns.map((column) =>
    parseColumnType(column.type)?.kind === "blob" ? { ...column, type: "BLOB" } : column,
  );
}

function cannotWrite(cause: unknown): MeshError {
  if (cause instanceof MeshError) return cause;
  const code = (cause as NodeJS.ErrnoException).code;
  const known: Readonly<Record<string, string>> = {
    ENOSPC: "the disk is full",
    EACCES: "writing there is not allowed",
    EROFS: "the file system is read-only",
    EEXIST: "the staging file exists already",
    ENOENT: "the folder does not exist",
  };
  const reason = known[code ?? ""] ?? code ?? "the file system refused";
  return problems.rowsCannotWrite({ reason }, { cause, retryable: code === "ENOSPC" });
}

interface Cells {
  readonly cells: Readonly<Record<string, string>>;
  /** UTF-16 units: near enough to bound memory. */
  readonly bytes: number;
}

function rowConverter(columns: readonly ColumnSchema[]): (row: unknown, number: number) => Cells {
  const typed = typedColumns(columns);
  const names = new Set(typed.map(({ name }) => name));
  return (row, number) => {
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw problems.rowsNotARow({ row: number, got: describeType(row) });
    }
    const given = row as Row;
    const cells: Record<string, string> = {};
    let bytes = 0;
    for (const { name, type, written } of typed) {
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      if (value === undefined) {
        const spare = Object.keys(given).filter((key) => !names.has(key));
        throw problems.rowsMissingKey({ column: name, row: number, near: closest(name, spare) });
      }
      if (value === null) continue;
      const text = convertValue(type, value);
      if (text instanceof Refusal) {
        throw problems.rowsWrongValue({
          column: name,
          type: written,
          row: number,
          got: text.got,
          expected: text.expected,
        });
      }
      cells[name] = text;
      bytes += text.length;
    }
    for (const key of Object.keys(given)) {
      if (!names.has(key)) throw problems.rowsUnknownKey({ key, row: number, near: closest(key, names) });
    }
    return { cells, bytes };
  };
}

function typedColumns(
  columns: readonly ColumnSchema[],
): readonly { readonly name: string; readonly type: ColumnType; readonly written: string }[] {
  if (columns.length === 0) throw problems.rowsNoColumns({});
  const seen = new Set<string>();
  return columns.map(({ name, type: written }) => {
    if (name === "" || name === "__proto__")
      throw problems.rowsBadColumn({ column: name, problem: "cannot be a column's name" });
    if (seen.has(name.toLowerCase())) throw problems.rowsBadColumn({ column: name, problem: "is declared twice" });
    seen.add(name.toLowerCase());
    const type = parseColumnType(written);
    if (!type) throw problems.rowsUnsupportedType({ column: name, type: written });
    return { name, type, written };
  });
}
