// Owns landing a seed: a CSV file with a header, whose types are given or inferred from every row of the file.
import { problems } from "../../errors/index.ts";
import type { ColumnSchema } from "../../manifest/index.ts";
import { closest, quoteIdentifier, quoteString } from "../../util/index.ts";
import type { BuildStatement } from "../types.ts";
import { canonicalType } from "./canonical-type.ts";
import { cellExpression, isBadCell } from "./cell-expression.ts";
import { readCsvHeader } from "./csv-header.ts";
import { checkTypes } from "./csv-stream.ts";
import type { EngineConnection } from "./engine.ts";
import { readEngineFailure } from "./engine-failure.ts";
import { type FailureContext, sqlProblem } from "./to-problem.ts";

export interface CsvFileRequest {
  readonly connection: EngineConnection;
  readonly model: string;
  readonly statement: Extract<BuildStatement, { readonly kind: "csv-file" }>;
  readonly context: FailureContext;
}

/** The columns with the types given, or for the others the narrowest that every cell of the file fits. */
export async function describeCsvFile(request: CsvFileRequest): Promise<readonly ColumnSchema[]> {
  const { connection, model, statement } = request;
  const names = await headerOf(request);
  const given = new Map<string, string>();
  for (const [name, type] of Object.entries(statement.types)) {
    const found = names.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
    if (found === undefined) {
      const near = closest(name, names);
      throw invalid(
        statement.path,
        `a type is given for the column ${JSON.stringify(name)}, which the file does not have${near === undefined ? "." : `; did you mean ${near}?`}`,
        1,
      );
    }
    given.set(found, await canonicalType(connection, model, name, type));
  }
  const inferred = await inferTypes(request, names);
  const columns = names.map((name, i) => ({ name, type: given.get(name) ?? inferred[i] ?? "VARCHAR" }));
  checkTypes(model, columns);
  return columns;
}

/** Writes the target file and returns the number of rows in it. */
export async function copyCsvFile(
  request: CsvFileRequest,
  columns: readonly ColumnSchema[],
  target: string,
): Promise<number> {
  const cells = columns.map(
    ({ name, type }, i) => `${cellExpression(quoteIdentifier(name), type, i, "text")} as ${quoteIdentifier(name)}`,
  );
  const reader = readAsText(request, namesOf(columns));
  const sql = `copy (select ${cells.join(", ")} from ${reader}) to ${quoteString(target)} (format parquet, compression zstd)`;
  try {
    return (await request.connection.run(sql)).rowsChanged;
  } catch (error) {
    if (request.context.signal?.aborted) throw sqlProblem(error, sql, request.context);
    throw (await findBadCell(request, columns)) ?? fileProblemOf(error, sql, request);
  }
}

/** Throws for the first cell that is not of its column's type. Types that were inferred fit every cell. */
export async function checkCsvCells(request: CsvFileRequest, columns: readonly ColumnSchema[]): Promise<void> {
  const given = new Set(Object.keys(request.statement.types).map((name) => name.toLowerCase()));
  const problem = await findBadCell(request, columns, ({ name }) => given.has(name.toLowerCase()));
  if (problem) throw problem;
}

const namesOf = (columns: readonly ColumnSchema[]) => columns.map((column) => column.name);

async function headerOf({ model, statement: { path, delimiter } }: CsvFileRequest): Promise<readonly string[]> {
  const header = await readCsvHeader(path, delimiter).catch((error: NodeJS.ErrnoException) => {
    throw invalid(
      path,
      error.code === "ENOENT" ? "there is no such file." : `it cannot be read (${error.code}).`,
      undefined,
      error,
    );
  });
  if (!header) throw invalid(path, "it has no header line with the names of its columns.", 1);
  const seen = new Set<string>();
  for (const name of header) {
    if (name.trim() === "") throw invalid(path, "line 1: a column has no name.", 1);
    if (seen.has(name.toLowerCase()))
      throw invalid(path, `line 1: the column ${name} of ${model} stands there twice.`, 1);
    seen.add(name.toLowerCase());
  }
  return header;
}

