// Owns the clocks on the wall: what time it is in a zone at an instant, and when a zone's clock shows a time. Both DST changes included.

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the zone's clock shows at the instant, in milliseconds as if it were UTC. */
export function wallTimeMs(instantMs: number, timezone: string): number {
  let format = formats.get(timezone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: timezone,
      calendar: "gregory",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
      era: "short",
    });
    formats.set(timezone, format);
  }
  // Many thousand times for a year of ticks: reading the text is several times faster than asking for its parts.
  const text = format.format(instantMs);
  const [month, day, shown, hour, minute, second] = (text.match(/\d+/g) ?? []).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const year = text.includes("B") ? 1 - shown : shown;
  const wall = new Date(0);
  wall.setUTCFullYear(year, month - 1, day);
  wall.setUTCHours(hour, minute, second);
  const subsecond = ((instantMs % 1_000) + 1_000) % 1_000;
  return wall.getTime() + subsecond;
}

const HOUR_MS = 3_600_000;

/**
 * The instant at which the zone's clock shows the time. In the hour that comes twice it is the first; a time that never comes is taken
 * as far behind the change as it is ahead of it: 02:30 is 03:30 when the clock goes from 02:00 to 03:00.
 */
export function instantOfWall(wallMs: number, timezone: string): number {
  const offsetAt = (instantMs: number) => wallTimeMs(instantMs, timezone) - instantMs;
  // No zone changes twice in a day and a half, and none is further than 15 hours from UTC.
  const [before, after] = [offsetAt(wallMs - 18 * HOUR_MS), offsetAt(wallMs + 18 * HOUR_MS)];
  const first = wallMs - Math.max(before, after);
  const second = wallMs - Math.min(before, after);
  if (wallTimeMs(first, timezone) === wallMs) return first;
  if (wallTimeMs(second, timezone) === wallMs) return second;
  return wallMs - before;
}
