// Owns cutting a range into windows that lie end to end: by a number, by a length of time, by days of a zone's calendar, or at given instants.
import { problems } from "../errors/index.ts";
import { instantOfWall, parseDurationMs, wallTimeMs } from "../util/index.ts";
import {
  type Bounds,
  type CursorType,
  isInstant,
  msOfPosition,
  type Position,
  positionOf,
  positionOfMs,
  textOf,
} from "./positions.ts";

export type Cut =
  /** `100000` of an integer; else a duration such as `12h`. Whole days are days of the zone's calendar. */
  | { readonly every: string; readonly timezone: string }
  /** At these instants, whichever lie within the range; values without a zone are cut at what the zone's clock shows. */
  | { readonly at: readonly Date[]; readonly timezone: string };

export const MOST_WINDOWS = 10_000;
const DAY_MS = 86_400_000;

/**
 * The windows of the range, first one first: the first begins where it begins, each where the one before ends, and the last ends where it
 * ends. Throws `backfill/bad-step`, `backfill/range-not-cuttable`, `backfill/too-many-windows`.
 */
export function cutRange(cursor: CursorType, range: Bounds, cut: Cut): readonly Bounds[] {
  const [first, end] = [positionOf(cursor, range.from), positionOf(cursor, range.to)];
  if (first === undefined || end === undefined)
    throw problems.rangeNotCuttable({ from: range.from, to: range.to, type: cursor.type });
  const windows: Bounds[] = [];
  let [from, before] = [range.from, first];
  for (const next of "at" in cut ? givenCuts(cursor, cut) : regularCuts(cursor, first, cut)) {
    if (next >= end) break;
    if (next <= before) continue;
    const to = textOf(cursor, next);
    windows.push({ from, to });
    [from, before] = [to, next];
    if (windows.length >= MOST_WINDOWS)
      throw problems.tooManyWindows({ from: range.from, to: range.to, most: MOST_WINDOWS });
  }
  return [...windows, { from, to: range.to }];
}

function* givenCuts(cursor: CursorType, cut: Extract<Cut, { at: unknown }>): Generator<Position> {
  for (const instant of cut.at) {
    const ms = isInstant(cursor) ? instant.getTime() : wallTimeMs(instant.getTime(), cut.timezone);
    // A date is cut where a day begins.
    yield positionOfMs(cursor, cursor.type === "DATE" ? ms - (((ms % DAY_MS) + DAY_MS) % DAY_MS) : ms);
  }
}

/** Without end, growing. */
function* regularCuts(
  cursor: CursorType,
  first: Position,
  { every, timezone }: Extract<Cut, { every: string }>,
): Generator<Position> {
  const refuse = (expected: string) => problems.badStep({ every, type: cursor.type, expected });
  if (cursor.kind === "integer") {
    if (!/^\d+$/.test(every) || BigInt(every) === 0n) throw refuse("a whole number, such as 100000");
    for (let at = first + BigInt(every); ; at += BigInt(every)) yield at;
  }
  const stepMs = parseDurationMs(every);
  if (stepMs === undefined || stepMs === 0) throw refuse("a duration, such as 1d or 12h");
  const days = stepMs % DAY_MS === 0;
  if (cursor.type === "DATE" && !days) throw refuse("whole days, such as 1d or 7d");
  const fromMs = msOfPosition(cursor, first);
  const rest = cursor.kind === "uuid7" ? 0n : first - positionOfMs(cursor, fromMs);
  const onCalendar = days && isInstant(cursor);
  const wallMs = onCalendar ? wallTimeMs(fromMs, timezone) : fromMs;
  for (let n = 1; ; n++) {
    const ms = wallMs + n * stepMs;
    yield positionOfMs(cursor, onCalendar ? instantOfWall(ms, timezone) : ms) + rest;
  }
}
