// Owns the type map of Postgres: what kind of value a column holds, and the DuckDB type that holds every one of them.
import type { CatalogColumn } from "./catalog.ts";

/** What decides how a column's values are written. `list`: an array that lands as one; `other`: lands as its text. */
export type ColumnKind =
  | "integer"
  | "numeric"
  | "money"
  | "float4"
  | "float8"
  | "bool"
  | "text"
  | "bytea"
  | "date"
  | "time"
  | "timetz"
  | "timestamp"
  | "timestamptz"
  | "interval"
  | "uuid"
  | "json"
  | "list"
  | "json-list"
  | "other";

const KINDS: Readonly<Record<string, readonly [kind: ColumnKind, exact: string]>> = {
  int2: ["integer", "SMALLINT"],
  int4: ["integer", "INTEGER"],
  int8: ["integer", "BIGINT"],
  oid: ["integer", "UINTEGER"],
  float4: ["float4", "FLOAT"],
  float8: ["float8", "DOUBLE"],
  bool: ["bool", "BOOLEAN"],
  text: ["text", "VARCHAR"],
  varchar: ["text", "VARCHAR"],
  date: ["date", "DATE"],
  time: ["time", "TIME"],
  timetz: ["timetz", "TIME WITH TIME ZONE"],
  timestamp: ["timestamp", "TIMESTAMP"],
  timestamptz: ["timestamptz", "TIMESTAMP WITH TIME ZONE"],
  interval: ["interval", "VARCHAR"],
  uuid: ["uuid", "UUID"],
  json: ["json", "JSON"],
  jsonb: ["json", "JSON"],
  bytea: ["bytea", "BLOB"],
};

/** Element types that survive the way array -> JSON of strings -> DuckDB list. */
const LISTS = new Set(
  "int2 int4 int8 float4 float8 bool text varchar date time timestamp timestamptz uuid numeric".split(" "),
);

/** What of a column decides. */
export type TypeFacts = Pick<CatalogColumn, "base" | "element" | "typmod">;

export function columnKind(column: TypeFacts): ColumnKind {
  const { base = "", element } = column;
  if (element !== undefined) {
    if (element === "json" || element === "jsonb") return "json-list";
    return elementType(column) === undefined ? "other" : "list";
  }
  if (base === "numeric" || base === "money") return base;
  return KINDS[base]?.[0] ?? "other";
}

/** undefined: no DuckDB type holds every value (numbers without a limit); each value is then judged against what was declared. */
export function exactType(column: TypeFacts): string | undefined {
  switch (columnKind(column)) {
    case "list":
      return `${elementType(column)}[]`;
    case "json-list":
      return "JSON";
    case "numeric":
      return decimalType(column.typmod);
    case "money":
      return undefined;
    default:
      return KINDS[column.base ?? ""]?.[1] ?? "VARCHAR";
  }
}

/** undefined when the array does not land as a list. */
function elementType({ element = "", typmod }: TypeFacts): string | undefined {
  if (element === "numeric") return decimalType(typmod);
  return LISTS.has(element) ? KINDS[element]?.[1] : undefined;
}

function decimalType(typmod: number): string | undefined {
  const limits = decimalLimits(typmod);
  if (!limits || limits.precision > 38 || limits.scale < 0 || limits.scale > limits.precision) return undefined;
  return `DECIMAL(${limits.precision},${limits.scale})`;
}

/** From the type modifier: precision in the upper half, scale in eleven signed bits. undefined: no limits. */
export function decimalLimits(typmod: number): { readonly precision: number; readonly scale: number } | undefined {
  if (typmod < 4) return undefined;
  return { precision: ((typmod - 4) >> 16) & 0xffff, scale: (((typmod - 4) & 0x7ff) ^ 1024) - 1024 };
}

/** The least and the greatest value of an integer column. */
export function integerRange({ base }: TypeFacts): readonly [bigint, bigint] {
  if (base === "oid") return [0n, 2n ** 32n - 1n];
  const bits = base === "int2" ? 15n : base === "int4" ? 31n : 63n;
  return [-(2n ** bits), 2n ** bits - 1n];
}
