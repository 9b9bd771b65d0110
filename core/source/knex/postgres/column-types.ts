// Owns the type map of Postgres: the exact DuckDB type of a column, and the SELECT expression that gives its canonical text.
import { declaredType } from "../declared-type.ts";
import type { CatalogColumn } from "./catalog.ts";

/** Types whose text is the same on both sides, or that land as their text. */
const EXACT: Readonly<Record<string, string>> = {
  int2: "SMALLINT",
  int4: "INTEGER",
  int8: "BIGINT",
  oid: "UINTEGER",
  float4: "FLOAT",
  float8: "DOUBLE",
  bool: "BOOLEAN",
  date: "DATE",
  time: "TIME",
  timetz: "TIME WITH TIME ZONE",
  timestamp: "TIMESTAMP",
  timestamptz: "TIMESTAMP WITH TIME ZONE",
  uuid: "UUID",
  json: "JSON",
  jsonb: "JSON",
  bytea: "BLOB",
};

/** Element types that survive the way array -> JSON of strings -> DuckDB list. */
const LISTS = new Set([
  "int2",
  "int4",
  "int8",
  "float4",
  "float8",
  "bool",
  "text",
  "varchar",
  "date",
  "time",
  "timestamp",
  "timestamptz",
  "uuid",
  "numeric",
]);

/** undefined: no DuckDB type holds every value (numbers without a limit); each value is then judged against what was declared. */
export function exactType(column: CatalogColumn): string | undefined {
  const { base, element, typmod } = column;
  if (element !== undefined && LISTS.has(element)) {
    const type = element === "numeric" ? decimalType(typmod) : (EXACT[element] ?? "VARCHAR");
    return type === undefined ? "VARCHAR" : `${type}[]`;
  }
  if (element === "json" || element === "jsonb") return "JSON";
  if (base === "numeric") return decimalType(typmod);
  if (base === "money") return undefined;
  return EXACT[base ?? ""] ?? "VARCHAR";
}

/** From the type modifier: precision in the upper half, scale in eleven signed bits. */
function decimalType(typmod: number): string | undefined {
  if (typmod < 4) return undefined;
  const precision = ((typmod - 4) >> 16) & 0xffff;
  const scale = (((typmod - 4) & 0x7ff) ^ 1024) - 1024;
  return precision <= 38 && scale >= 0 && scale <= precision ? `DECIMAL(${precision},${scale})` : undefined;
}

/** `name` is quoted. `declared` counts only where there is no exact type. Years before Christ are written as DuckDB writes them: it would read Postgres' form as years after. */
export function cellExpression(column: CatalogColumn, name: string, declared: string): string {
  const { base, element } = column;
  const exact = exactType(column);
  if (element === "json" || element === "jsonb") return `to_json(${name})::text`;
  if (exact?.endsWith("[]")) {
    const json = `to_json(${name}::text[])::text`;
    return element === "date" ? `replace(${json}, ' BC"', ' (BC)"')` : json;
  }
  // 7.0 is an integer, though not an integer's text.
  if (exact === undefined && declaredType(declared).kind === "integer") return `trunc(${name}::numeric)`;
  switch (base) {
    case "bool":
      return `${name}::text`;
    case "bytea":
      return `encode(${name}, 'hex')`;
    case "money":
      return `${name}::numeric`;
    case "date":
      return `replace(${name}::text, ' BC', ' (BC)')`;
    case "timestamp":
    case "timestamptz":
      return `CASE WHEN ${name} < '0001-01-01' THEN regexp_replace(${name}::text, '^(\\S+) (.*) BC$', '\\1 (BC) \\2') ELSE ${name}::text END`;
    default:
      return name;
  }
}

/** How a declared type is judged for a column that has no exact one. */
export type Judgement =
  /** Every value fits. */
  | { readonly kind: "fits" }
  /** True in SQL for a value that does not. */
  | { readonly kind: "check"; readonly refuses: string }
  | { readonly kind: "never" };

/** For a column whose `exactType` is undefined, all of which are numbers. `name` is quoted. */
export function judge(declared: string, column: CatalogColumn, name: string): Judgement {
  const type = declaredType(declared);
  const value = column.base === "money" ? `${name}::numeric` : name;
  if (type.kind === "text") return { kind: "fits" };
  // NaN and the infinities are greater than every number here, so that they are refused too.
  if (type.kind === "decimal") {
    const limit = `1e${type.precision - type.scale}::numeric`;
    return {
      kind: "check",
      refuses: `NOT (${value} = round(${value}, ${type.scale}) AND ${value} < ${limit} AND ${value} > -${limit})`,
    };
  }
  if (type.kind === "integer") {
    return {
      kind: "check",
      refuses: `NOT (${value} BETWEEN ${type.min}::numeric AND ${type.max}::numeric AND ${value} = trunc(${value}))`,
    };
  }
  return { kind: "never" };
}
