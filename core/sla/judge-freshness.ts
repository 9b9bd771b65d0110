// Owns the state of one promise about the age of data, from figures alone. Whose fault it is, is not asked here.
import type { Calendar } from "../manifest/index.ts";
import { afterOpenMs, isClosedAt, openMsBetween } from "./open-time.ts";
import type { LevelState } from "./types.ts";

export interface FreshnessFigures {
  readonly now: number;
  /** The oldest instant its published rows show; absent when nothing is published. */
  readonly asOf?: number | undefined;
  readonly limitMs: number;
  readonly warnMs?: number | undefined;
  readonly calendar?: Calendar | undefined;
  /** When newer rows are expected to be published, with the 95th percentile of how long it took before. */
  readonly forecast?: number | undefined;
  /** A test of its own holds back newer rows. */
  readonly held: boolean;
  /** Since when it has been promised. A table that was never published is late when that is longer ago than the limit. */
  readonly promisedSince: number;
}

export interface FreshnessVerdict {
  readonly state: Exclude<LevelState, "INHERITED">;
  readonly good?: boolean;
  readonly deadline?: number;
}

export function judgeFreshness(figures: FreshnessFigures): FreshnessVerdict {
  const { now, asOf, limitMs, warnMs, calendar, forecast, held, promisedSince } = figures;
  const from = asOf ?? promisedSince;
  const age = openMsBetween(calendar, from, now);
  const late = Number.isFinite(from) && age > limitMs;
  const deadline = Number.isFinite(from) ? afterOpenMs(calendar, from, limitMs) : undefined;
  const known = asOf !== undefined || late;
  const verdict = { ...(known && { good: !late }), ...(deadline !== undefined && { deadline }) };
  const state = (): FreshnessVerdict["state"] => {
    if (isClosedAt(calendar, now)) return "CLOSED";
    if (held) return "HELD";
    if (late) return "BREACH";
    if (asOf === undefined) return "UNKNOWN";
    if (warnMs !== undefined && Number.isFinite(from) && age > warnMs) return "WARN";
    if (forecast !== undefined && deadline !== undefined && forecast > deadline) return "AT_RISK";
    return "OK";
  };
  return { state: state(), ...verdict };
}
