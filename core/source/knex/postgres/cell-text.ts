// Owns how a column's values leave Postgres as a declared type: the text that lands, the text that is hashed, and the values refused.
import { type DeclaredType, declaredType } from "../../declared-type.ts";
import type { CatalogColumn } from "./catalog.ts";
import { type ColumnKind, columnKind, decimalLimits, integerRange } from "./column-types.ts";

/** Expressions over a quoted column; NULL gives NULL in each. */
export interface Cell {
  /** What COPY writes, in the canonical text of the declared type. */
  readonly sql: string;
  /** The canonical text as `docs/completeness.md` defines it, or why it cannot be made. */
  readonly digest: { readonly text: string } | { readonly unchecked: string };
  /** True for a value that the declared type cannot hold. Absent: it holds all. */
  readonly refuses?: string | undefined;
  /** The text of a value that is not refused and this of one that is, where that can be said in fewer comparisons. */
  readonly guarded?: ((refusal: string) => string) | undefined;
}

/** Of DuckDB: later ones it has not. */
const LAST_TIMESTAMP = "294247-01-10 04:00:54.775806";
const JUDGED_FLOATS = { float: 2n ** 24n, double: 2n ** 53n };

/** undefined: the declared type cannot be given, nor judged. `name` is quoted. */
export function cellOf(column: CatalogColumn, name: string, declared: string): Cell | undefined {
  const kind = columnKind(column);
  const type = declaredType(declared);
  switch (type.kind) {
    case "text":
      return asText(kind, name);
    case "integer":
      return asInteger(column, kind, name, type, declared);
    case "decimal":
      return asDecimal(column, kind, name, type, declared);
    case "float":
    case "double":
      return asFloat(column, kind, name, type.kind);
    case "blob":
      return kind === "bytea" ? same(`encode(${name}, 'hex')`) : undefined;
    case "json":
      if (kind === "json-list") return same(`to_json(${name})::text`);
      return kind === "json" || kind === "text"
        ? { sql: name, digest: { text: `${name}::text` } }
        : landed(column, name, declared);
    case "interval":
      return kind === "interval" ? asInterval(name) : landed(column, name, declared);
    case "boolean":
      return kind === "bool" ? same(`${name}::text`) : landed(column, name, declared);
    case "other":
      if (kind === "list") return asList(column, name);
      if (kind === "timetz" && /^time( with time |)tz$|^time with time zone$/i.test(declared.trim()))
        return { sql: name, digest: { text: `${name}::text` } };
      return landed(column, name, declared);
    default:
      if (type.kind !== kind) return landed(column, name, declared);
      return { ...ofTime(kind, name), digest: { text: ofTime(kind, name).sql } };
  }
}

/** Canonical already as it is written. */
function same(sql: string): Cell {
  return { sql, digest: { text: sql } };
}

/** The warehouse takes the text or refuses it, value by value. */
function landed(column: CatalogColumn, name: string, declared: string): Cell {
  const kind = columnKind(column);
  const unchecked = `the store's ${column.storeType} is turned into ${declared} as it lands`;
  const cell = kind === "bool" ? { sql: `${name}::text` } : ofTime(kind, name);
  return { ...cell, digest: { unchecked } };
}

function asText(kind: ColumnKind, name: string): Cell {
  switch (kind) {
    case "bool":
      return same(`${name}::text`);
    case "bytea":
      return same(`encode(${name}, 'hex')`);
    case "money":
      return { sql: `${name}::numeric`, digest: { text: `${name}::numeric::text` } };
    case "text":
      return { sql: name, digest: { text: `${name}::text` } };
    // A cast to text drops the blanks of char(n) and adds the mask of inet; concat asks what COPY asks.
    case "other":
    case "list":
    case "json-list":
      return { sql: name, digest: { text: `CASE WHEN ${name} IS DISTINCT FROM NULL THEN concat(${name}) END` } };
    default:
      return { sql: name, digest: { text: `${name}::text` } };
  }
}

