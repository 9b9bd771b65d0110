// States of promises from figures alone: tables of cases, and what must hold for all figures.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { attainMinutes, attainSlots } from "../../core/sla/error-budget.ts";
import { type FreshnessFigures, judgeFreshness } from "../../core/sla/judge-freshness.ts";
import { judgeSlots } from "../../core/sla/judge-slot.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.parse("2026-11-26T12:00:00Z");
const figures = (more: Partial<FreshnessFigures>): FreshnessFigures => ({
  now: NOW,
  asOf: NOW - HOUR,
  limitMs: 2 * HOUR,
  warnMs: 90 * MINUTE,
  held: false,
  promisedSince: NOW - 10 * HOUR,
  ...more,
});
const closedToday = { closed: ["thursday"], timezone: "UTC" };

describe("the age of data", () => {
  test.each<[string, Partial<FreshnessFigures>, string, boolean | undefined]>([
    ["inside the target", {}, "OK", true],
    ["of exactly the limit", { asOf: NOW - 2 * HOUR }, "WARN", true],
    ["a millisecond past the limit", { asOf: NOW - 2 * HOUR - 1 }, "BREACH", false],
    ["past the soft limit", { asOf: NOW - 91 * MINUTE }, "WARN", true],
    ["of exactly the soft limit", { asOf: NOW - 90 * MINUTE }, "OK", true],
    ["without a soft limit", { asOf: NOW - 119 * MINUTE, warnMs: undefined }, "OK", true],
    ["expected just in time", { forecast: NOW + HOUR }, "OK", true],
    ["expected a moment too late", { forecast: NOW + HOUR + 1 }, "AT_RISK", true],
    ["past the soft limit and expected too late", { asOf: NOW - 91 * MINUTE, forecast: NOW + 9 * HOUR }, "WARN", true],
    ["held by a test, still young", { held: true }, "HELD", true],
    ["held by a test, too old", { held: true, asOf: NOW - 9 * HOUR }, "HELD", false],
    ["never published, promised a while ago", { asOf: undefined, promisedSince: NOW - HOUR }, "UNKNOWN", undefined],
    ["never published for longer than the limit", { asOf: undefined }, "BREACH", false],
    ["of rows that never age", { asOf: Number.POSITIVE_INFINITY }, "OK", true],
    ["too old on a closed day", { asOf: NOW - 99 * HOUR, calendar: closedToday }, "CLOSED", false],
    ["old because of a closed day only", { asOf: NOW - 13 * HOUR, calendar: closedToday }, "CLOSED", true],
  ])("%s", (_, more, state, good) => {
    expect(judgeFreshness(figures(more))).toMatchObject({ state });
    expect(judgeFreshness(figures(more)).good).toBe(good);
  });

  const rank = ["OK", "AT_RISK", "WARN", "BREACH"];

  test("is never judged milder for being greater", () => {
    fc.assert(
      fc.property(
        fc.nat(10 * HOUR),
        fc.nat(10 * HOUR),
        fc.option(fc.integer({ min: 0, max: 10 * HOUR }), { nil: undefined }),
        fc.constantFrom(undefined, closedToday, { closed: ["wednesday"], timezone: "Asia/Tokyo" }),
        (age, more, until, calendar) => {
          const now = NOW + 24 * HOUR;
          const forecast = until === undefined ? undefined : now + until;
          const judge = (asOf: number) => judgeFreshness(figures({ now, asOf, forecast, calendar }));
          const [young, old] = [judge(now - age), judge(now - age - more)];
          expect(rank.indexOf(old.state)).toBeGreaterThanOrEqual(rank.indexOf(young.state));
          expect(old.deadline).toBeLessThanOrEqual(young.deadline ?? 0);
        },
      ),
    );
  });

  test("is a breach just when the deadline has passed", () => {
    fc.assert(
      fc.property(fc.nat(100 * HOUR), (age) => {
        const { state, deadline = 0 } = judgeFreshness(figures({ asOf: NOW - age, warnMs: undefined }));
        expect(state === "BREACH").toBe(NOW > deadline);
      }),
    );
  });
});

