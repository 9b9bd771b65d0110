// Cutting a range: windows that lie end to end, for every type a cursor can have.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { instantOfWall } from "../../core/util/index.ts";
import { type CursorType, type Cut, cutRange, MOST_WINDOWS, positionOf } from "../../core/windows/index.ts";

const INTEGER: CursorType = { type: "BIGINT", kind: "integer" };
const DATE: CursorType = { type: "DATE", kind: "time" };
const TIMESTAMP: CursorType = { type: "TIMESTAMP", kind: "time" };
const INSTANT: CursorType = { type: "TIMESTAMP WITH TIME ZONE", kind: "time" };
const UUID: CursorType = { type: "UUID", kind: "uuid7" };

const by = (every: string, timezone = "UTC"): Cut => ({ every, timezone });
const bounds = (cursor: CursorType, from: string, to: string, cut: Cut) =>
  cutRange(cursor, { from, to }, cut).flatMap((window, i) => (i === 0 ? [window.from, window.to] : [window.to]));

test.each<[string, CursorType, Cut, readonly string[]]>([
  ["integers, the rest in the last", INTEGER, by("100"), ["-50", "50", "150", "200"]],
  ["integers past 64 bits", INTEGER, by("1"), ["18446744073709551614", "18446744073709551615", "18446744073709551616"]],
  ["dates by days", DATE, by("1d"), ["2024-02-28", "2024-02-29", "2024-03-01", "2024-03-02"]],
  ["dates by weeks", DATE, by("7d"), ["2024-02-28", "2024-03-06", "2024-03-10"]],
  ["times by hours", TIMESTAMP, by("12h"), ["2024-01-01 06:00:00", "2024-01-01 18:00:00", "2024-01-02 00:00:00"]],
  [
    "times with parts of a second, which each window keeps",
    TIMESTAMP,
    by("1d"),
    ["2024-01-01 00:00:00.123456", "2024-01-02 00:00:00.123456", "2024-01-02 12:00:00"],
  ],
  [
    "nanoseconds",
    { type: "TIMESTAMP_NS", kind: "time" },
    by("1d"),
    ["2024-01-01 00:00:00.000000001", "2024-01-02 00:00:00.000000001", "2024-01-03 00:00:00"],
  ],
  ["a range shorter than one window", TIMESTAMP, by("1d"), ["2024-01-01 00:00:00", "2024-01-01 06:00:00"]],
  [
    "UUIDs by the time in them",
    UUID,
    by("1d"),
    [
      "018cc251-f400-7abc-8000-0123456789ab",
      "018cc778-5000-0000-0000-000000000000",
      "018ccc9e-ac00-0000-0000-000000000000",
    ],
  ],
])("%s", (_, cursor, cut, expected) => {
  expect(bounds(cursor, expected[0] ?? "", expected.at(-1) ?? "", cut)).toEqual(expected);
});

describe("days of a calendar", () => {
  test.each<[string, string, readonly string[]]>([
    [
      "the day in spring has 23 hours",
      "Europe/Madrid",
      ["2027-03-26 23:00:00+00", "2027-03-27 23:00:00+00", "2027-03-28 22:00:00+00", "2027-03-29 22:00:00+00"],
    ],
    [
      "the day in autumn has 25 hours",
      "Europe/Madrid",
      ["2026-10-23 22:00:00+00", "2026-10-24 22:00:00+00", "2026-10-25 23:00:00+00", "2026-10-26 23:00:00+00"],
    ],
    [
      "a day that begins at a time that does not come that day begins when it would have",
      "Europe/Madrid",
      ["2027-03-27 01:30:00+00", "2027-03-28 01:30:00+00", "2027-03-29 00:30:00+00", "2027-03-30 00:30:00+00"],
    ],
    [
      "in UTC every day is alike",
      "UTC",
      ["2027-03-27 00:00:00+00", "2027-03-28 00:00:00+00", "2027-03-29 00:00:00+00"],
    ],
  ])("%s", (_, zone, expected) => {
    expect(bounds(INSTANT, expected[0] ?? "", expected.at(-1) ?? "", by("1d", zone))).toEqual(expected);
  });

  test("hours are hours, whatever the clock shows", () => {
    const cut = cutRange(
      INSTANT,
      { from: "2026-10-24 22:00:00+00", to: "2026-10-25 23:00:00+00" },
      by("1h", "Europe/Madrid"),
    );
    expect(cut).toHaveLength(25);
  });

  test("an offset in the text of a bound counts", () => {
    expect(bounds(INSTANT, "2026-07-01 00:00:00+02", "2026-07-03 00:00:00+02", by("1d", "Europe/Madrid"))).toEqual([
      "2026-07-01 00:00:00+02",
      "2026-07-01 22:00:00+00",
      "2026-07-03 00:00:00+02",
    ]);
  });
});

