// Owns landing a seed: a CSV file with a header, whose types are given or inferred from the whole file.
import { problems } from "../../errors/index.ts";
import type { ColumnSchema } from "../../manifest/index.ts";
import { closest, quoteIdentifier, quoteString } from "../../util/index.ts";
import type { BuildStatement } from "../types.ts";
import { cellExpression } from "./cell-expression.ts";
import { checkTypes } from "./csv-stream.ts";
import type { EngineConnection } from "./engine.ts";
import { readEngineFailure } from "./engine-failure.ts";
import { type FailureContext, sqlProblem } from "./to-problem.ts";

type CsvFile = Extract<BuildStatement, { readonly kind: "csv-file" }>;

/** Writes the target file; gives the columns with their types, and the number of rows. */
export async function copyCsvFile(
  connection: EngineConnection,
  model: string,
  statement: CsvFile,
  target: string,
  context: FailureContext,
): Promise<{ readonly columns: readonly ColumnSchema[]; readonly rows: number }> {
  const columns = await inferColumns(connection, model, statement, context);
  const reader = readAsText(statement, columns);
  const cells = columns.map(
    ({ name, type }, i) => `${cellExpression(quoteIdentifier(name), type, i, "text")} as ${quoteIdentifier(name)}`,
  );
  const sql = `copy (select ${cells.join(", ")} from ${reader}) to ${quoteString(target)} (format parquet, compression zstd)`;
  try {
    return { columns, rows: (await connection.run(sql)).rowsChanged };
  } catch (error) {
    if (context.signal?.aborted) throw sqlProblem(error, sql, context);
    throw (
      (await findBadCell(connection, model, statement, columns, reader)) ??
      fileProblemOf(error, sql, statement, context)
    );
  }
}

async function inferColumns(
  connection: EngineConnection,
  model: string,
  statement: CsvFile,
  context: FailureContext,
): Promise<readonly ColumnSchema[]> {
  const { path, delimiter, types } = statement;
  const sql = `describe select * from read_csv(${quoteString(path)}, header = true, delim = ${quoteString(delimiter)}, quote = '"', escape = '"', sample_size = -1, strict_mode = true)`;
  const result = await connection.run(sql).catch((error: unknown) => {
    throw fileProblemOf(error, sql, statement, context);
  });
  const inferred = (await result.getRows()).map(([name, type]) => ({ name: String(name), type: String(type) }));
  const names = new Map(inferred.map((column) => [column.name.toLowerCase(), column.name]));
  const given = new Map<string, string>();
  for (const [name, type] of Object.entries(types)) {
    if (!names.has(name.toLowerCase())) {
      const near = closest(name, names.values());
      throw problems.csvFileInvalid(
        {
          path,
          reason: `column_types names the column ${JSON.stringify(name)}, which the file does not have${near === undefined ? "" : `; did you mean ${near}?`}`,
        },
        { location: { file: path, line: 1 } },
      );
    }
    given.set(name.toLowerCase(), type);
  }
  const columns = await Promise.all(
    inferred.map(async ({ name, type }) => {
      const wanted = given.get(name.toLowerCase());
      return { name, type: wanted === undefined ? type : await canonicalType(connection, model, name, wanted) };
    }),
  );
  checkTypes(model, columns);
  return columns;
}

/** The type as DuckDB writes it: `int` is INTEGER. Throws `warehouse/type-unknown`. */
export async function canonicalType(
  connection: EngineConnection,
  model: string,
  column: string,
  type: string,
): Promise<string> {
  try {
    const result = await connection.run(`select typeof(cast(null as ${type}))`);
    return String((await result.getRows())[0]?.[0]);
  } catch (error) {
    throw problems.columnTypeUnknown({ model, column, type }, { cause: error });
  }
}

function readAsText({ path, delimiter }: CsvFile, columns: readonly ColumnSchema[]): string {
  const names = columns.map(({ name }) => `${quoteString(name)}: 'VARCHAR'`).join(", ");
  return `read_csv(${quoteString(path)}, columns = {${names}}, auto_detect = false, header = true, delim = ${quoteString(delimiter)}, quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false, strict_mode = true)`;
}

/** Seeds are small: the file is read again, once per column, for the line of the first cell that does not fit. */
async function findBadCell(
  connection: EngineConnection,
  model: string,
  { path }: CsvFile,
  columns: readonly ColumnSchema[],
  reader: string,
): Promise<Error | undefined> {
  const whole = `concat_ws('', ${columns.map(({ name }) => quoteIdentifier(name)).join(", ")})`;
  const lines = `1 + row_number() over () + coalesce(sum(length(${whole}) - length(replace(${whole}, chr(10), ''))) over (rows between unbounded preceding and 1 preceding), 0)`;
  for (const [i, { name, type }] of columns.entries()) {
    const cell = quoteIdentifier(name);
    const result = await connection
      .run(
        `select min(line) from (select ${cell}, ${lines} as line from ${reader}) where ${cell} is not null and try(${cellExpression(cell, type, i, "text")}) is null`,
      )
      .catch(() => undefined);
    const line = Number((await result?.getRows())?.[0]?.[0] ?? 0);
    if (line > 0)
      return problems.csvFileInvalid(
        { path, reason: `line ${line}: column ${name} of ${model} holds a value that is not a ${type}.` },
        { location: { file: path, line } },
      );
  }
  return undefined;
}

function fileProblemOf(error: unknown, sql: string, { path }: CsvFile, context: FailureContext): Error {
  const { raw } = readEngineFailure(error, sql);
  const line = Number(/CSV Error on Line: (\d+)/.exec(raw)?.[1]) || undefined;
  const location = { file: path, ...(line !== undefined && { line }) };
  if (/No files found/.test(raw))
    return problems.csvFileInvalid({ path, reason: "there is no such file." }, { location, cause: error });
  if (line !== undefined || /CSV|sniff|dialect/i.test(raw)) {
    const reason =
      /(Expected Number of Columns: \d+ Found: \d+)/.exec(raw)?.[1] ??
      (/unicode|utf-8/i.test(raw) ? "it is not UTF-8" : "its rows do not fit its header and delimiter");
    return problems.csvFileInvalid(
      { path, reason: `${line === undefined ? "" : `line ${line}: `}${reason}.` },
      { location, cause: error },
    );
  }
  return sqlProblem(error, sql, context);
}
