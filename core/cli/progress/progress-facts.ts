// Owns what is told of a step under way: how long, how much, how fast, how much longer.
import { formatDurationMs } from "../../util/index.ts";
import { formatBytes, formatRate, formatShortCount } from "../output/format.ts";
import type { RunningStep } from "./run-view.ts";

/** The first moment says little about the rate. */
const RATE_AFTER_MS = 1_000;

/** `1m 7s`, `12.3M rows`, `410 MB`, `182k rows/s`, `eta 0:12` */
export function progressFacts({ startedMs, rows, bytes, estimate }: RunningStep, nowMs: number): string[] {
  const elapsedMs = Math.max(0, nowMs - startedMs);
  const facts = [formatDurationMs(elapsedMs)];
  if (rows !== undefined) facts.push(rows === 1 ? "1 row" : `${formatShortCount(rows)} rows`);
  if (bytes !== undefined) facts.push(formatBytes(bytes));
  if (elapsedMs >= RATE_AFTER_MS) {
    if (rows !== undefined) facts.push(formatRate(rows, elapsedMs));
    else if (bytes !== undefined) facts.push(`${formatBytes((bytes * 1000) / elapsedMs)}/s`);
    const leftMs = timeLeftMs(elapsedMs, rows, estimate?.rows) ?? timeLeftMs(elapsedMs, bytes, estimate?.bytes);
    if (leftMs !== undefined) facts.push(`eta ${formatClock(leftMs)}`);
  }
  return facts;
}

/** undefined when there is no guess, or more has come than was guessed. */
function timeLeftMs(elapsedMs: number, done: number | undefined, guess: number | undefined): number | undefined {
  if (done === undefined || guess === undefined || done <= 0 || done > guess) return undefined;
  return (elapsedMs * (guess - done)) / done;
}

/** `0:12`, `1:02:03` */
function formatClock(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
