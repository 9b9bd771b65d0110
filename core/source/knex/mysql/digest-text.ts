// Owns the SQL of a row's digest: each value as the text DuckDB prints for it once landed. Made apart from the CSV line's cells,
// so that a mistake in those shows. The definition is in docs/completeness.md.
import { declaredType } from "../declared-type.ts";
import { type CatalogColumn, quote } from "./catalog.ts";
import { utf8Of } from "./cell-text.ts";
import { columnKind } from "./column-types.ts";

export type DigestText = { readonly sql: string } | { readonly unchecked: string };

/** SFORMAT prints the shortest text of a float, as DuckDB does; MariaDB has it since 10.7, MySQL not at all. */
export interface DigestOptions {
  readonly hasSformat: boolean;
}

/** Of a value that is not NULL. */
export function digestText(column: CatalogColumn, declared: string, { hasSformat }: DigestOptions): DigestText {
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
      if (type.kind === "decimal")
        return sql(type.scale === column.scale ? `(${name} + 0)` : decimalText(name, type.precision, type.scale));
      if (type.kind === "integer") return sql(`TRUNCATE(${name}, 0)`);
      return type.kind === "text" ? sql(name) : none;
    case "flag":
      return type.kind === "boolean" || type.kind === "text" ? sql(`IF(${name} = b'1', 'true', 'false')`) : none;
    case "float":
    case "double": {
      if (type.kind === "text") return sql(`(${name} + 0e0)`);
      if (!hasSformat || (type.kind !== "double" && type.kind !== kind)) return none;
      return sql(type.kind === "float" ? floatText(name, "float") : floatText(`(${name} + 0e0)`, "double"));
    }
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
      return type.kind === "uuid" || type.kind === "text" ? sql(name) : none;
    case "plain":
      return type.kind === "text" ? sql(name) : none;
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

function decimalText(number: string, precision: number, scale: number): string {
  return `CAST(${number} AS DECIMAL(${precision}, ${scale}))`;
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

/** Where Postgres, whose text is the common one, writes an exponent and SFORMAT digits. */
const EXPONENT_FROM = { float: "1e6", double: "1e15" };

/** The shortest text of the value. A zero's sign is lost already when the server prints it. */
function floatText(number: string, kind: "float" | "double"): string {
  const text = `SFORMAT('{}', ABS(${number}))`;
  const digits = `TRIM(TRAILING '0' FROM REPLACE(${text}, '.', ''))`;
  const exponent = `LENGTH(SUBSTRING_INDEX(${text}, '.', 1)) - 1`;
  const fraction = `IF(LENGTH(${digits}) > 1, CONCAT('.', SUBSTR(${digits}, 2)), '')`;
  const exponential = `CONCAT(IF(${number} < 0, '-', ''), LEFT(${digits}, 1), ${fraction}, 'e+', LPAD(${exponent}, 2, '0'))`;
  return `IF(ABS(${number}) >= ${EXPONENT_FROM[kind]} AND ABS(${number}) < 1e16, ${exponential}, IF(${number} = 0, '0', SFORMAT('{}', ${number})))`;
}
