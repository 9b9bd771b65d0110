// Owns showing a query's rows, and a test's failing rows, as a table.
import type { QueryResult } from "../../warehouse/index.ts";
import type { Colors } from "./output.ts";
import { type Cell, formatTable } from "./table.ts";

const NUMBER = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL|NUMERIC|FLOAT|DOUBLE|REAL)\b/i;

export function formatRows({ columns, rows }: QueryResult, colors: Colors): string {
  return formatTable(
    columns.map(({ name, type }) => ({ title: name, align: NUMBER.test(type) ? "right" : "left" })),
    rows.map((row) => row.map(toCell)),
    colors,
  );
}

/** Rows as records, whose types are not known. */
export function formatRecords(records: readonly Readonly<Record<string, unknown>>[], colors: Colors): string {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const numeric = (name: string) => records.every((record) => record[name] == null || typeof record[name] === "number");
  return formatTable(
    names.map((name) => ({ title: name, align: numeric(name) ? "right" : "left" })),
    records.map((record) => names.map((name) => toCell(record[name]))),
    colors,
  );
}

function toCell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
