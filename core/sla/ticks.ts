// Owns when a schedule is due: its ticks as instants, also where the clocks of its zone change. Pure; the time is handed in.
//
// A time that clocks skip is due as much later as they skip: 02:30 at 03:30. A time that clocks show twice is due the first time, unless the
// expression names every hour: then it is due each time, so that hourly is every real hour.
import { type WallClock, wallClock } from "./cron.ts";
import { type ZoneStretch, zoneStretches } from "./zone.ts";

/** The part of a schedule that says when. */
export interface Timing {
  readonly cron: string;
  readonly timezone: string;
}

/** What a tick stands for: the time since the tick before it. Half-open. */
export interface TickInterval {
  readonly from: Date;
  readonly until: Date;
}

const DAY_MS = 86_400_000;
/** Clocks have never been moved further than this at once. */
const FARTHEST_MOVE_MS = 25 * 3_600_000;
/** The rarest expression comes once in so long: 29 February, on one weekday. */
const LONGEST_PAUSE_MS = 41 * 366 * DAY_MS;

/** The ticks after `after`, up to and including `until`, oldest first; at most `limit` of them. */
export async function ticksBetween(timing: Timing, after: Date, until: Date, limit: number): Promise<readonly Date[]> {
  const found: Date[] = [];
  if (limit <= 0) return found;
  for (const tick of walk(await wallClock(timing.cron), timing.timezone, after.getTime(), until.getTime())) {
    found.push(new Date(tick));
    if (found.length === limit) break;
  }
  return found;
}

/** The first tick after `after`; undefined when there is none. */
export async function nextTick(timing: Timing, after: Date): Promise<Date | undefined> {
  const clock = await wallClock(timing.cron);
  let from = after.getTime();
  for (let spanMs = DAY_MS; ; spanMs = 2 * FARTHEST_MOVE_MS) {
    for (const tick of walk(clock, timing.timezone, from, from + spanMs)) return new Date(tick);
    // Nothing in the span: go on just before the next wall-clock time there is, wherever the zone puts it.
    const wall = clock.next(from + spanMs - FARTHEST_MOVE_MS);
    if (wall === undefined || wall - from > LONGEST_PAUSE_MS) return undefined;
    from = Math.max(from + spanMs, wall - FARTHEST_MOVE_MS);
  }
}

/** The last tick at `at` or before; undefined when there is none. */
export async function lastTick(timing: Timing, at: Date): Promise<Date | undefined> {
  const clock = await wallClock(timing.cron);
  let until = at.getTime();
  let spanMs = 120_000;
  for (let reachedMs = 0; reachedMs < LONGEST_PAUSE_MS; spanMs *= 8) {
    let last: number | undefined;
    for (const tick of walk(clock, timing.timezone, until - spanMs, until)) last = tick;
    if (last !== undefined) return new Date(last);
    until -= spanMs;
    reachedMs += spanMs;
  }
  return undefined;
}

/** What a tick stands for. The intervals of a schedule tile time: each begins where the one before it ends. */
export async function tickInterval(timing: Timing, tick: Date): Promise<TickInterval> {
  const before = await lastTick(timing, new Date(tick.getTime() - 1));
  return { from: before ?? tick, until: tick };
}

/** Instants in (after, until], ascending. */
function* walk(clock: WallClock, timezone: string, after: number, until: number): Generator<number> {
  let before: ZoneStretch | undefined;
  // A move of the clocks just before `after` may have put ticks behind it.
  for (const stretch of zoneStretches(timezone, after - FARTHEST_MOVE_MS, until + 1)) {
    const moved = before && stretch.offsetMs - before.offsetMs;
    if (stretch.until > after) {
      const skipped = moved !== undefined && moved > 0 && before ? shifted(clock, before, moved) : [];
      const repeatedUntil =
        moved !== undefined && moved < 0 && before && !clock.everyHour ? stretch.from + before.offsetMs : undefined;
      for (const tick of merged(skipped, own(clock, stretch, repeatedUntil, after, until)))
        if (tick > after && tick <= until) yield tick;
    }
    before = stretch;
  }
}

/** Times that a move of the clocks forward skips: due so long after the move as they are after its wall-clock time. */
function shifted(clock: WallClock, before: ZoneStretch, movedMs: number): readonly number[] {
  const gap = before.until + before.offsetMs;
  const found: number[] = [];
  for (let wall = clock.next(gap - 1); wall !== undefined && wall < gap + movedMs; wall = clock.next(wall))
    found.push(wall - before.offsetMs);
  return found;
}

function* own(
  clock: WallClock,
  { from, until: end, offsetMs }: ZoneStretch,
  repeatedUntil: number | undefined,
  after: number,
  until: number,
): Generator<number> {
  const start = Math.max(from - 1, after) + offsetMs;
  let wall = clock.next(repeatedUntil === undefined ? start : Math.max(start, repeatedUntil - 1));
  while (wall !== undefined && wall - offsetMs < end && wall - offsetMs <= until) {
    yield wall - offsetMs;
    wall = clock.next(wall);
  }
}

/** Both ascending; what is in both comes once. */
function* merged(first: readonly number[], second: Iterable<number>): Generator<number> {
  let at = 0;
  for (const tick of second) {
    while (at < first.length && (first[at] as number) < tick) yield first[at++] as number;
    if (first[at] === tick) at++;
    yield tick;
  }
  yield* first.slice(at);
}
