// Owns the type map of MySQL and MariaDB: the exact DuckDB type of a column, the SELECT expression of its text, and the judging
// of cells that the type in the store does not vouch for.
import { declaredType, fitsDecimal, fitsInteger } from "../declared-type.ts";
import { type CellEncoder, REFUSED } from "../row-encoder.ts";
import type { CatalogColumn } from "./catalog.ts";

const INTEGERS: Readonly<Record<string, readonly [signed: string, unsigned: string]>> = {
  tinyint: ["TINYINT", "UTINYINT"],
  smallint: ["SMALLINT", "USMALLINT"],
  mediumint: ["INTEGER", "UINTEGER"],
  int: ["INTEGER", "UINTEGER"],
  bigint: ["BIGINT", "UBIGINT"],
};
const EXACT: Readonly<Record<string, string>> = {
  float: "FLOAT",
  double: "DOUBLE",
  date: "DATE",
  datetime: "TIMESTAMP",
  timestamp: "TIMESTAMP WITH TIME ZONE",
  year: "SMALLINT",
  json: "JSON",
  uuid: "UUID",
};
const GEOMETRY = /^(geometry|point|linestring|polygon|multi(point|linestring|polygon)|geom(etry)?collection)$/;
const BYTES = /^(tiny|medium|long)?blob$|^(var)?binary$|^vector$/;

/**
 * undefined: no DuckDB type holds every value, and each is judged against what was declared. So for `tinyint(1)`, which is the
 * boolean of most applications, for `time`, which goes beyond a day here, and for decimals of more than 38 digits.
 */
export function exactType(column: CatalogColumn): string | undefined {
  const { base, storeType, precision, scale } = column;
  if (/^tinyint\(1\)$/.test(storeType) || base === "time") return undefined;
  if (base === "bit") return storeType === "bit(1)" ? "BOOLEAN" : "UBIGINT";
  if (base === "decimal") return precision <= 38 ? `DECIMAL(${precision},${scale})` : undefined;
  if (GEOMETRY.test(base) || BYTES.test(base)) return "BLOB";
  const integer = INTEGERS[base];
  if (integer) return integer[storeType.includes("unsigned") ? 1 : 0];
  return EXACT[base] ?? "VARCHAR";
}

/** `name` is quoted. */
export function cellExpression({ base }: CatalogColumn, name: string): string {
  if (GEOMETRY.test(base)) return `HEX(ST_AsWKB(${name}))`;
  if (BYTES.test(base)) return `HEX(${name})`;
  if (base === "bit") return `CAST(${name} AS UNSIGNED)`;
  // On its own a float is printed with six digits, and a double with declared decimals is rounded to them.
  if (base === "float" || base === "double") return `(${name} + 0e0)`;
  return name;
}

type TextEncoder = (text: string) => string | typeof REFUSED;

const keep: TextEncoder = (text) => text;
const check =
  (fits: (text: string) => boolean): TextEncoder =>
  (text) =>
    fits(text) ? text : REFUSED;
/** Dates with a year, month or day of zero are no dates. */
const isDate = (text: string) => !/^0000|-00/.test(text);
const isTimeOfDay = (text: string) => /^([01]\d|2[0-3]):/.test(text);

/** undefined when the declared type cannot be judged for this column. */
export function cellEncoder(declared: string, column: CatalogColumn): CellEncoder | undefined {
  const encode = textEncoder(declared, column);
  return encode && ((cell) => (cell === null ? null : encode(cell as string)));
}

function textEncoder(declared: string, column: CatalogColumn): TextEncoder | undefined {
  const type = declaredType(declared);
  const isText = type.kind === "text";
  switch (column.base) {
    case "date":
    case "datetime":
      return isText ? keep : check(isDate);
    case "timestamp":
      return (text) => (isText || isDate(text) ? `${text}+00` : REFUSED);
    case "bit":
      return exactType(column) === "BOOLEAN" ? (text) => (text === "0" ? "false" : "true") : keep;
    case "time":
      if (type.kind === "time") return check(isTimeOfDay);
      return isText || type.kind === "interval" ? keep : undefined;
  }
  if (exactType(column) !== undefined || isText) return keep;
  if (type.kind === "boolean" && column.base === "tinyint") return check((text) => text === "0" || text === "1");
  // 7.0 is an integer, though not an integer's text.
  if (type.kind === "integer")
    return (text) => (fitsInteger(text, type.min, type.max) ? text.replace(/\..*$/, "") : REFUSED);
  if (type.kind === "decimal") return check((text) => fitsDecimal(text, type.precision, type.scale));
  return undefined;
}
