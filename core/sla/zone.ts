// Owns how far a zone's clocks are from UTC, and when that changes, as the runtime's own zone database says it.
import { wallTimeMs } from "../util/index.ts";

/** A stretch of time in which a zone's clocks go evenly: wall time is the instant plus `offsetMs`. Instants in milliseconds since 1970. */
export interface ZoneStretch {
  /** Inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly until: number;
  readonly offsetMs: number;
}

interface Change {
  readonly at: number;
  readonly offsetMs: number;
}

const DAY_MS = 86_400_000;
/** By zone and UTC year. */
const changesOf = new Map<string, readonly Change[]>();
const MOST_REMEMBERED = 10_000;

/** Wall time minus instant. */
function offsetAt(timezone: string, at: number): number {
  return wallTimeMs(at, timezone) - at;
}

/** What the zone's clocks show: `2026-10-25 02:30`. */
export function wallTime(timezone: string, at: Date): string {
  const shown = new Date(wallTimeMs(at.getTime(), timezone));
  return shown.toISOString().slice(0, 16).replace("T", " ");
}

/** The stretches that make up [from, until), in order; the first and the last reach beyond it. */
export function* zoneStretches(timezone: string, from: number, until: number): Generator<ZoneStretch> {
  let start = { at: Number.NEGATIVE_INFINITY, offsetMs: offsetAt(timezone, from) };
  // A change before `from` counts too: it says since when the stretch has gone on.
  const first = new Date(from).getUTCFullYear() - 1;
  for (let year = first; Date.UTC(year, 0, 1) < until; year++) {
    for (const change of changesIn(timezone, year)) {
      if (change.at > from && start.at < until) yield { from: start.at, until: change.at, offsetMs: start.offsetMs };
      start = change;
    }
  }
  if (start.at < until) yield { from: start.at, until: Number.POSITIVE_INFINITY, offsetMs: start.offsetMs };
}

function changesIn(timezone: string, year: number): readonly Change[] {
  const key = `${timezone} ${year}`;
  const known = changesOf.get(key);
  if (known) return known;
  const found: Change[] = [];
  const end = Date.UTC(year + 1, 0, 1);
  let at = Date.UTC(year, 0, 1);
  let offsetMs = offsetAt(timezone, at);
  while (at < end) {
    const next = Math.min(at + DAY_MS, end);
    const then = offsetAt(timezone, next);
    if (then !== offsetMs) found.push({ at: changeBetween(timezone, at, next), offsetMs: then });
    at = next;
    offsetMs = then;
  }
  if (changesOf.size >= MOST_REMEMBERED) changesOf.clear();
  changesOf.set(key, found);
  return found;
}

/** The first second that has the later offset. */
function changeBetween(timezone: string, before: number, after: number): number {
  const offset = offsetAt(timezone, before);
  let [low, high] = [before / 1000, after / 1000];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(timezone, middle * 1000) === offset) low = middle;
    else high = middle;
  }
  return high * 1000;
}
