// Owns the SQL of each cell's canonical text, and of which values are refused.
import { type DeclaredType, declaredType } from "../../declared-type.ts";
import { type CatalogColumn, quote } from "./catalog.ts";
import { columnKind, exactType } from "./column-types.ts";

const LONGEST_SHORT_TEXT = 255;

export interface Cell {
  /** The text of a value that is not NULL. */
  readonly text: string;
  /**
   * `bare`: needs no quotes. `quoted`: it may hold a delimiter, a quote, a line break, or nothing at all. `long`: that, and so
   * much of it that the server, whose REPLACE takes quadratic time, is not to double its quotes.
   */
  readonly form: "bare" | "quoted" | "long";
  /** True in SQL for a value that the declared type cannot hold. */
  readonly refuses?: string;
}

/** undefined when the declared type cannot be judged for the column. */
export function cellOf(column: CatalogColumn, declared: string): Cell | undefined {
  const name = quote(column.name);
  const type = declaredType(declared);
  const asText = type.kind === "text";
  const bare = (text: string, refuses?: string): Cell => ({ text, form: "bare", ...(refuses && { refuses }) });
  const kind = columnKind(column);
  switch (kind) {
    case "integer":
    case "decimal":
      return exactType(column) !== undefined || asText ? bare(name) : judgedNumber(name, type, kind);
    case "flag":
      return bare(`IF(CAST(${name} AS UNSIGNED) = 0, 'false', 'true')`);
    case "bits":
      return bare(`CAST(${name} AS UNSIGNED)`);
    case "float":
      // On its own a float is printed with six digits.
      return bare(`(${name} + 0e0)`);
    case "double":
      // With declared decimals it would be rounded to them.
      return bare(`(${name} + 0e0)`);
    case "date":
    case "datetime":
      return bare(name, asText ? undefined : isNoDate(name));
    case "timestamp":
      return bare(`CONCAT(${name}, '+00')`, asText ? undefined : isNoDate(name));
    case "time":
      if (type.kind === "time") return bare(name, `${name} NOT BETWEEN TIME'00:00:00' AND TIME'23:59:59.999999'`);
      return asText || type.kind === "interval" ? bare(name) : undefined;
    case "year":
      return bare(name);
    case "uuid":
    case "plain":
      // Beside a text the server would make the text one of these, and NULL when it is none.
      return bare(`CAST(${name} AS CHAR)`);
    case "geometry":
      return { text: `HEX(ST_AsWKB(${name}))`, form: "bare" };
    case "bytes":
      return { text: `CONCAT('"', HEX(${name}), '"')`, form: "bare" };
    case "json":
    case "text": {
      const refuses = isNotUnicode(column, name);
      const long = column.length > LONGEST_SHORT_TEXT || kind === "json";
      return long
        ? { text: name, form: "long", ...(refuses && { refuses }) }
        : { text: utf8Of(column, name), form: "quoted", ...(refuses && { refuses }) };
    }
  }
}

/** Bytes in UTF-8. As bytes, because texts of different collations do not mix, and a search in them may follow one. */
export function utf8Of(column: CatalogColumn, name: string): string {
  return column.charset === "utf8mb4" ? `CAST(${name} AS BINARY)` : `CAST(CONVERT(${name} USING utf8mb4) AS BINARY)`;
}

/** Numbers of a column no DuckDB type holds whole. 7.0 is an integer, though not an integer's text. */
function judgedNumber(name: string, type: DeclaredType, kind: "integer" | "decimal"): Cell | undefined {
  if (type.kind === "boolean" && kind === "integer")
    return { text: name, form: "bare", refuses: `${name} NOT IN (0, 1)` };
  if (type.kind === "integer") {
    const range = `${name} BETWEEN ${type.min} AND ${type.max}`;
    return {
      text: `TRUNCATE(${name}, 0)`,
      form: "bare",
      refuses: `NOT (${range} AND ${name} = TRUNCATE(${name}, 0))`,
    };
  }
  if (type.kind === "decimal") {
    const limit = `1${"0".repeat(type.precision - type.scale)}`;
    return {
      text: name,
      form: "bare",
      refuses: `NOT (ABS(${name}) < ${limit} AND ${name} = TRUNCATE(${name}, ${type.scale}))`,
    };
  }
  return undefined;
}

/** A year, month or day of zero, or the 31st of February: MySQL keeps them when its mode allows. */
function isNoDate(name: string): string {
  const day = `DAYOFMONTH(${name})`;
  const last = `DAYOFMONTH(LAST_DAY(DATE_FORMAT(${name}, '%Y-%m-01')))`;
  return `(YEAR(${name}) = 0 OR MONTH(${name}) = 0 OR ${day} = 0 OR (${day} > 28 AND ${day} > ${last}))`;
}

const UNICODE = new Set(["utf8mb4", "utf8mb3", "utf8", "ascii", "ucs2", "utf16", "utf16le", "utf32"]);

/**
 * A character that Unicode does not know becomes a question mark, or the sign for such characters: true where there are more
 * of them after the conversion. The way back would not tell, since some characters have two codes.
 */
function isNotUnicode({ charset }: CatalogColumn, name: string): string | undefined {
  if (charset === undefined || UNICODE.has(charset)) return undefined;
  const converted = `CONVERT(${name} USING utf8mb4)`;
  const others = (text: string, of: string) => `CHAR_LENGTH(REPLACE(${text} COLLATE ${of}_bin, '?', ''))`;
  return `(${others(name, charset)} <> ${others(converted, "utf8mb4")} OR INSTR(CAST(${converted} AS BINARY), x'efbfbd') > 0)`;
}
