// Owns the type map of MySQL and MariaDB: what kind of values a column holds and the DuckDB type that holds every one of them.
import type { CatalogColumn } from "./catalog.ts";

const INTEGERS: Readonly<Record<string, readonly [signed: string, unsigned: string]>> = {
  tinyint: ["TINYINT", "UTINYINT"],
  smallint: ["SMALLINT", "USMALLINT"],
  mediumint: ["INTEGER", "UINTEGER"],
  int: ["INTEGER", "UINTEGER"],
  bigint: ["BIGINT", "UBIGINT"],
};
const GEOMETRY = /^(geometry|point|linestring|polygon|multi(point|linestring|polygon)|geom(etry)?collection)$/;
const BYTES = /^(tiny|medium|long)?blob$|^(var)?binary$|^vector$/;

/** What a column holds. `text` has a character set; `plain` is short ASCII text of a type of its own, such as `inet6`. */
export type ColumnKind =
  | "integer"
  | "flag"
  | "bits"
  | "decimal"
  | "float"
  | "double"
  | "date"
  | "datetime"
  | "timestamp"
  | "time"
  | "year"
  | "json"
  | "uuid"
  | "plain"
  | "geometry"
  | "bytes"
  | "text";

export function columnKind({ base, storeType }: CatalogColumn): ColumnKind {
  if (base in INTEGERS) return "integer";
  if (base === "bit") return storeType === "bit(1)" ? "flag" : "bits";
  if (base === "inet4" || base === "inet6") return "plain";
  if (GEOMETRY.test(base)) return "geometry";
  if (BYTES.test(base)) return "bytes";
  switch (base) {
    case "decimal":
    case "float":
    case "double":
    case "date":
    case "datetime":
    case "timestamp":
    case "time":
    case "year":
    case "json":
    case "uuid":
      return base;
    default:
      return "text";
  }
}

/**
 * undefined: no DuckDB type holds every value, and each is judged against what was declared. So for `tinyint(1)`, which is the
 * boolean of most applications, for `time`, which goes beyond a day here, and for decimals of more than 38 digits.
 */
export function exactType(column: CatalogColumn): string | undefined {
  const { base, storeType, precision, scale } = column;
  switch (columnKind(column)) {
    case "integer":
      return /^tinyint\(1\)$/.test(storeType) ? undefined : INTEGERS[base]?.[storeType.includes("unsigned") ? 1 : 0];
    case "flag":
      return "BOOLEAN";
    case "bits":
      return "UBIGINT";
    case "decimal":
      return precision <= 38 ? `DECIMAL(${precision},${scale})` : undefined;
    case "float":
      return "FLOAT";
    case "double":
      return "DOUBLE";
    case "date":
      return "DATE";
    case "datetime":
      return "TIMESTAMP";
    case "timestamp":
      return "TIMESTAMP WITH TIME ZONE";
    case "time":
      return undefined;
    case "year":
      return "SMALLINT";
    case "json":
      return "JSON";
    case "uuid":
      return "UUID";
    case "geometry":
    case "bytes":
      return "BLOB";
    case "plain":
    case "text":
      return "VARCHAR";
  }
}
