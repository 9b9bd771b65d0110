// Wall clocks of zones, at both changes and far from them.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { instantOfWall, wallTimeMs } from "../../core/util/index.ts";

const utc = (text: string) => Date.parse(`${text}Z`);

test.each([
  ["2026-01-15T12:00", "UTC", "2026-01-15T12:00"],
  ["2026-01-15T12:00", "Europe/Madrid", "2026-01-15T11:00"],
  ["2026-07-15T12:00", "Europe/Madrid", "2026-07-15T10:00"],
  ["2027-03-28T01:59", "Europe/Madrid", "2027-03-28T00:59"],
  ["2027-03-28T02:30", "Europe/Madrid", "2027-03-28T01:30"],
  ["2027-03-28T03:00", "Europe/Madrid", "2027-03-28T01:00"],
  ["2026-10-25T02:30", "Europe/Madrid", "2026-10-25T00:30"],
  ["2026-10-25T03:00", "Europe/Madrid", "2026-10-25T02:00"],
  ["2026-11-01T01:30", "America/New_York", "2026-11-01T05:30"],
  ["2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:45"],
  ["2026-01-15T12:00", "Asia/Kathmandu", "2026-01-15T06:15"],
])("%s in %s is %s UTC", (wall, zone, instant) => {
  expect(new Date(instantOfWall(utc(wall), zone)).toISOString()).toBe(`${instant}:00.000Z`);
});

describe("any instant", () => {
  const zones = [
    "UTC",
    "Europe/Madrid",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "Asia/Kolkata",
  ];
  test("is found again by its wall time, or shows the same in the hour that comes twice", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: utc("1971-01-01T00:00"), max: utc("2037-12-31T00:00") }),
        fc.constantFrom(...zones),
        (instant, zone) => {
          const wall = wallTimeMs(instant, zone);
          const found = instantOfWall(wall, zone);
          expect(wallTimeMs(found, zone)).toBe(wall);
          expect(found).toBeLessThanOrEqual(instant);
        },
      ),
      { numRuns: 300 },
    );
  });
});
