// Owns a cursor window as a condition in SQLite's SQL. A value that cannot be compared is in every window: where it is read, it is refused.
import { problems } from "../../../errors/index.ts";
import { quoteIdentifier } from "../../../util/index.ts";
import { declaredType } from "../../declared-type.ts";
import type { CursorWindow } from "../../types.ts";

export interface Condition {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export function windowCondition(window: CursorWindow): Condition {
  const { value, comparable, bound } = comparisonOf(window, quoteIdentifier(window.identifier));
  const bounds = [
    ...(window.from === undefined ? [] : [{ sql: `${value} >= ?`, text: window.from }]),
    ...(window.to === undefined ? [] : [{ sql: `${value} < ?`, text: window.to }]),
  ];
  const inside = bounds.map(({ sql }) => sql).join(" AND ") || "1";
  // NULL where the value is of no comparable form.
  const sql = `${quoteIdentifier(window.identifier)} IS NOT NULL AND (NOT (${comparable}) OR coalesce(${inside}, 1))`;
  return { sql, parameters: bounds.map(({ text }) => bound(text)) };
}

interface Comparison {
  readonly value: string;
  /** True for storage classes that compare as the declared type does. */
  readonly comparable: string;
  bound(text: string): unknown;
}

const DATE = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]";
const CLOCK = /^\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d(?:\.\d{1,6})?)?$/;

function comparisonOf({ identifier, type }: CursorWindow, name: string): Comparison {
  const isText = `typeof(${name}) = 'text'`;
  const isDated = `${isText} AND ${name} GLOB '${DATE}*'`;
  const checked = (form: RegExp, convert: (text: string) => unknown) => (text: string) => {
    if (form.test(text)) return convert(text);
    throw problems.unexpected({
      what: `reading a part of the rows by \`${identifier}\``,
      reason: `a bound is not of the type ${type}`,
    });
  };
  switch (declaredType(type).kind) {
    case "integer":
      return { value: name, comparable: `typeof(${name}) = 'integer'`, bound: checked(/^-?\d+$/, BigInt) };
    case "date":
      return { value: name, comparable: isDated, bound: checked(CLOCK, String) };
    case "timestamp":
      return { value: withTime(name), comparable: isDated, bound: checked(CLOCK, withMidnight) };
    case "timestamptz":
      return {
        value: inUtc(name),
        comparable: isDated,
        bound: (text) => checked(CLOCK, withMidnight)(text.replace(/\+00(:?00)?$/, "")),
      };
    case "uuid":
      return { value: `lower(${name})`, comparable: isText, bound: (text) => text.toLowerCase() };
    case "text":
      return { value: `${name} COLLATE BINARY`, comparable: isText, bound: String };
    default:
      throw problems.unexpected({
        what: `reading a part of the rows by \`${identifier}\``,
        reason: `no order is known for ${type}`,
      });
  }
}

function withMidnight(text: string): string {
  return text.length === 10 ? `${text} 00:00:00` : text;
}

function withTime(name: string): string {
  return `CASE length(${name}) WHEN 10 THEN ${name} || ' 00:00:00' ELSE replace(${name}, 'T', ' ') END`;
}

/** SQLite's own functions move the seconds into UTC; they know milliseconds only, so the fraction stays outside. */
function inUtc(name: string): string {
  const behind = `substr(${name}, 20)`;
  const offset = `ltrim(${behind}, '.0123456789')`;
  const digits = `replace(substr(${offset}, 2), ':', '') || '00'`;
  const seconds = `substr(${name}, 1, 19)`;
  const moved = `strftime('%Y-%m-%d %H:%M:%S', ${seconds} || substr(${offset}, 1, 1) || substr(${digits}, 1, 2) || ':' || substr(${digits}, 3, 2))`;
  const fraction = `substr(${behind}, 1, length(${behind}) - length(${offset}))`;
  return `CASE WHEN ${offset} IN ('', 'Z') THEN replace(${seconds}, 'T', ' ') ELSE ${moved} END || ${fraction}`;
}