/** From narrow to wide: the first that fits every cell is taken, text fits always. */
const CANDIDATES: readonly (readonly [type: string, misfit: (cell: string) => string])[] = [
  ["BOOLEAN", (cell) => `not regexp_full_match(lower(${cell}), 'true|false')`],
  // Numbers with leading zeros are codes: as numbers they would lose them.
  ["BIGINT", (cell) => `not regexp_full_match(${cell}, '-?(0|[1-9]\\d*)') or ${isBadCell(cell, "BIGINT")}`],
  [
    "DOUBLE",
    (cell) =>
      `not regexp_full_match(${cell}, '-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?') or try_cast(${cell} as double) is null`,
  ],
  ["DATE", (cell) => `not regexp_full_match(${cell}, '\\d{4}-\\d\\d-\\d\\d') or ${isBadCell(cell, "DATE")}`],
  [
    "TIMESTAMP",
    (cell) =>
      `not regexp_full_match(${cell}, '\\d{4}-\\d\\d-\\d\\d[ T]\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?') or ${isBadCell(cell, "TIMESTAMP")}`,
  ],
];

async function inferTypes(request: CsvFileRequest, names: readonly string[]): Promise<readonly string[]> {
  const counts = names.flatMap((name) => {
    const cell = quoteIdentifier(name);
    return [
      `count(${cell})`,
      ...CANDIDATES.map(([, misfit]) => `count(*) filter (where ${cell} is not null and (${misfit(cell)}))`),
    ];
  });
  const sql = `select ${counts.join(", ")} from ${readAsText(request, names)}`;
  const result = await request.connection.run(sql).catch((error: unknown) => {
    throw fileProblemOf(error, sql, request);
  });
  const row = ((await result.getRows())[0] ?? []).map(Number);
  const width = CANDIDATES.length + 1;
  return names.map((_, i) => {
    const [cells = 0, ...misfits] = row.slice(i * width, (i + 1) * width);
    const fit = cells === 0 ? -1 : misfits.indexOf(0);
    return CANDIDATES[fit]?.[0] ?? "VARCHAR";
  });
}

function readAsText({ statement: { path, delimiter } }: CsvFileRequest, names: readonly string[]): string {
  const columns = names.map((name) => `${quoteString(name)}: 'VARCHAR'`).join(", ");
  return `read_csv(${quoteString(path)}, columns = {${columns}}, auto_detect = false, header = true, delim = ${quoteString(delimiter)}, quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false, strict_mode = true)`;
}

/** Seeds are small: the file is read again, once per column, for the line of the first cell that does not fit. */
async function findBadCell(
  request: CsvFileRequest,
  columns: readonly ColumnSchema[],
  doubted: (column: ColumnSchema) => boolean = () => true,
): Promise<Error | undefined> {
  const { connection, model, statement } = request;
  const whole = `concat_ws('', ${columns.map(({ name }) => quoteIdentifier(name)).join(", ")})`;
  const newlines = `length(${whole}) - length(replace(${whole}, chr(10), ''))`;
  const line = `1 + row_number() over () + coalesce(sum(${newlines}) over (rows between unbounded preceding and 1 preceding), 0)`;
  const reader = readAsText(request, namesOf(columns));
  for (const { name, type } of columns.filter(doubted)) {
    const cell = quoteIdentifier(name);
    const result = await connection
      .run(`select min(line) from (select ${cell}, ${line} as line from ${reader}) where ${isBadCell(cell, type)}`)
      .catch(() => undefined);
    const found = Number((await result?.getRows())?.[0]?.[0] ?? 0);
    if (found > 0)
      return invalid(
        statement.path,
        `line ${found}: column ${name} of ${model} holds a value that is not a ${type}.`,
        found,
      );
  }
  return undefined;
}

function fileProblemOf(error: unknown, sql: string, { statement: { path }, context }: CsvFileRequest): Error {
  const { raw } = readEngineFailure(error, sql);
  if (!/CSV/.test(raw) || context.signal?.aborted) return sqlProblem(error, sql, context);
  const line = Number(/CSV Error on Line: (\d+)/.exec(raw)?.[1]) || undefined;
  const widths = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(raw);
  const reason = widths
    ? `it has ${widths[2]} cells where the header has ${widths[1]}`
    : /unicode|utf-?8/i.test(raw)
      ? "it is not UTF-8"
      : /quote/i.test(raw)
        ? "a quoted cell does not end"
        : "it is not valid CSV";
  return invalid(path, `${line === undefined ? "" : `line ${line}: `}${reason}.`, line, error);
}

function invalid(path: string, reason: string, line?: number, cause?: unknown): Error {
  return problems.csvFileInvalid(
    { path, reason },
    { location: { file: path, ...(line !== undefined && { line }) }, cause },
  );
}
