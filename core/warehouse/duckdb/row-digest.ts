// Owns the digest of a row as DuckDB makes it: the landed arm of the checksum whose definition is in `docs/completeness.md`.
// The stores' adapters make the same text by SQL of their own; whatever changes here changes there.
import { quoteIdentifier } from "../../util/index.ts";
import type { AccountColumn } from "../types.ts";
import { parseColumnType } from "./column-type.ts";

const NULL_TEXT = "chr(30)";
const SEPARATOR = "chr(31)";

/**
 * From which power of ten on Postgres writes a float with an exponent (its FLT_DIG and DBL_DIG). DuckDB writes digits up to
 * 1e16, and both write an exponent below 1e-4.
 */
const EXPONENT_FROM: Readonly<Record<string, string>> = { FLOAT: "1e6", DOUBLE: "1e15" };

/** The text of a value that both sides hash. NULL stays NULL. */
export function canonicalText(column: string, type: string): string {
  const parsed = parseColumnType(type);
  if (parsed.kind !== "scalar") return `cast(${column} as varchar)`;
  if (parsed.name === "BLOB") return `lower(hex(${column}))`;
  if (parsed.name === "FLOAT" || parsed.name === "DOUBLE") return floatText(column, parsed.name);
  return parsed.name === "VARCHAR" || parsed.name === "JSON" ? column : `cast(${column} as varchar)`;
}

/** Postgres' shortest text of the value (`extra_float_digits` 1 and above). */
function floatText(column: string, type: "FLOAT" | "DOUBLE"): string {
  const text = `cast(${column} as varchar)`;
  const digits = `replace(ltrim(${text}, '-'), '.', '')`;
  const significant = `rtrim(case when ends_with(${text}, '.0') then ${digits}[:-2] else ${digits} end, '0')`;
  const rest = `${significant}[2:]`;
  const exponent = `strpos(ltrim(${text}, '-'), '.') - 2`;
  const exponential = `concat(case when ${column} < 0 then '-' else '' end, ${significant}[1], case when ${rest} = '' then '' else '.' || ${rest} end, 'e+', lpad(cast(${exponent} as varchar), 2, '0'))`;
  // A NaN is greater than every number in DuckDB, and the infinities lie outside both bounds.
  return `case when isnan(${column}) then 'NaN' when isinf(${column}) then case when ${column} > 0 then 'Infinity' else '-Infinity' end when abs(${column}) >= cast(${EXPONENT_FROM[type]} as ${type}) and abs(${column}) < cast(1e16 as ${type}) then ${exponential} else regexp_replace(${text}, '\\.0$', '') end`;
}

/**
 * The expression for the checksum of a relation's rows over the checked columns, in their order; undefined when there is
 * none. The sum of up to 2^67 rows fits.
 */
export function checksumExpression(columns: readonly AccountColumn[]): string | undefined {
  const cells = columns
    .filter((column) => column.checked)
    .map(({ name, type }) => `coalesce(${canonicalText(quoteIdentifier(name), type)}, ${NULL_TEXT})`);
  if (cells.length === 0) return undefined;
  const row = cells.join(` || ${SEPARATOR} || `);
  return `cast(coalesce(sum(cast(cast('0x' || left(md5(${row}), 15) as bigint) as hugeint)), 0) as varchar)`;
}
