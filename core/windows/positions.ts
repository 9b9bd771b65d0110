// Owns values of a cursor as whole numbers on a line, from their text and back: what cutting and comparing windows is done with.
import type { Cursor } from "../materialize/index.ts";

export type CursorType = Pick<Cursor, "type" | "kind">;

/** As the column has them: `from` inclusive, `to` exclusive. */
export interface Bounds {
  readonly from: string;
  readonly to: string;
}

/** Nanoseconds of a time since 1970 (on its own clock, when it has no zone), the number of an integer, the 128 bits of a UUID. */
export type Position = bigint;

const NS_PER_MS = 1_000_000n;
const TIME =
  /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?)?(?:([+-])(\d\d)(?::?(\d\d))?(?::?(\d\d))?)?$/;

/** undefined when the text is no value of the type, or one that cannot be counted with, such as a year of five digits. */
export function positionOf({ kind }: CursorType, text: string): Position | undefined {
  switch (kind) {
    case "integer":
      return /^[+-]?\d+$/.test(text) ? BigInt(text) : undefined;
    case "uuid7": {
      const hex = text.replaceAll("-", "");
      return /^[0-9a-f]{32}$/i.test(hex) ? BigInt(`0x${hex}`) : undefined;
    }
    case "time": {
      const found = TIME.exec(text);
      if (!found) return undefined;
      const [, year, month, day, hour = 0, minute = 0, second = 0, fraction = "", sign, ...offset] = found;
      const date = new Date(0);
      date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
      date.setUTCHours(Number(hour), Number(minute), Number(second));
      const [hours = 0, minutes = 0, seconds = 0] = offset.map((part) => Number(part ?? 0));
      const ahead = (sign === "-" ? -1 : 1) * (hours * 3_600 + minutes * 60 + seconds) * 1_000;
      return BigInt(date.getTime() - ahead) * NS_PER_MS + BigInt(fraction.padEnd(9, "0") || "0");
    }
  }
}

/** The text of a position, as the type's values are written. */
export function textOf({ type, kind }: CursorType, position: Position): string {
  switch (kind) {
    case "integer":
      return position.toString();
    case "uuid7":
      return position
        .toString(16)
        .padStart(32, "0")
        .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    case "time": {
      const [ms, ns] = [floor(position, NS_PER_MS), position - floor(position, NS_PER_MS) * NS_PER_MS];
      const [date = "", time = ""] = new Date(Number(ms)).toISOString().replace("Z", "").split("T");
      if (type === "DATE") return date;
      const fraction = `${time.slice(9)}${String(ns).padStart(6, "0")}`.replace(/0+$/, "");
      const text = `${date} ${time.slice(0, 8)}${fraction === "" ? "" : `.${fraction}`}`;
      return isInstant({ type, kind }) ? `${text}+00` : text;
    }
  }
}

/** Whether its values are instants, and not what a clock of an unknown zone showed. */
export function isInstant({ type, kind }: CursorType): boolean {
  return kind === "uuid7" || type === "TIMESTAMP WITH TIME ZONE";
}

/** Milliseconds to a position of a time, or of the first UUID of the millisecond. */
export function positionOfMs({ kind }: CursorType, ms: number): Position {
  return kind === "uuid7" ? BigInt(ms) << 80n : BigInt(ms) * NS_PER_MS;
}

/** The whole milliseconds of a position, rounded down. */
export function msOfPosition({ kind }: CursorType, position: Position): number {
  return Number(kind === "uuid7" ? position >> 80n : floor(position, NS_PER_MS));
}

/** A bound's milliseconds since 1970, by its own clock when it has no zone; undefined as `positionOf`, and for integers. */
export function msOfBound(cursor: CursorType, text: string): number | undefined {
  const position = cursor.kind === "integer" ? undefined : positionOf(cursor, text);
  return position === undefined ? undefined : msOfPosition(cursor, position);
}

function floor(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value < 0n && quotient * by !== value ? quotient - 1n : quotient;
}
