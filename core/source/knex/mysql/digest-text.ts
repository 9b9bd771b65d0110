// Owns the SQL of a row's digest: each value as the text DuckDB prints for it once landed. Made apart from the CSV line's cells,
// so that a mistake in those shows. The definition is in docs/completeness.md.
import { declaredType } from "../../declared-type.ts";
import { type CatalogColumn, quote } from "./catalog.ts";
import { utf8Of } from "./cell-text.ts";
import { columnKind } from "./column-types.ts";

export type DigestText = { readonly sql: string } | { readonly unchecked: string };

/** Of a value that is not NULL. */
export function digestText(column: CatalogColumn, declared: string): DigestText {
  const name = quote(column.name);
  const type = declaredType(declared);
  const sql = (text: string): DigestText => ({ sql: text });
  const none: DigestText = { unchecked: `this server cannot print ${column.storeType} as ${declared} prints` };
  const kind = columnKind(column);
  switch (kind) {
    case "integer":
    case "year":
    case "bits": {
      const number = kind === "bits" ? `CAST(${name} AS UNSIGNED)` : `(${name} + 0)`;
      if (type.kind === "integer") return sql(number);
      if (type.kind === "decimal") return sql(decimalText(number, type.precision, type.scale));
      if (type.kind === "boolean") return sql(`IF(${number} = 0, 'false', 'true')`);
      return type.kind === "text" ? sql(kind === "bits" ? number : name) : none;
    }
    case "decimal":
      if (type.kind === "decimal") return sql(decimalText(name, type.precision, type.scale));
      if (type.kind === "integer") return sql(`TRUNCATE(${name}, 0)`);
      return type.kind === "text" ? sql(name) : none;
    case "flag":
      return type.kind === "boolean" || type.kind === "text" ? sql(`IF(${name} = b'1', 'true', 'false')`) : none;
    case "float":
      if (type.kind === "float") return sql(floatBits(name));
      if (type.kind === "double") return sql(doubleBits(name));
      return type.kind === "text" ? sql(`(${name} + 0e0)`) : none;
    case "double":
      if (type.kind === "double") return sql(doubleBits(name));
      return type.kind === "text" ? sql(`(${name} + 0e0)`) : none;
    case "date":
      if (type.kind === "timestamp") return sql(`CONCAT(${name}, ' 00:00:00')`);
      if (type.kind === "timestamptz") return sql(`CONCAT(${name}, ' 00:00:00+00')`);
      return type.kind === "date" || type.kind === "text" ? sql(name) : none;
    case "datetime":
      if (type.kind === "timestamp") return sql(withoutZeros(name, column.scale));
      if (type.kind === "timestamptz") return sql(`CONCAT(${withoutZeros(name, column.scale)}, '+00')`);
      return type.kind === "text" ? sql(name) : none;
    case "timestamp":
      if (type.kind === "timestamptz") return sql(`CONCAT(${withoutZeros(name, column.scale)}, '+00')`);
      return type.kind === "text" ? sql(`CONCAT(${name}, '+00')`) : none;
    case "time":
      if (type.kind === "time" || type.kind === "interval") return sql(withoutZeros(name, column.scale));
      return type.kind === "text" ? sql(name) : none;
    case "uuid":
      return type.kind === "uuid" || type.kind === "text" ? sql(`CAST(${name} AS CHAR)`) : none;
    case "plain":
      return type.kind === "text" ? sql(`CAST(${name} AS CHAR)`) : none;
    case "geometry":
    case "bytes": {
      const hex = kind === "geometry" ? `HEX(ST_AsWKB(${name}))` : `HEX(${name})`;
      if (type.kind === "blob") return sql(`LOWER(${hex})`);
      return type.kind === "text" ? sql(hex) : none;
    }
    case "json":
    case "text":
      if (type.kind === "uuid") return sql(uuidText(name));
      return type.kind === "text" || type.kind === "json" ? sql(utf8Of(column, name)) : none;
  }
}

/** The row's digest as a number of 60 bits. NULL when the server makes no text that long. */
export function digestOf(cells: readonly { readonly column: CatalogColumn; readonly sql: string }[]): string {
  const texts = cells.map(({ column, sql }) =>
    column.nullable ? `IF(${quote(column.name)} IS NULL, x'1e', ${sql})` : sql,
  );
  return `CAST(CONV(LEFT(MD5(CONCAT(${["''", ...texts.flatMap((text, i) => (i === 0 ? [text] : ["x'1f'", text]))].join(", ")})), 15), 16, 10) AS UNSIGNED)`;
}

/** DuckDB writes no zero before the point where the type has no place for one. */
function decimalText(number: string, precision: number, scale: number): string {
  const text = `CAST(${number} AS DECIMAL(${precision}, ${scale}))`;
  return precision > scale ? text : `IF(${number} < 0, CONCAT('-', SUBSTR(${text}, 3)), SUBSTR(${text}, 2))`;
}

function withoutZeros(name: string, digits: number): string {
  return digits === 0 ? name : `TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM ${name}))`;
}

function uuidText(name: string): string {
  const hex = `LOWER(REPLACE(REPLACE(REPLACE(${name}, '-', ''), '{', ''), '}', ''))`;
  const pieces = [
    [1, 8],
    [9, 4],
    [13, 4],
    [17, 4],
    [21, 12],
  ].map(([from, length]) => `SUBSTR(${hex}, ${from}, ${length})`);
  return `CONCAT_WS('-', ${pieces.join(", ")})`;
}

/**
 * The IEEE 754 bits: a point's well-known binary holds its coordinates as they are, least significant byte first. There is no
 * other way to them in SQL. A zero has no sign: the server loses it when it prints the value.
 */
function doubleBits(name: string): string {
  return `LOWER(HEX(REVERSE(SUBSTR(ST_AsWKB(POINT(${name} + 0e0, 0)), 6, 8))))`;
}

/** Of the double that the float is: its sign, the exponent with the smaller bias, and the first 23 bits of the fraction. */
function floatBits(name: string): string {
  const bits = `CAST(CONV(${doubleBits(name)}, 16, 10) AS UNSIGNED)`;
  const exponent = `(${bits} >> 52 & 2047)`;
  const fraction = `(${bits} & 4503599627370495)`;
  const normal = `((${exponent} - 896) << 23 | ${fraction} >> 29)`;
  const subnormal = `((${fraction} | 4503599627370496) >> (926 - ${exponent}))`;
  const magnitude = `IF(${name} = 0, 0, IF(${exponent} > 896, ${normal}, ${subnormal}))`;
  return `LPAD(LOWER(HEX(${magnitude} | IF(${name} < 0, 2147483648, 0))), 8, '0')`;
}
