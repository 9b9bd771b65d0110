// Owns when schedules are due: a table of every change of the clocks in two years, and what is true of all ticks everywhere.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lastTick, nextTick, type Timing, tickInterval, ticksBetween } from "../../core/sla/index.ts";

const at = (text: string) => new Date(text);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Ticks as `02:00Z`, of the eight hours around a change of the clocks. */
async function around(change: string, timing: Timing): Promise<string> {
  const middle = at(change).getTime();
  const ticks = await ticksBetween(timing, new Date(middle - 3 * HOUR_MS - 1), new Date(middle + 3 * HOUR_MS), 100);
  return ticks.map((tick) => tick.toISOString().slice(11, 16)).join(" ");
}

/** zone, instant of the change, then the ticks (UTC) three hours before and after it: hourly, daily in the middle of the change, every half hour of it. */
const CHANGES: readonly (readonly [string, string, string, string, string])[] = [
  // Forward at 02:00 to 03:00: 23 hours. What 02:xx would have been is due at 03:xx.
  ["Europe/Madrid", "2026-03-29T01:00Z", "22:00 23:00 00:00 01:00 02:00 03:00 04:00", "01:30", "01:00 01:30"],
  ["Europe/Madrid", "2027-03-28T01:00Z", "22:00 23:00 00:00 01:00 02:00 03:00 04:00", "01:30", "01:00 01:30"],
  // Back at 03:00 to 02:00: 25 hours. What is at 02:xx is due the first time.
  ["Europe/Madrid", "2026-10-25T01:00Z", "22:00 23:00 00:00 01:00 02:00 03:00 04:00", "00:30", "00:00 00:30"],
  ["Europe/Madrid", "2027-10-31T01:00Z", "22:00 23:00 00:00 01:00 02:00 03:00 04:00", "00:30", "00:00 00:30"],
  ["America/New_York", "2026-03-08T07:00Z", "04:00 05:00 06:00 07:00 08:00 09:00 10:00", "07:30", "07:00 07:30"],
  ["America/New_York", "2027-03-14T07:00Z", "04:00 05:00 06:00 07:00 08:00 09:00 10:00", "07:30", "07:00 07:30"],
  // Back at 02:00 to 01:00: 02:30 comes once, after it.
  ["America/New_York", "2026-11-01T06:00Z", "03:00 04:00 05:00 06:00 07:00 08:00 09:00", "07:30", "07:00 07:30"],
  ["America/New_York", "2027-11-07T06:00Z", "03:00 04:00 05:00 06:00 07:00 08:00 09:00", "07:30", "07:00 07:30"],
  // By half an hour, at 02:00 to 02:30 and to 01:30: the full hour that is skipped is due half an hour later on the clock.
  ["Australia/Lord_Howe", "2026-10-03T15:30Z", "12:30 13:30 14:30 15:30 16:00 17:00 18:00", "15:30", "15:30"],
  ["Australia/Lord_Howe", "2027-10-02T15:30Z", "12:30 13:30 14:30 15:30 16:00 17:00 18:00", "15:30", "15:30"],
  ["Australia/Lord_Howe", "2026-04-04T15:00Z", "12:00 13:00 14:00 15:30 16:30 17:30", "16:00", "15:30 16:00"],
  ["Australia/Lord_Howe", "2027-04-03T15:00Z", "12:00 13:00 14:00 15:30 16:30 17:30", "16:00", "15:30 16:00"],
];

describe("where clocks change", () => {
  it.each(CHANGES)("%s at %s: hourly %s, daily %s, half-hourly %s", async (timezone, change, hourly, daily, half) => {
    expect(await around(change, { cron: "0 * * * *", timezone })).toBe(hourly);
    expect(await around(change, { cron: "30 2 * * *", timezone })).toBe(daily);
    expect(await around(change, { cron: "*/30 2 * * *", timezone })).toBe(half);
  });

  it("a time that comes twice is due the first time, also in New York, where it is half past one", async () => {
    expect(await around("2026-11-01T06:00Z", { cron: "30 1 * * *", timezone: "America/New_York" })).toBe("05:30");
  });

  it("times that a skipped one falls on are due once", async () => {
    const timing = { cron: "10,30 2,3 * * *", timezone: "Europe/Madrid" };
    expect(await around("2026-03-29T01:00Z", timing)).toBe("01:10 01:30");
  });

  it("a day that is skipped whole is made up for", async () => {
    const ticks = await ticksBetween(
      { cron: "0 12 * * *", timezone: "Pacific/Apia" },
      at("2011-12-29T12:00Z"),
      at("2012-01-01T12:00Z"),
      9,
    );
    // Samoa had no 30 December 2011: its noon and that of the 31st are one instant.
    expect(ticks.map((tick) => tick.toISOString())).toEqual([
      "2011-12-29T22:00:00.000Z",
      "2011-12-30T22:00:00.000Z",
      "2011-12-31T22:00:00.000Z",
    ]);
  });
});