function asInteger(
  column: CatalogColumn,
  kind: ColumnKind,
  name: string,
  { min, max }: Extract<DeclaredType, { kind: "integer" }>,
  declared: string,
): Cell | undefined {
  if (kind === "integer") {
    const [least, greatest] = integerRange(column);
    const fits = min <= least && max >= greatest;
    const refuses = fits ? undefined : `${name}::numeric NOT BETWEEN ${min}::numeric AND ${max}::numeric`;
    return { sql: name, digest: { text: `${name}::text` }, refuses };
  }
  if (kind === "numeric" || kind === "money") {
    const value = `${name}::numeric`;
    // 7.0 is an integer, though not an integer's text.
    return {
      sql: `trunc(${value})`,
      digest: { text: `trunc(${value})::text` },
      refuses: `NOT (${value} BETWEEN ${min}::numeric AND ${max}::numeric AND ${value} = trunc(${value}))`,
    };
  }
  return kind === "float4" || kind === "float8" || kind === "bool" ? undefined : landed(column, name, declared);
}

function asDecimal(
  column: CatalogColumn,
  kind: ColumnKind,
  name: string,
  { precision, scale }: Extract<DeclaredType, { kind: "decimal" }>,
  declared: string,
): Cell | undefined {
  const value = `${name}::numeric`;
  const digest = { text: decimalText(`${value}(${precision},${scale})`, precision, scale) };
  // NaN and the infinities are greater than every number here, so that they are refused too.
  const limit = `1e${precision - scale}::numeric`;
  const within = `${value} < ${limit} AND ${value} > -${limit}`;
  if (kind === "integer") {
    const fits = integerRange(column).every(
      (end) => end < 10n ** BigInt(precision - scale) && -end < 10n ** BigInt(precision - scale),
    );
    return { sql: name, digest, refuses: fits ? undefined : `NOT (${within})` };
  }
  if (kind === "numeric" || kind === "money") {
    const own = kind === "numeric" ? decimalLimits(column.typmod) : undefined;
    const fits = own && own.scale >= 0 && own.scale <= scale && own.precision - own.scale <= precision - scale;
    const refuses = fits ? `${name} = 'NaN'::numeric` : `NOT (${value} = round(${value}, ${scale}) AND ${within})`;
    const exact = own?.scale === scale ? { text: decimalText(name, precision, scale) } : digest;
    return { sql: kind === "money" ? value : name, digest: exact, refuses };
  }
  return kind === "float4" || kind === "float8" || kind === "bool" ? undefined : landed(column, name, declared);
}

/** DuckDB writes no zero before the point where the type has no digits there. */
function decimalText(value: string, precision: number, scale: number): string {
  return precision > scale ? `${value}::text` : `regexp_replace(${value}::text, '^(-?)0[.]', '\\1.')`;
}

/** By their bits in the digest: no decimal text is the same everywhere. */
function asFloat(
  column: CatalogColumn,
  kind: ColumnKind,
  name: string,
  declared: "float" | "double",
): Cell | undefined {
  const type = declared === "float" ? "float4" : "float8";
  const bits = (value: string) => ({
    text: `CASE WHEN ${value} = 'NaN' THEN 'NaN' ELSE encode(${type}send(${value}), 'hex') END`,
  });
  if (kind === type) return { sql: name, digest: bits(name) };
  // As DOUBLE the FLOAT 0.1 is 0.10000000149011612.
  if (kind === "float4") return { sql: `${name}::float8`, digest: bits(`${name}::float8`) };
  if (kind !== "integer") return undefined;
  const limit = JUDGED_FLOATS[declared];
  const fits = integerRange(column).every((end) => end <= limit && -end <= limit);
  const refuses = fits ? undefined : `${name}::numeric NOT BETWEEN -${limit} AND ${limit}`;
  return { sql: name, digest: bits(`${name}::${type}`), refuses };
}

