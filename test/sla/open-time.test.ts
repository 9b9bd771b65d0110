// Days of zones and calendars: both switches of the clocks, closed days, times of day.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Calendar } from "../../core/manifest/index.ts";
import { afterOpenMs, dueTimes, isClosedAt, openMsBetween } from "../../core/sla/open-time.ts";
import { dayOf, instantOf } from "../../core/sla/zone-time.ts";

const HOUR = 3_600_000;
const at = (text: string) => Date.parse(text);
const iso = (ms: number) => new Date(ms).toISOString();
const weekend: Calendar = { closed: ["saturday", "sunday", "2026-12-24..2026-12-26"], timezone: "Europe/Madrid" };

describe("a time of a day in a zone", () => {
  test.each([
    ["an ordinary day", "Europe/Madrid", "2026-11-26", "06:00", "2026-11-26T05:00:00.000Z"],
    ["a summer day", "Europe/Madrid", "2026-07-01", "06:00", "2026-07-01T04:00:00.000Z"],
    ["the hour that does not exist", "Europe/Madrid", "2027-03-28", "02:30", "2027-03-28T01:00:00.000Z"],
    ["the hour that comes twice: the first", "Europe/Madrid", "2026-10-25", "02:30", "2026-10-25T00:30:00.000Z"],
    ["west of Greenwich", "America/New_York", "2026-11-26", "23:30", "2026-11-27T04:30:00.000Z"],
    ["half an hour off", "Asia/Kolkata", "2026-11-26", "00:00", "2026-11-25T18:30:00.000Z"],
  ])("%s", (_, zone, day, time, expected) => {
    expect(iso(instantOf(zone, day, time))).toBe(expected);
  });

  test("every midnight of three zones over two years falls on its own day", () => {
    for (const zone of ["Europe/Madrid", "America/New_York", "UTC"])
      for (let day = 0; day < 731; day++) {
        const name = new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10);
        const start = instantOf(zone, name);
        expect([dayOf(zone, start), dayOf(zone, start - 1) < name]).toEqual([name, true]);
      }
  });
});

describe("closed days", () => {
  test.each([
    ["2026-11-27T22:59:59Z", false],
    ["2026-11-27T23:00:00Z", true],
    ["2026-11-29T22:59:59Z", true],
    ["2026-11-29T23:00:00Z", false],
    ["2026-12-25T12:00:00Z", true],
    ["2026-12-23T12:00:00Z", false],
  ])("%s is closed: %s", (text, closed) => {
    expect(isClosedAt(weekend, at(text))).toBe(closed);
  });

  test("do not count towards an age, and a limit ends after them", () => {
    const friday = at("2026-11-27T01:30:00Z");
    expect(openMsBetween(weekend, friday, at("2026-11-30T01:30:00Z")) / HOUR).toBe(24);
    expect(iso(afterOpenMs(weekend, friday, 26 * HOUR))).toBe("2026-11-30T03:30:00.000Z");
  });

  test("a calendar on which every day is closed never lets a limit end", () => {
    const never = { closed: ["2020-01-01..2099-12-31"], timezone: "UTC" };
    expect(afterOpenMs(never, at("2026-01-01T00:00:00Z"), HOUR)).toBe(Number.POSITIVE_INFINITY);
  });

  test("the end of a limit is the first instant by which so much open time has passed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000 * HOUR }), fc.integer({ min: 1, max: 300 * HOUR }), (from, limit) => {
        const start = at("2026-10-01T00:00:00Z") + from;
        const end = afterOpenMs(weekend, start, limit);
        expect(openMsBetween(weekend, start, end)).toBe(limit);
        expect(openMsBetween(weekend, start, end - 1)).toBe(limit - 1);
      }),
      { numRuns: 200 },
    );
  });
});

test("what is due by a time of day is due once on each open day, in summer and in winter", () => {
  const due = dueTimes("Europe/Madrid", "06:00", weekend, at("2026-10-22T12:00:00Z"), at("2026-10-27T12:00:00Z"));
  expect(due.map(iso)).toEqual(["2026-10-23T04:00:00.000Z", "2026-10-26T05:00:00.000Z", "2026-10-27T05:00:00.000Z"]);
});
