// Owns which Parquet column lands exactly as which declared type, and the SQL of its text: for the CSV line, and for the account.
import { quoteIdentifier, quoteString } from "../../util/index.ts";
import { type DeclaredType, declaredType } from "../declared-type.ts";
import type { CursorWindow } from "../types.ts";

/** Values of these have no exact text inside of JSON. */
const INEXACT_IN_JSON = /DECIMAL|BLOB|TIMESTAMP_|TIME WITH|INTERVAL|BIT|HUGEINT/i;
const IS_NESTED = /\[\d*\]$|^(STRUCT|MAP|UNION)\b/i;

/** `type` is the file's, as DuckDB says it. */
export function landsExactly(type: string, declared: string): boolean {
  const [from, to] = [declaredType(type), declaredType(declared)];
  if (IS_NESTED.test(type)) return sameText(type, declared) && !INEXACT_IN_JSON.test(type);
  switch (to.kind) {
    case "text":
      return true;
    case "integer":
    case "decimal":
      return from.kind === "integer" || from.kind === "decimal";
    case "double":
      return from.kind === "double" || from.kind === "float" || (from.kind === "integer" && from.max <= 2n ** 32n);
    case "json":
    case "uuid":
      return from.kind === to.kind || from.kind === "text";
    case "timestamp":
      return from.kind === "timestamp" || from.kind === "date";
    case "other":
      return sameText(type, declared);
    default:
      return from.kind === to.kind;
  }
}

function sameText(type: string, declared: string): boolean {
  const plain = (text: string) => text.toUpperCase().replaceAll(/\s+/g, "");
  return plain(type) === plain(declared);
}

export interface ParquetColumn {
  readonly identifier: string;
  readonly type: string;
  readonly declared: string;
}

/** A text column with one COPY_CSV line a row. */
export function lineQuery(columns: readonly ParquetColumn[], where: string, from: string): string {
  const cells = columns.map((column) => {
    const text = cellText(column);
    return `coalesce('"' || replace(${text}, '"', '""') || '"', '')`;
  });
  return `SELECT concat(${cells.join(", ',', ")}, chr(10)) FROM ${from}${where}`;
}

function cellText({ identifier, type, declared }: ParquetColumn): string {
  const name = quoteIdentifier(identifier);
  const from = declaredType(type);
  if (IS_NESTED.test(type)) return `CAST(to_json(${name}) AS VARCHAR)`;
  if (from.kind === "blob") return `lower(hex(${name}))`;
  // The nearest double of a float is the float itself, and its text is read back as such.
  if (from.kind === "float" && declaredType(declared).kind !== "text")
    return `CAST(CAST(${name} AS DOUBLE) AS VARCHAR)`;
  return `CAST(${name} AS VARCHAR)`;
}

/** A text column of one row: the sum of the rows' digests. Columns without a text for the digest must be left out. */
export function digestQuery(columns: readonly ParquetColumn[], where: string, from: string): string {
  const texts = columns.map((column) => `coalesce(${digestText(column)}, chr(30))`);
  const row = `concat_ws(chr(31), ${texts.join(", ")})`;
  return `SELECT CAST(coalesce(sum(CAST(CAST('0x' || substr(md5(${row}), 1, 15) AS BIGINT) AS HUGEINT)), 0) AS VARCHAR) FROM ${from}${where}`;
}

/** A text column of one row: rows and values of each column, joined by commas. */
export function countQuery(columns: readonly ParquetColumn[], where: string, from: string): string {
  const counts = columns.map(({ identifier }) => `count(${quoteIdentifier(identifier)})`);
  return `SELECT concat_ws(',', ${["count(*)", ...counts].join(", ")}) FROM ${from}${where}`;
}

export function hasDigestText({ type }: ParquetColumn): boolean {
  return !IS_NESTED.test(type);
}

function digestText({ identifier, type, declared }: ParquetColumn): string {
  const name = quoteIdentifier(identifier);
  const to = declaredType(declared);
  if (to.kind === "text" && declaredType(type).kind === "blob") return `lower(hex(${name}))`;
  if (to.kind === "blob") return `lower(hex(${name}))`;
  if (to.kind === "text" || to.kind === "json") return `CAST(${name} AS VARCHAR)`;
  const value = `CAST(${name} AS ${declared})`;
  if (to.kind === "double" || to.kind === "float")
    return `CASE WHEN isnan(${value}) THEN 'NaN' ELSE lower(hex(CAST(CAST(${value} AS BIT) AS BLOB))) END`;
  return `CAST(${value} AS VARCHAR)`;
}

/** Empty, or a WHERE clause: in the order of the declared type; a value that is none of it fails the query. */
export function windowClause(window: CursorWindow | undefined): string {
  if (window === undefined) return "";
  const name = quoteIdentifier(window.identifier);
  const type = isOrdered(declaredType(window.type)) ? window.type : "VARCHAR";
  const bounds = [
    ...(window.from === undefined ? [] : [`CAST(${name} AS ${type}) >= CAST(${quoteString(window.from)} AS ${type})`]),
    ...(window.to === undefined ? [] : [`CAST(${name} AS ${type}) < CAST(${quoteString(window.to)} AS ${type})`]),
  ];
  return ` WHERE ${[`${name} IS NOT NULL`, ...bounds].join(" AND ")}`;
}

function isOrdered({ kind }: DeclaredType): boolean {
  return kind !== "text" && kind !== "json";
}
