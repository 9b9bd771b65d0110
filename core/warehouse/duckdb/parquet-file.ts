// Owns landing a staging Parquet file: text columns are read as canonical cells, others are cast.

import { problems } from "../../errors/index.ts";
import { quoteIdentifier, quoteString } from "../../util/index.ts";
import type { BuildStatement } from "../types.ts";
import { BAD_CELL, cellExpression } from "./cell-expression.ts";
import { checkTypes } from "./csv-stream.ts";
import type { EngineConnection } from "./engine.ts";
import { readEngineFailure } from "./engine-failure.ts";
import { storedType } from "./parquet-types.ts";
import { type FailureContext, sqlProblem } from "./to-problem.ts";

/** Writes the target file and returns the number of rows in it. */
export async function copyParquetFile(
  connection: EngineConnection,
  model: string,
  { path, columns }: Extract<BuildStatement, { readonly kind: "parquet-file" }>,
  target: string,
  context: FailureContext,
): Promise<number> {
  const source = `read_parquet([${quoteString(path)}], hive_partitioning = false)`;
  const described = `describe select * from ${source}`;
  const found = await connection.run(described).catch((error: unknown) => {
    throw sqlProblem(error, described, context);
  });
  const staged = new Map((await found.getRows()).map(([name, type]) => [String(name), String(type)]));
  checkTypes(
    model,
    columns.filter((column) => staged.get(column.name) === "VARCHAR"),
  );
  const cells = columns.map(({ name, type }, i) => {
    const column = quoteIdentifier(name);
    const value =
      staged.get(name) === "VARCHAR"
        ? cellExpression(column, type, i, "text")
        : `cast(cast(${column} as ${type}) as ${storedType(type, "text")})`;
    return `${value} as ${column}`;
  });
  const sql = `copy (select ${cells.join(", ")} from ${source}) to ${quoteString(target)} (format parquet, compression zstd)`;
  try {
    return (await connection.run(sql)).rowsChanged;
  } catch (error) {
    const failure = readEngineFailure(error, sql);
    const column =
      columns[Number(new RegExp(`${BAD_CELL}(\\d+)`).exec(failure.raw)?.[1] ?? -1)] ??
      columns.find(({ name }) => failure.raw.endsWith(`when casting from source column ${name}`));
    if (column) throw problems.badCell({ model, column: column.name, type: column.type }, { cause: error });
    throw sqlProblem(error, sql, context);
  }
}