describe("a time of day", () => {
  const slot = (due: number, metAt?: number) => ({
    due: NOW + due * HOUR,
    since: NOW + (due - 4) * HOUR,
    ...(metAt !== undefined && { metAt: NOW + metAt * HOUR }),
  });
  test.each([
    ["not due yet, not begun", [slot(6)], {}, "OK", undefined],
    ["not due yet, expected in time", [slot(2)], { forecast: NOW + HOUR }, "OK", undefined],
    ["not due yet, expected late", [slot(2)], { forecast: NOW + 3 * HOUR }, "AT_RISK", undefined],
    ["not due yet, held by a test", [slot(2)], { held: true }, "HELD", undefined],
    ["met early", [slot(2, -1)], {}, "OK", undefined],
    ["due now and not there", [slot(0)], {}, "BREACH", undefined],
    ["due and held by a test", [slot(-1)], { held: true }, "HELD", false],
    ["met late", [slot(-2, -1), slot(22)], {}, "OK", false],
    ["met in time", [slot(-2, -3), slot(22)], {}, "OK", true],
    ["missed although the day is closed since", [slot(-13)], { calendar: closedToday }, "BREACH", false],
    ["nothing due today", [slot(-13, -14)], { calendar: closedToday }, "CLOSED", true],
    ["promised this moment", [], {}, "UNKNOWN", undefined],
  ])("%s", (_, slots, more, state, good) => {
    const verdict = judgeSlots({ now: NOW, slots, held: false, ...more });
    expect(verdict.state).toBe(state);
    if (good !== undefined) expect(verdict.good).toBe(good);
  });
});

describe("an error budget", () => {
  const day = (n: number) => Date.UTC(2026, 10, n);

  test("of minutes counts every minute in which the promise was broken", () => {
    const changes = [
      { at: day(1), good: true },
      { at: day(3), good: false },
      { at: day(3) + 5 * HOUR, good: true },
    ];
    const attainment = attainMinutes(changes, { from: day(1), to: day(31), target: 0.99 });
    expect(attainment).toMatchObject({ unit: "minutes", total: 43_200, missed: 300, kept: true });
    expect(attainment.allowed).toBeCloseTo(432);
    expect(attainment.burned).toBeCloseTo(300 / 432);
    expect(attainment.attained).toBeCloseTo(1 - 300 / 43_200);
  });

  test("of minutes begins with what was in force, and leaves out what is not known and closed days", () => {
    const changes = [
      { at: day(-5), good: false },
      { at: day(2), good: undefined },
      { at: day(3), good: true },
    ];
    const calendar = { closed: ["2026-11-04"], timezone: "UTC" };
    expect(attainMinutes(changes, { from: day(1), to: day(6), calendar })).toEqual({
      unit: "minutes",
      total: 3 * 1_440,
      missed: 1_440,
      attained: expect.closeTo(2 / 3),
    });
  });

  test.each([
    [1, 0.97, 0, false],
    [0, 0.97, 0, true],
    [1, 0.96, 1, true],
    [2, 0.9, 3, true],
    [4, 0.9, 3, false],
  ])("of thirty slots with %i missed and a target of %f allows %i: kept is %s", (missed, target, allowed, kept) => {
    const slots = Array.from({ length: 30 }, (_, i) => ({
      due: day(i + 1),
      metAt: day(i + 1) + (i < missed ? 1 : -1),
    }));
    expect(attainSlots(slots, { from: day(1), to: day(31), target })).toMatchObject({
      total: 30,
      missed,
      allowed,
      kept,
    });
  });

  test("of nothing is nothing", () => {
    expect(attainSlots([], { from: 0, to: 1 })).toEqual({ unit: "slots", total: 0, missed: 0 });
  });
});
