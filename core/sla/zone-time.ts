// Owns the calendar days of a time zone: which day an instant falls on, and when a time of a day is.
import { wallTimeMs } from "../util/index.ts";

const DAY_MS = 86_400_000;
/** The day as `2026-11-26`. */
export function dayOf(zone: string, instantMs: number): string {
  return new Date(wallTimeMs(instantMs, zone)).toISOString().slice(0, 10);
}

/** The day so many days later. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** `monday` … */
export function weekdayOf(day: string): string {
  const names = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
  return names[new Date(`${day}T00:00:00Z`).getUTCDay()] as string;
}

/** When the zone's clocks show this time (`HH:MM`) on this day: the first time if twice, and if never the instant at which they jump over it. */
export function instantOf(zone: string, day: string, time = "00:00"): number {
  const wanted = Date.parse(`${day}T${time}:00Z`);
  const offsets = [wanted - DAY_MS, wanted + DAY_MS].map((at) => wallTimeMs(at, zone) - at);
  const fitting = offsets.map((offset) => wanted - offset).filter((at) => wallTimeMs(at, zone) === wanted);
  if (fitting.length > 0) return Math.min(...fitting);
  // Jumped over: the earliest instant from which the clocks show a later time.
  let low = wanted - Math.max(...offsets);
  let high = wanted - Math.min(...offsets);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (wallTimeMs(middle, zone) > wanted) high = middle;
    else low = middle;
  }
  return high;
}
