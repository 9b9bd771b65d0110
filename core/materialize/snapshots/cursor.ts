// Owns cursors: which types can be one, where a window begins, what the watermark is. SQL for a warehouse session; runs none.
import { parseDurationMs, quoteIdentifier as q, quoteString } from "../../util/index.ts";

export type CursorKind = "time" | "integer" | "uuid7";

/** undefined: values of the type cannot be a cursor. `type` as DuckDB spells it. */
export function cursorKind(type: string): CursorKind | undefined {
  if (/^(DATE|TIMESTAMP(_S|_MS|_NS)?|TIMESTAMP WITH TIME ZONE)$/.test(type)) return "time";
  if (/^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER)$/.test(type)) return "integer";
  return type === "UUID" ? "uuid7" : undefined;
}

export interface Cursor {
  readonly column: string;
  readonly type: string;
  readonly kind: CursorKind;
}

/** A whole number for an integer cursor, else a duration; see `ModelConfig.lookback`. */
export type Lookback = string | number | undefined;

const DAY_MS = 86_400_000;
/** A time without zone may be told in any of them; the one furthest ahead is 14 hours before UTC. */
const FURTHEST_ZONE_HOURS = 14;

/**
 * A query for the text where the next window begins: `watermark` less the look-back. NULL when that is before the type's
 * first value.
 */
export function windowStart({ type, kind }: Cursor, watermark: string, lookback: Lookback): string {
  const value = cast(quoteString(watermark), type);
  switch (kind) {
    case "integer":
      return `select cast(try_cast(cast(${value} as hugeint) - ${Number(lookback ?? 0)} as ${type}) as varchar)`;
    case "time": {
      const ms = durationMs(lookback);
      if (ms === 0) return `select cast(${value} as varchar)`;
      // A day is the smallest step of a date: any part of one counts whole.
      const back = type === "DATE" ? `to_days(${Math.ceil(ms / DAY_MS)})` : `to_microseconds(${ms * 1_000})`;
      const at = /^TIMESTAMP_/.test(type) ? cast(value, "TIMESTAMP") : value;
      return `select cast(${cast(`${at} - ${back}`, type)} as varchar)`;
    }
    case "uuid7":
      return `select ${uuidOf(`greatest(cast('0x' || replace(left(cast(${value} as varchar), 13), '-', '') as bigint) - ${durationMs(lookback)}, 0)`, "0")}`;
  }
}

/** A query for the text of a bound that a person wrote; NULL when it is none. A time is a bound of a UUID, too. */
export function boundText({ type, kind }: Cursor, written: string): string {
  const text = quoteString(written);
  if (kind !== "uuid7") return `select cast(try_cast(${text} as ${type}) as varchar)`;
  const ms = `epoch_ms(try_cast(${text} as timestamp with time zone))`;
  return `select coalesce(cast(try_cast(${text} as uuid) as varchar), ${uuidOf(ms, "0")})`;
}

/**
 * A query for the text of the greatest value, of these rows and of `before`. Values ahead of the store's clock are left
 * out: they would move the watermark past rows that are still to come.
 */
export function watermark(cursor: Cursor, relation: string, asOf: Date, before: string | undefined): string {
  const column = q(cursor.column);
  const latest = ceiling(cursor, asOf);
  const rows = `select ${column} as v from ${relation}${latest === undefined ? "" : ` where ${column} <= ${latest}`}`;
  const known = before === undefined ? "" : ` union all select ${cast(quoteString(before), cursor.type)}`;
  return `select cast(max(v) as varchar) from (${rows}${known})`;
}

/** A condition that is true for values that would never be read again, or for ever. */
export function unusable({ column, kind, type }: Cursor): string {
  const value = q(column);
  if (kind === "time")
    return `${value} is null or not isfinite(${type.startsWith("TIMESTAMP_") ? `cast(${value} as timestamp)` : value})`;
  if (kind === "uuid7") return `${value} is null or substr(cast(${value} as varchar), 15, 1) <> '7'`;
  return `${value} is null`;
}

/** A condition for the rows of a window. */
export function inWindow(
  alias: string,
  { column, type }: Pick<Cursor, "column" | "type">,
  window: { readonly from?: string; readonly to?: string },
): string {
  const value = `${alias}.${q(column)}`;
  const bounds = [
    ...(window.from === undefined ? [] : [`${value} >= ${cast(quoteString(window.from), type)}`]),
    ...(window.to === undefined ? [] : [`${value} < ${cast(quoteString(window.to), type)}`]),
  ];
  return bounds.length === 0 ? "true" : bounds.join(" and ");
}

/** SQL for the instant as a value of a time's type. */
export function timeOf(instant: Date, type: string): string {
  return cast(`timestamptz ${quoteString(instant.toISOString())}`, type);
}

function ceiling({ type, kind }: Cursor, asOf: Date): string | undefined {
  switch (kind) {
    case "integer":
      return undefined;
    case "uuid7":
      return `cast(${uuidOf(String(asOf.getTime()), "f")} as uuid)`;
    case "time":
      return type === "TIMESTAMP WITH TIME ZONE"
        ? timeOf(asOf, type)
        : timeOf(new Date(asOf.getTime() + FURTHEST_ZONE_HOURS * 3_600_000), type);
  }
}

/** SQL text of the first (`0`) or last (`f`) UUID of a millisecond. */
function uuidOf(ms: string, fill: "0" | "f"): string {
  const rest = `${fill.repeat(4)}-${fill.repeat(4)}-${fill.repeat(12)}`;
  return `regexp_replace(format('{:012x}', ${ms}), '^(.{8})(.{4})$', '\\1-\\2-${rest}')`;
}

function durationMs(lookback: Lookback): number {
  return typeof lookback === "string" ? (parseDurationMs(lookback) ?? 0) : 0;
}

function cast(value: string, type: string): string {
  return `cast(${value} as ${type})`;
}