describe("at given instants", () => {
  const at = (...instants: readonly string[]): Cut => ({
    at: instants.map((text) => new Date(text)),
    timezone: "Europe/Madrid",
  });
  test("only those within the range cut it", () => {
    expect(
      bounds(
        INSTANT,
        "2026-01-01 00:00:00+00",
        "2026-01-03 00:00:00+00",
        at("2025-12-31T00:00Z", "2026-01-01T00:00Z", "2026-01-02T01:30Z", "2026-01-03T00:00Z"),
      ),
    ).toEqual(["2026-01-01 00:00:00+00", "2026-01-02 01:30:00+00", "2026-01-03 00:00:00+00"]);
  });
  test("a date is cut where the day begins, by the zone's clock", () => {
    expect(bounds(DATE, "2026-01-01", "2026-01-04", at("2026-01-01T23:30Z", "2026-01-02T23:30Z"))).toEqual([
      "2026-01-01",
      "2026-01-02",
      "2026-01-03",
      "2026-01-04",
    ]);
  });
  test("the hour that a clock shows twice is cut once", () => {
    expect(
      bounds(
        TIMESTAMP,
        "2026-10-25 01:00:00",
        "2026-10-25 04:00:00",
        at("2026-10-25T00:00Z", "2026-10-25T01:00Z", "2026-10-25T02:00Z"),
      ),
    ).toEqual(["2026-10-25 01:00:00", "2026-10-25 02:00:00", "2026-10-25 03:00:00", "2026-10-25 04:00:00"]);
  });
});

test.each<[CursorType, string, string, string, string]>([
  [INTEGER, "0", "10", "1d", "backfill/bad-step"],
  [INTEGER, "0", "10", "0", "backfill/bad-step"],
  [TIMESTAMP, "2024-01-01 00:00:00", "2024-02-01 00:00:00", "100", "backfill/bad-step"],
  [TIMESTAMP, "2024-01-01 00:00:00", "2024-02-01 00:00:00", "0d", "backfill/bad-step"],
  [DATE, "2024-01-01", "2024-02-01", "12h", "backfill/bad-step"],
  [TIMESTAMP, "2024-01-01 00:00:00", "infinity", "1d", "backfill/range-not-cuttable"],
  [DATE, "0044-03-15 (BC)", "2024-01-01", "1d", "backfill/range-not-cuttable"],
  [INTEGER, "0", "10000000000", "1", "backfill/too-many-windows"],
])("%o from %s to %s by %s is refused: %s", (cursor, from, to, every, code) => {
  expect(() => cutRange(cursor, { from, to }, by(every))).toThrow(expect.objectContaining({ code }));
});

test("as many windows as there may be are cut", () => {
  expect(cutRange(INTEGER, { from: "0", to: String(MOST_WINDOWS) }, by("1"))).toHaveLength(MOST_WINDOWS);
});

describe("any range", () => {
  const ms = fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2040, 0) });
  const lengthMs = fc.integer({ min: 1, max: 40 * 86_400_000 });
  const zone = fc.constantFrom("UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata");
  const step = fc.constantFrom("1d", "2d", "7d", "12h", "5h", "90m", "1d12h");
  const tiles = (cursor: CursorType, from: string, to: string, cut: Cut) => {
    const windows = cutRange(cursor, { from, to }, cut);
    expect(windows[0]?.from).toBe(from);
    expect(windows.at(-1)?.to).toBe(to);
    windows.forEach((window, i) => {
      if (i > 0) expect(window.from).toBe(windows[i - 1]?.to);
      const [start, end] = [positionOf(cursor, window.from), positionOf(cursor, window.to)];
      expect(start !== undefined && end !== undefined && start < end, `${window.from} < ${window.to}`).toBe(true);
    });
  };

  test("of times is tiled exactly: no gap, no overlap, no empty window", () => {
    fc.assert(
      fc.property(ms, lengthMs, step, zone, fc.boolean(), (start, length, every, timezone, instant) => {
        const text = (at: number) =>
          new Date(at)
            .toISOString()
            .replace("T", " ")
            .replace("Z", instant ? "+00" : "");
        tiles(instant ? INSTANT : TIMESTAMP, text(start), text(start + length), { every, timezone });
      }),
    );
  });
  test("of integers is tiled exactly", () => {
    fc.assert(
      fc.property(
        fc.bigInt(-(2n ** 70n), 2n ** 70n),
        fc.bigInt(1n, 5_000n),
        fc.bigInt(1n, 5_000n),
        (from, length, every) => tiles(INTEGER, String(from), String(from + length), by(String(every))),
      ),
    );
  });
  test("cut at any instants, in any order, is tiled exactly", () => {
    fc.assert(
      fc.property(ms, lengthMs, fc.array(ms), zone, fc.boolean(), (start, length, at, timezone, instant) => {
        const text = (time: number) =>
          new Date(time)
            .toISOString()
            .replace("T", " ")
            .replace("Z", instant ? "+00" : "");
        const near = at.map((time) => new Date(start + (time % (2 * length)) - length / 2));
        tiles(instant ? INSTANT : TIMESTAMP, text(start), text(start + length), { at: near, timezone });
      }),
    );
  });
  test("of days in a zone is cut at every midnight by the zone's clock, and nowhere else", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 18_000 }), zone, (day, timezone) => {
        const midnight = (n: number) => instantOfWall(Date.UTC(1990, 0, 1 + day + n), timezone);
        const text = (time: number) => `${new Date(time).toISOString().slice(0, 19).replace("T", " ")}+00`;
        const expected = [0, 1, 2, 3, 4, 5].map((n) => text(midnight(n)));
        expect(bounds(INSTANT, expected[0] ?? "", expected[5] ?? "", by("1d", timezone))).toEqual(expected);
      }),
    );
  });
});
