// Owns what a calendar does to time: its closed days do not count.
import type { Calendar } from "../manifest/index.ts";
import { addDays, dayOf, instantOf, weekdayOf } from "./zone-time.ts";

/** Nobody waits longer for a day on which data is due. */
const MOST_DAYS = 800;

function isClosedDay({ closed }: Calendar, day: string): boolean {
  const weekday = weekdayOf(day);
  return closed.some((entry) => {
    const [from = "", to = from] = entry.split("..");
    return entry === weekday || (from <= day && day <= to);
  });
}

export function isClosedAt(calendar: Calendar | undefined, atMs: number): boolean {
  return calendar !== undefined && isClosedDay(calendar, dayOf(calendar.timezone, atMs));
}

/** Milliseconds between two instants that are not on closed days. */
export function openMsBetween(calendar: Calendar | undefined, fromMs: number, toMs: number): number {
  if (toMs <= fromMs) return 0;
  if (calendar === undefined || !Number.isFinite(fromMs)) return toMs - fromMs;
  let open = 0;
  for (const { startMs, endMs, closed } of daysFrom(calendar, fromMs)) {
    if (!closed) open += Math.min(endMs, toMs) - Math.max(startMs, fromMs);
    if (endMs >= toMs) break;
  }
  return open;
}

/** The instant by which so much open time has passed. */
export function afterOpenMs(calendar: Calendar | undefined, fromMs: number, openMs: number): number {
  if (calendar === undefined || !Number.isFinite(fromMs)) return fromMs + openMs;
  let left = openMs;
  let days = 0;
  for (const { startMs, endMs, closed } of daysFrom(calendar, fromMs)) {
    const begin = Math.max(startMs, fromMs);
    if (!closed) {
      if (left <= endMs - begin) return begin + left;
      left -= endMs - begin;
    }
    if (++days > MOST_DAYS) break;
  }
  return Number.POSITIVE_INFINITY;
}

function* daysFrom(calendar: Calendar, fromMs: number) {
  for (let day = dayOf(calendar.timezone, fromMs); ; day = addDays(day, 1)) {
    const startMs = instantOf(calendar.timezone, day);
    const endMs = instantOf(calendar.timezone, addDays(day, 1));
    yield { startMs, endMs, closed: isClosedDay(calendar, day) };
  }
}

/** The times of day that come in (from, to], one for each open day. */
export function dueTimes(
  timezone: string,
  time: string,
  calendar: Calendar | undefined,
  fromMs: number,
  toMs: number,
): readonly number[] {
  const due: number[] = [];
  for (let day = dayOf(timezone, fromMs); ; day = addDays(day, 1)) {
    const at = instantOf(timezone, day, time);
    if (at > toMs) return due;
    // A day of another zone's calendar is told by the instant itself.
    if (at > fromMs && !isClosedAt(calendar, at)) due.push(at);
  }
}