/** The ticks worked out another way: a list of all quarter hours of a zone with what its clocks show, searched for each wall-clock time. */
function searched(timezone: string, matches: (wall: Date) => boolean, everyHour: boolean, from: Date, until: Date) {
  const QUARTER_MS = 900_000;
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: timezone, dateStyle: "short", timeStyle: "medium" });
  const shown = new Map<number, number[]>();
  const firstMs = from.getTime() - 2 * DAY_MS;
  let reached = Number.NEGATIVE_INFINITY;
  const skipped: [number, number][] = [];
  for (let instant = firstMs; instant <= until.getTime() + 2 * DAY_MS; instant += QUARTER_MS) {
    const wall = Date.parse(`${format.format(instant).replace(" ", "T")}Z`);
    shown.set(wall, [...(shown.get(wall) ?? []), instant]);
    for (let missing = reached + QUARTER_MS; instant > firstMs && missing < wall; missing += QUARTER_MS)
      skipped.push([missing, instant + (missing - reached - QUARTER_MS)]);
    reached = Math.max(reached, wall);
  }
  const found = new Set<number>();
  for (const [wall, instants] of shown)
    if (matches(new Date(wall))) for (const instant of everyHour ? instants : instants.slice(0, 1)) found.add(instant);
  for (const [wall, instant] of skipped) if (matches(new Date(wall))) found.add(instant);
  return [...found]
    .filter((instant) => instant > from.getTime() && instant <= until.getTime())
    .sort((a, b) => a - b)
    .map((instant) => new Date(instant).toISOString());
}

it.each(["Europe/Madrid", "America/New_York", "Australia/Lord_Howe"])(
  "two years of ticks in %s are those found by looking at every quarter of an hour",
  async (timezone) => {
    const [from, until] = [at("2026-01-01T00:00Z"), at("2028-01-01T00:00Z")];
    const ticks = async (cron: string) =>
      (await ticksBetween({ cron, timezone }, from, until, 1e6)).map((tick) => tick.toISOString());
    const minute = (wall: Date, minutes: number) => wall.getUTCMinutes() === minutes;
    expect(await ticks("0 * * * *")).toEqual(searched(timezone, (wall) => minute(wall, 0), true, from, until));
    expect(await ticks("30 2 * * *")).toEqual(
      searched(timezone, (wall) => wall.getUTCHours() === 2 && minute(wall, 30), false, from, until),
    );
    expect(await ticks("*/30 2 * * *")).toEqual(
      searched(timezone, (wall) => wall.getUTCHours() === 2 && wall.getUTCMinutes() % 30 === 0, false, from, until),
    );
  },
);

const timings = fc.record({
  cron: fc.constantFrom(
    "0 * * * *",
    "30 2 * * *",
    "*/30 2 * * *",
    "*/7 1-3 * * *",
    "15 1,2 * * *",
    "0 */2 * * *",
    "0 3 * * 1",
    "0 0 1 * *",
    "0 0 13 * 5",
    "30 30 2 * * *",
    "0 2 L * *",
    "*/20 * * * *",
  ),
  timezone: fc.constantFrom(
    "UTC",
    "Europe/Madrid",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Africa/Casablanca",
    "Asia/Kathmandu",
  ),
});
const changes = CHANGES.map(([, change]) => at(change).getTime());
/** Any second of two years, and most often one near a change of the clocks. */
const instants = fc.oneof(
  fc.integer({ min: at("2026-01-01").getTime() / 1000, max: at("2027-12-31").getTime() / 1000 }).map((s) => s * 1000),
  fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -8 * 3600, max: 8 * 3600 }))
    .map(([change, s]) => change + s * 1000),
);

describe("whatever the expression, the zone and the instant", () => {
  it("the intervals of ticks tile time: no gap, no overlap", () =>
    fc.assert(
      fc.asyncProperty(timings, instants, async (timing, start) => {
        const first = await nextTick(timing, new Date(start));
        const second = first && (await nextTick(timing, first));
        if (!first || !second) throw new Error("no tick");
        const [one, two] = [await tickInterval(timing, first), await tickInterval(timing, second)];
        expect(one.until).toEqual(two.from);
        expect(one.from.getTime()).toBeLessThanOrEqual(start);
        expect(one.from.getTime()).toBeLessThan(one.until.getTime());
      }),
      { numRuns: 120 },
    ));

  it("cutting a stretch of time anywhere gives the same ticks, each once", () =>
    fc.assert(
      fc.asyncProperty(
        timings,
        instants,
        fc.integer({ min: 1, max: 20 * 24 * 60 }),
        fc.nat(),
        async (timing, start, minutes, cut) => {
          const [from, until] = [new Date(start), new Date(start + minutes * 60_000)];
          const middle = new Date(start + (cut % (minutes * 60)) * 1000);
          const whole = await ticksBetween(timing, from, until, 1e6);
          const parts = [await ticksBetween(timing, from, middle, 1e6), await ticksBetween(timing, middle, until, 1e6)];
          expect(parts.flat()).toEqual(whole);
          expect(await ticksBetween(timing, from, until, 2)).toEqual(whole.slice(0, 2));
          if (whole.length > 0) {
            expect(await nextTick(timing, from)).toEqual(whole[0]);
            expect(await lastTick(timing, until)).toEqual(whole.at(-1));
          }
        },
      ),
      { numRuns: 50 },
    ));
});

it("an expression that comes once in eight years is found in both directions", async () => {
  const timing = { cron: "0 0 29 2 *", timezone: "UTC" };
  expect(await nextTick(timing, at("2096-03-01"))).toEqual(at("2104-02-29"));
  expect(await lastTick(timing, at("2104-02-01"))).toEqual(at("2096-02-29"));
});
