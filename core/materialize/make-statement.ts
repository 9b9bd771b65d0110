// Owns the way from a model and its new rows to the statement that makes the build. Pure.
import { problems } from "../errors/index.ts";
import { type BuildStatement, trimQuery } from "../warehouse/index.ts";
import type { NewRows, StatementInput } from "./statement-input.ts";
import { materializations } from "./types/index.ts";

const SPOKEN: Readonly<Record<NewRows["kind"], string>> = {
  query: "a query",
  "csv-stream": "a store's rows",
  "csv-file": "a CSV file",
  "parquet-file": "rows of TypeScript",
};

/** The statement that makes one build of the model. Throws `materialize/…` when the rows or the configuration do not fit. */
export function makeStatement(input: StatementInput): BuildStatement {
  const type = materializations[input.model.materialized];
  if (!type.takes.includes(input.rows.kind)) {
    throw problems.rowsNotSupported({
      model: input.model.id,
      materialized: type.name,
      rows: SPOKEN[input.rows.kind],
      supported: type.takes.map((kind) => SPOKEN[kind]),
    });
  }
  const { rows } = input;
  return type.statement(rows.kind === "query" ? { ...input, rows: { ...rows, sql: trimQuery(rows.sql) } } : input);
}
