// Owns what a rehearsed clock shows, and how it is written.
import fc from "fast-check";
import { expect, test } from "vitest";
import { readScheduleClock, rehearsedTime } from "../../core/state/index.ts";

test("a rehearsed clock starts where it is told and goes as fast as it is told", () => {
  const clock = { realStart: new Date("2026-01-01T00:00:00Z"), ...readScheduleClock("2026-10-25T00:00:00Z*60") };
  if (clock.rehearsedStart === undefined) throw new Error("not read");
  const shown = (real: string) =>
    rehearsedTime(clock as Parameters<typeof rehearsedTime>[0], new Date(real)).toISOString();
  expect(shown("2026-01-01T00:00:00Z")).toBe("2026-10-25T00:00:00.000Z");
  expect(shown("2026-01-01T00:01:00Z")).toBe("2026-10-25T01:00:00.000Z");
  expect(shown("2025-12-31T00:00:00Z"), "a wall clock that jumps back").toBe("2026-10-25T00:00:00.000Z");
});

test.each([
  "",
  "soon",
  "2026-10-25",
  "2026-10-25T00:00Z*0",
  "2026-10-25T00:00Z*-1",
  "2026-13-25T00:00:00Z",
  "2026-10-25T00:00:00",
])("%j is no clock", (text) => expect(readScheduleClock(text)).toBe(undefined));

test("it never goes back, however fast it is", () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e9 }),
      fc.integer({ min: 0, max: 1e9 }),
      fc.integer({ min: 1, max: 1e5 }),
      (a, b, speed) => {
        const clock = { realStart: new Date(0), rehearsedStart: new Date("2026-01-01T00:00:00Z"), speed: speed / 10 };
        const [first, second] = [Math.min(a, b), Math.max(a, b)];
        expect(+rehearsedTime(clock, new Date(second))).toBeGreaterThanOrEqual(+rehearsedTime(clock, new Date(first)));
      },
    ),
  ));
