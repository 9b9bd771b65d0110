// The table: all rows, every time.
import type { MaterializationType } from "../statement-input.ts";

export const table: MaterializationType = {
  name: "table",
  takes: ["query", "parquet-file"],
  statement: ({ rows }) => (rows.kind === "query" ? { kind: "select", sql: rows.sql } : rows),
};