/** Years before Christ are written as DuckDB writes them: it would read Postgres' form as years after. What is usual is asked first. */
function ofTime(kind: ColumnKind, name: string): Pick<Cell, "sql" | "refuses" | "guarded"> {
  if (kind === "date")
    return {
      sql: `CASE WHEN ${name} >= '0001-01-01' THEN ${name}::text ELSE replace(${name}::text, ' BC', ' (BC)') END`,
    };
  if (kind !== "timestamp" && kind !== "timestamptz")
    return { sql: kind === "time" || kind === "uuid" ? `${name}::text` : name };
  const last = `'${LAST_TIMESTAMP}${kind === "timestamptz" ? "+00" : ""}'`;
  const early = `WHEN ${name} < '0001-01-01' THEN regexp_replace(${name}::text, '^(\\S+) (.*) BC$', '\\1 (BC) \\2')`;
  return {
    sql: `CASE ${early} ELSE ${name}::text END`,
    refuses: `${name} > ${last} AND ${name} < 'infinity'`,
    guarded: (refusal) =>
      `CASE WHEN ${name} BETWEEN '0001-01-01' AND ${last} OR ${name} = 'infinity' THEN ${name}::text ${early} WHEN ${name} IS NOT NULL THEN ${refusal} END`,
  };
}

/** The three numbers that make an interval in both. */
function asInterval(name: string): Cell {
  const part = (field: string) => `extract(${field} FROM ${name})`;
  const months = `(${part("year")} * 12 + ${part("month")})::bigint`;
  const micros = `((${part("hour")} * 60 + ${part("minute")}) * 60000000 + ${part("microseconds")})::bigint`;
  return {
    sql: `${months} || ' months ' || ${part("day")}::bigint || ' days ' || ${micros} || ' microseconds'`,
    digest: { unchecked: "Postgres and DuckDB write an interval differently" },
    refuses: `NOT isfinite(${name})`,
  };
}

/** Lists have one dimension and begin at their first element. */
function asList({ element }: CatalogColumn, name: string): Cell {
  const json = `to_json(${name}::text[])::text`;
  const outside = element === "numeric" ? [`'NaN' = ANY(${name})`] : [];
  if (element === "timestamp" || element === "timestamptz")
    outside.push(
      `EXISTS (SELECT FROM unnest(${name}) e WHERE e < '0001-01-01' AND e > '-infinity' OR e > '${LAST_TIMESTAMP}' AND e < 'infinity')`,
    );
  return {
    sql: element === "date" ? `replace(${json}, ' BC"', ' (BC)"')` : json,
    digest: { unchecked: "a list has no text that is the same in Postgres and DuckDB" },
    refuses: [`array_ndims(${name}) > 1 OR array_lower(${name}, 1) <> 1`, ...outside].join(" OR "),
  };
}

/** What an error's message holds when COPY met a value that its column refuses. */
export const REFUSED_MARK = "mesh:refused";

/** The cell as COPY's expression: a refused value ends COPY. The mark depends on the value, so that the planner cannot work it out before. */
export function copyExpression(cell: Cell, name: string): string {
  const { sql, refuses, guarded = guard(cell, sql) } = cell;
  return refuses === undefined ? sql : guarded(`(left(${name}::text, 0) || '${REFUSED_MARK}')::int::text`);
}

/** Never fails, and never NULL for a value: one that is refused has no text, and ends the extraction elsewhere. */
export function digestExpression(cell: Cell): string | undefined {
  const { digest, refuses, guarded } = cell;
  if ("unchecked" in digest) return undefined;
  const text = refuses === undefined ? digest.text : (guarded ?? guard(cell, digest.text))("''");
  return `coalesce(${text}, chr(30))`;
}

function guard({ refuses }: Cell, text: string) {
  return (refusal: string) => `CASE WHEN ${refuses} THEN ${refusal} ELSE (${text})::text END`;
}
