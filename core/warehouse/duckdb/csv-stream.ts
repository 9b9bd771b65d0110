// Owns landing rows that arrive as CSV bytes: through a named pipe into DuckDB, every cell read as text and then cast.
import { problems } from "../../errors/index.ts";
import { COPY_CSV, quoteIdentifier, quoteString } from "../../util/index.ts";
import type { LoadColumn } from "../types.ts";
import { BAD_CELL, cellExpression, hasCellText } from "./cell-expression.ts";
import type { EngineConnection } from "./engine.ts";
import { readEngineFailure } from "./engine-failure.ts";
import { feedPipe, withNamedPipe } from "./named-pipe.ts";
import { isStorable } from "./parquet-types.ts";
import { type FailureContext, sqlProblem } from "./to-problem.ts";

/**
 * DuckDB's buffer, and with it the longest row. Larger ones cost memory in proportion and time: measured on 100 MB/s of
 * input, 4 MiB keeps the process at 230 MB, 16 MiB takes 430 MB and is a third slower.
 */
const BUFFER_BYTES = 4 * 1024 * 1024;

export interface CsvStreamRequest {
  readonly model: string;
  readonly columns: readonly LoadColumn[];
  readonly stream: AsyncIterable<Uint8Array>;
  readonly target: string;
  /** Rows of a row group: DuckDB holds several of them while it writes. */
  readonly rowGroupSize: number;
}

/** Writes the target file and returns the number of rows in it. */
export async function copyCsvStream(
  connection: EngineConnection,
  request: CsvStreamRequest,
  context: FailureContext,
): Promise<number> {
  const { model, stream } = request;
  return withNamedPipe(async (pipe) => {
    const { sql, columnAt } = copyStatement(pipe, request);
    const copying = connection.run(sql);
    try {
      await feedPipe(pipe, stream, copying, { signal: context.signal, onChunk: watchChunks(model) });
      return (await copying).rowsChanged;
    } catch (error) {
      // DuckDB takes the closed pipe for the end of the rows and would finish a short file, which is thrown away anyway.
      await connection.interruptUntil(copying);
      const ofReader = await copying.then(
        () => undefined,
        (failure: unknown) => failure,
      );
      const brokenPipe = (error as NodeJS.ErrnoException).code === "EPIPE";
      if (error === ofReader || brokenPipe) throw landingProblem(ofReader ?? error, sql, columnAt, request, context);
      if (context.signal?.aborted) throw problems.warehouseInterrupted({ what: context.what }, { cause: error });
      throw error;
    }
  });
}

/**
 * Refuses a row that DuckDB would lose without a word: one without a newline in it, longer than the
 * buffer and last in the stream (found by trial with 1.5.5). Other long rows DuckDB refuses itself.
 */
function watchChunks(model: string): (chunk: Uint8Array) => void {
  const newline = COPY_CSV.newline.charCodeAt(0);
  let unbroken = 0;
  return (chunk) => {
    const first = chunk.indexOf(newline);
    const longest = unbroken + (first < 0 ? chunk.length : first);
    if (longest > BUFFER_BYTES || longestLine(chunk, first, newline) > BUFFER_BYTES) throw rowTooLong(model);
    unbroken = first < 0 ? longest : chunk.length - 1 - chunk.lastIndexOf(newline);
  };
}

/** Only a chunk larger than the buffer can hold such a row whole. */
function longestLine(chunk: Uint8Array, first: number, newline: number): number {
  if (chunk.length <= BUFFER_BYTES || first < 0) return 0;
  let longest = 0;
  for (let start = first + 1; start < chunk.length; ) {
    const end = chunk.indexOf(newline, start);
    longest = Math.max(longest, (end < 0 ? chunk.length : end) - start);
    start = end < 0 ? chunk.length : end + 1;
  }
  return longest;
}

function rowTooLong(model: string, cause?: unknown): Error {
  return problems.rowTooLong({ model, limitMiB: BUFFER_BYTES / 1024 / 1024 }, { cause });
}

export function checkTypes(model: string, columns: readonly LoadColumn[]): void {
  for (const { name, type } of columns) {
    if (!isStorable(type) || !hasCellText(type)) {
      // A name DuckDB does not know is told by DuckDB, a known one that cannot be stored by us.
      if (/^[A-Za-z_]\w*$/.test(type) && !/^(union|variant|geometry)$/i.test(type)) continue;
      throw problems.columnTypeNotStorable({ model, column: name, type });
    }
  }
}

function copyStatement(pipe: string, { columns, target, rowGroupSize }: CsvStreamRequest) {
  const { delimiter, quote, newline } = COPY_CSV;
  let sql = "copy (select ";
  const ends: number[] = [];
  columns.forEach((column, i) => {
    // Text for the few 128-bit integers: unlike a query, a stream cannot be read again when one is too wide.
    const cell = column.absent ? "cast(null as varchar)" : `c${i}`;
    sql += `${i === 0 ? "" : ", "}${cellExpression(cell, column.type, i, "text")} as ${quoteIdentifier(column.name)}`;
    ends.push(sql.length);
  });
  const cells = columns.flatMap(({ absent }, i) => (absent ? [] : [`c${i}: 'VARCHAR'`])).join(", ");
  sql += ` from read_csv(${quoteString(pipe)}, columns = {${cells}}, auto_detect = false, header = false, delim = ${quoteString(delimiter)}, quote = ${quoteString(quote)}, escape = ${quoteString(quote)}, new_line = ${quoteString(newline.replace("\n", "\\n"))}, nullstr = '', allow_quoted_nulls = false, null_padding = false, buffer_size = ${BUFFER_BYTES}, max_line_size = ${BUFFER_BYTES})) to ${quoteString(target)} (format parquet, compression zstd, row_group_size ${rowGroupSize})`;
  return { sql, columnAt: (offset: number) => columns[ends.findIndex((end) => offset < end)] };
}

function landingProblem(
  error: unknown,
  sql: string,
  columnAt: (offset: number) => LoadColumn | undefined,
  { model, columns }: CsvStreamRequest,
  context: FailureContext,
): Error {
  const failure = readEngineFailure(error, sql);
  if (context.signal?.aborted || failure.type === "Interrupt") return sqlProblem(error, sql, context);
  const row = Number(/CSV Error on Line: (\d+)/.exec(failure.raw)?.[1]) || undefined;
  const guarded = new RegExp(`${BAD_CELL}(\\d+)`).exec(failure.raw)?.[1];
  const named = /when casting from source column c(\d+)$/.exec(failure.raw)?.[1];
  const ordinal = guarded ?? named;
  const column =
    ordinal === undefined
      ? failure.offset === undefined
        ? undefined
        : columnAt(failure.offset)
      : columns[Number(ordinal)];
  const conversion =
    guarded !== undefined ||
    failure.type === "Conversion" ||
    failure.type === "Invalid Input" ||
    failure.type === "Out of Range";
  if (/Maximum line size|full read on this file/i.test(failure.raw)) return rowTooLong(model, error);
  if (row !== undefined || /CSV/.test(failure.raw)) {
    const reason =
      /(Expected Number of Columns: \d+ Found: \d+|Invalid unicode|unterminated quote|Value with unterminated quote)/i.exec(
        failure.raw,
      )?.[1] ?? "not valid CSV";
    return problems.rowsMalformed({ model, reason, row }, { cause: error });
  }
  if (column && failure.type === "Catalog")
    return problems.columnTypeUnknown({ model, column: column.name, type: column.type }, { cause: error });
  if (column && conversion)
    return problems.badCell({ model, column: column.name, type: column.type }, { cause: error });
  return sqlProblem(error, sql, context);
}
