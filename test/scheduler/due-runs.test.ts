// Owns which ticks get a run after an absence, by catch-up, and that no look at any time changes the whole.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CatchUp } from "../../core/manifest/index.ts";
import { ticksBetween } from "../../core/sla/index.ts";
import { dueRuns, priorityOf, selectionOf } from "../../scheduler/schedules/index.ts";
import { cronSchedule } from "../support/scheduled-mesh.ts";

const at = (text: string) => new Date(text);
const HOUR_MS = 3_600_000;
const OPTIONS = { graceMs: 60_000, limit: 1000 };
const HOURLY = { cron: "5 * * * *", timezone: "Europe/Madrid" };

describe("after 26 hours in which nothing ran, one of them shown twice by the clocks", () => {
  // From 2026-10-24 12:00 Madrid to 2026-10-25 13:00 Madrid (+1): 26 real hours.
  const [from, now] = [at("2026-10-24T10:00:00Z"), at("2026-10-25T12:00:00Z")];
  const all = Array.from({ length: 26 }, (_, i) => new Date(from.getTime() + i * HOUR_MS + 5 * 60_000).toISOString());
  const cases: readonly (readonly [string, CatchUp, readonly string[]])[] = [
    ["none", { mode: "none" }, []],
    ["latest", { mode: "latest" }, all.slice(-1)],
    ["all", { mode: "all" }, all],
    ["a window of six hours", { mode: "window", windowMs: 6 * HOUR_MS }, all.slice(-6)],
  ];
  it.each(cases)("%s", async (_, catchUp, expected) => {
    const due = await dueRuns(HOURLY, from, now, catchUp, OPTIONS);
    expect(due.ticks.map((tick) => tick.toISOString())).toEqual(expected);
    expect([due.lastLogicalAt, due.nextAt]).toEqual([at("2026-10-25T11:05:00Z"), at("2026-10-25T12:05:00Z")]);
  });

  it("none makes a run of a tick that is seen on time", async () => {
    const due = await dueRuns(HOURLY, from, at("2026-10-25T11:05:59Z"), { mode: "none" }, OPTIONS);
    expect(due.ticks).toEqual([at("2026-10-25T11:05:00Z")]);
    const ticksAt = async (now: string) => (await dueRuns(HOURLY, from, at(now), { mode: "none" }, OPTIONS)).ticks;
    expect(await ticksAt("2026-10-25T11:06:00Z"), "to the end of its grace").toHaveLength(1);
    expect(await ticksAt("2026-10-25T11:06:00.001Z")).toEqual([]);
  });
});

it("a window includes the tick at its edge", async () => {
  const catchUp = { mode: "window", windowMs: HOUR_MS } as const;
  const due = await dueRuns(
    { cron: "0 * * * *", timezone: "UTC" },
    at("2026-01-01T00:00Z"),
    at("2026-01-02T00:00Z"),
    catchUp,
    OPTIONS,
  );
  expect(due.ticks).toEqual([at("2026-01-01T23:00Z"), at("2026-01-02T00:00Z")]);
});

it("a clock that was put back finds nothing, and nothing is forgotten", async () => {
  const due = await dueRuns(HOURLY, at("2026-01-02T00:05:00Z"), at("2026-01-01T00:00:00Z"), { mode: "all" }, OPTIONS);
  expect(due).toEqual({ ticks: [], lastLogicalAt: at("2026-01-02T00:05:00Z"), nextAt: at("2026-01-02T01:05:00Z") });
});

it("more than fits into one look is left for the next, oldest first", async () => {
  const timing = { cron: "* * * * *", timezone: "UTC" };
  const due = await dueRuns(
    timing,
    at("2026-01-01T00:00:00Z"),
    at("2026-01-01T01:00:00Z"),
    { mode: "all" },
    { graceMs: 0, limit: 7 },
  );
  expect(due.ticks).toHaveLength(7);
  expect([due.lastLogicalAt, due.nextAt]).toEqual([at("2026-01-01T00:07:00Z"), at("2026-01-01T00:08:00Z")]);
});

it("with catch-up all, looks at any times find every tick once", () =>
  fc.assert(
    fc.asyncProperty(
      fc.constantFrom(
        HOURLY,
        { cron: "30 2 * * *", timezone: "America/New_York" },
        { cron: "*/20 * * * *", timezone: "Australia/Lord_Howe" },
      ),
      fc.array(fc.integer({ min: -3 * 3600, max: 30 * 3600 }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 50 }),
      async (timing, steps, limit) => {
        const start = at("2026-10-23T00:00:00Z");
        let [seen, now, newest] = [start, start.getTime(), start.getTime()];
        const found: Date[] = [];
        for (const step of steps) {
          now += step * 1000;
          newest = Math.max(newest, now);
          for (;;) {
            const due = await dueRuns(timing, seen, new Date(now), { mode: "all" }, { graceMs: 0, limit });
            found.push(...due.ticks);
            seen = due.lastLogicalAt;
            if (due.nextAt === undefined || due.nextAt.getTime() > now) break;
          }
        }
        expect(found).toEqual(await ticksBetween(timing, start, new Date(newest), 1e6));
      },
    ),
    { numRuns: 40 },
  ));

it("how soon a run goes on follows from how often its schedule is due, unless told", async () => {
  const of = (cron: string) => priorityOf(cronSchedule(cron));
  expect(await Promise.all(["5 * * * *", "*/10 * * * *", "0 */2 * * *", "30 2 * * *"].map(of))).toEqual([
    50, 50, 100, 100,
  ]);
  expect(await priorityOf(cronSchedule("30 2 * * *", { priority: 7 }))).toBe(7);
});

it("a schedule selects the models that name it, of its own project", () => {
  expect(selectionOf("shop.hourly")).toBe("project:shop,config.schedule:hourly");
});
