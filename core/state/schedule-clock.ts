// Owns rehearsed time: what a clock of schedules shows when a clock on the wall shows something else. Pure.
import type { ScheduleClock } from "./schedule-types.ts";

/** What the rehearsed clock shows at an instant. It never goes back behind its start. */
export function rehearsedTime({ realStart, rehearsedStart, speed }: ScheduleClock, real: Date): Date {
  const passedMs = Math.max(0, real.getTime() - realStart.getTime());
  return new Date(rehearsedStart.getTime() + Math.round(passedMs * speed));
}

/** Reads `2026-10-25T00:00:00Z*60`: where it starts, and how fast it goes (1 unless told). undefined for anything else. */
export function readScheduleClock(text: string): Omit<ScheduleClock, "realStart"> | undefined {
  const { start = "", speed = "1" } =
    /^(?<start>\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)(\*(?<speed>\d+(\.\d+)?))?$/.exec(text)?.groups ?? {};
  const rehearsedStart = new Date(start);
  return Number.isNaN(rehearsedStart.getTime()) || Number(speed) <= 0
    ? undefined
    : { rehearsedStart, speed: Number(speed) };
}
