// Owns a cursor window as a condition in SQLite's SQL. SQLite has no times: their text is compared, once it is written in one way.

import type { CursorWindow } from "../../types.ts";
import { declaredType } from "../declared-type.ts";

export interface WindowCondition {
  readonly sql: string;
  readonly bindings: readonly (string | bigint)[];
}

/** True for the rows of the window, and for values that are none of the declared type: reading those refuses them. A NULL is in no window. */
export function windowCondition({ type, from, to }: CursorWindow, quoted: string): WindowCondition {
  const { kind } = declaredType(type);
  const isInteger = kind === "integer";
  const value = { timestamp: timeSql(quoted), timestamptz: instantSql(quoted), uuid: `lower(${quoted})` }[
    kind as string
  ];
  const bound = (text: string): string | bigint => (isInteger ? BigInt(text) : text.replace(/\+00$/, ""));
  const sides = [
    ...(from === undefined ? [] : [[">=", from] as const]),
    ...(to === undefined ? [] : [["<", to] as const]),
  ];
  const inside = sides.map(([operator]) => `${value ?? quoted} ${operator} ?`).join(" AND ") || "1";
  const fits = isInteger
    ? `typeof(${quoted}) = 'integer'`
    : `typeof(${quoted}) = 'text'${kind === "uuid" ? "" : ` AND ${quoted} GLOB '${DATE}*'`}`;
  return {
    sql: `${quoted} IS NOT NULL AND ((${inside}) OR NOT (${fits}))`,
    bindings: sides.map(([, text]) => bound(text)),
  };
}

const DIGITS = (count: number) => "[0-9]".repeat(count);
const DATE = `${DIGITS(4)}-${DIGITS(2)}-${DIGITS(2)}`;

/** `2024-01-01 00:00:00` with whatever fraction is written: more zeros after it are greater or equal, which is what bounds ask. */
function timeSql(quoted: string): string {
  return `CASE length(${quoted}) WHEN 10 THEN ${quoted} || ' 00:00:00' ELSE replace(${quoted}, 'T', ' ') END`;
}

/** The same in UTC. Seconds are moved by SQLite's own dates, the fraction stays what it is. */
function instantSql(quoted: string): string {
  const moved = (pattern: string, length: number, offset: string) =>
    `WHEN ${quoted} GLOB '${DATE}[T ]*${pattern}' THEN datetime(replace(substr(${quoted}, 1, 19), 'T', ' ') || ${offset}) || substr(${quoted}, 20, length(${quoted}) - ${19 + length})`;
  const end = (count: number) => `substr(${quoted}, -${count})`;
  return [
    "CASE",
    `WHEN ${quoted} LIKE '%Z' THEN replace(substr(${quoted}, 1, length(${quoted}) - 1), 'T', ' ')`,
    moved(`:${DIGITS(2)}*[+-]${DIGITS(2)}:${DIGITS(2)}`, 6, end(6)),
    moved(`:${DIGITS(2)}*[+-]${DIGITS(4)}`, 5, `substr(${quoted}, -5, 3) || ':' || ${end(2)}`),
    moved(`:${DIGITS(2)}*[+-]${DIGITS(2)}`, 3, `${end(3)} || ':00'`),
    `ELSE replace(${quoted}, 'T', ' ') END`,
  ].join(" ");
}
