// Owns the SQL that turns a cell's canonical text into its column's type, exactly or not at all. DuckDB's own casts round
// '1.5' to an integer, cut microseconds' fractions, drop a time zone and a date's time of day: here these are refused.
import { type ColumnType, parseColumnType, scalarsOf } from "./column-type.ts";
import { storedType, type WideIntegers } from "./parquet-types.ts";

const INTEGERS = new Set(
  "TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT BIGNUM".split(" "),
);

/** The start of the message that a refused cell raises; the column's ordinal follows. */
export const BAD_CELL = "mesh:bad-cell:";

/** Bytes inside a list or struct have no canonical text. */
export function hasCellText(type: string): boolean {
  const parsed = parseColumnType(type);
  return parsed.kind === "scalar" || [...scalarsOf(parsed)].every((scalar) => scalar.name !== "BLOB");
}

/** The value of `cell` (a VARCHAR expression) in the type it is stored as. Raises an error for text that is not of the type. */
export function cellExpression(cell: string, type: string, ordinal: number, wide: WideIntegers): string {
  const parsed = parseColumnType(type);
  const guard = guardOf(cell, parsed);
  const value = castOf(cell, parsed, type, wide);
  return guard === undefined ? value : `case when ${guard} then error('${BAD_CELL}${ordinal}') else ${value} end`;
}

/** True for text that `cellExpression` would refuse; for looking a bad cell up once its file is known to have one. */
export function isBadCell(cell: string, type: string): string {
  const parsed = parseColumnType(type);
  const guard = guardOf(cell, parsed);
  return `${cell} is not null and (${guard === undefined ? "" : `(${guard}) or `}try(${castOf(cell, parsed, type, "text")}) is null)`;
}

function castOf(cell: string, parsed: ColumnType, type: string, wide: WideIntegers): string {
  if (parsed.kind === "scalar" && parsed.name === "VARCHAR") return cell;
  if (parsed.kind === "scalar" && parsed.name === "BLOB") return `from_hex(${cell})`;
  const value = parsed.kind === "scalar" ? `cast(${cell} as ${type})` : `cast(cast(${cell} as JSON) as ${type})`;
  const stored = storedType(type, wide);
  return stored === type ? value : `cast(${value} as ${stored})`;
}

/** A condition that is true for text DuckDB would take but not keep whole. Cheap parts first: it runs for every cell. */
function guardOf(cell: string, type: ColumnType): string | undefined {
  if (type.kind !== "scalar") {
    // A bare number in JSON goes through a double, which keeps 15 digits.
    const exact = [...scalarsOf(type)].some((scalar) => scalar.name === "DECIMAL");
    return exact
      ? `regexp_matches(regexp_replace(${cell}, '"(\\\\.|[^"\\\\])*"', '', 'g'), '\\d[\\d.]{15,}')`
      : undefined;
  }
  if (INTEGERS.has(type.name)) return `contains(${cell}, '.') or contains(${cell}, 'e') or contains(${cell}, 'E')`;
  if (type.name === "DECIMAL") {
    const scale = /,\s*(\d+)\s*\)/.exec(type.text)?.[1] ?? (type.text.includes("(") ? "0" : "3");
    const tooFine = `contains(${cell}, '.') and length(rtrim(${cell}, '0')) - strpos(${cell}, '.') > ${scale}`;
    return `contains(${cell}, 'e') or contains(${cell}, 'E') or (${tooFine})`;
  }
  switch (type.name) {
    case "BLOB":
      return `not regexp_full_match(${cell}, '([0-9a-fA-F]{2})*')`;
    case "BIT":
      return `not regexp_full_match(${cell}, '[01]+')`;
    case "DATE":
      return `length(${cell}) > 10 and not regexp_full_match(${cell}, '\\d+-\\d\\d-\\d\\d( \\(BC\\))?|-infinity')`;
    case "TIME":
      return finerThan(cell, 6, 16);
    case "TIMESTAMP":
      return `${offset(cell)} or (${finerThan(cell, 6, 27)})`;
    case "TIMESTAMPTZ":
      return finerThan(cell, 6, 27);
    case "TIMESTAMP_S":
      return `${offset(cell)} or regexp_matches(${cell}, '\\.0*[1-9]')`;
    case "TIMESTAMP_MS":
      return `${offset(cell)} or (${finerThan(cell, 3, 24)})`;
    case "TIMESTAMP_NS":
      return `${offset(cell)} or (${finerThan(cell, 9, 30)})`;
    case "TIMETZ":
      return `regexp_matches(${cell}, '\\.\\d{6}\\d*[1-9]')`;
    default:
      return undefined;
  }
}

/** More digits of a second than the type keeps. `position` is the first character too many, in a date of four-digit year. */
function finerThan(cell: string, digits: number, position: number): string {
  return `substr(${cell}, ${position}, 1) between '0' and '9' and regexp_matches(${cell}, '\\.\\d{${digits}}\\d*[1-9]')`;
}

/** An offset that a type without zone would drop. */
function offset(cell: string): string {
  return `contains(${cell}, '+') or (length(${cell}) > 19 and contains(substr(${cell}, 20), '-'))`;
}
