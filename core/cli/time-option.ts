// Owns options that say a moment or a length of time.
import { problems } from "../errors/index.ts";
import { parseDurationMs } from "../util/index.ts";
import type { ParsedOptions } from "./parse-arguments.ts";

/** `24h` before now, or a date. Throws `cli/bad-value`. */
export function takeSince(options: ParsedOptions, name: string, nowMs: number): Date | undefined {
  const value = options.text(name);
  if (value === undefined) return undefined;
  const ago = parseDurationMs(value);
  const time = ago === undefined ? Date.parse(value) : nowMs - ago;
  if (Number.isNaN(time) || !/^\d/.test(value))
    throw problems.badOptionValue({
      option: `--${name}`,
      value,
      expected: "how long ago, such as 24h or 7d, or a date such as 2026-03-01 or 2026-03-01T06:00:00Z",
    });
  return new Date(time);
}

/** Throws `cli/bad-value`. */
export function takeDurationMs(options: ParsedOptions, name: string): number | undefined {
  const value = options.text(name);
  if (value === undefined) return undefined;
  const ms = parseDurationMs(value);
  if (ms === undefined || ms === 0)
    throw problems.badOptionValue({ option: `--${name}`, value, expected: "a duration, such as 30m, 12h or 90d" });
  return ms;
}
