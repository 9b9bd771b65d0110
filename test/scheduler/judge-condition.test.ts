// When a schedule that waits for data is due, and what it says about it.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Condition,
  type ConditionView,
  judgeCondition,
  type UpstreamView,
} from "../../scheduler/conditions/index.ts";

const at = (minutes: number) => new Date(Date.UTC(2026, 10, 22, 10, minutes));
const condition = (on: Condition["on"], more: Partial<Condition> = {}): Condition => ({
  on,
  upstream: ["a.x", "b.y"],
  settleMs: 0,
  minIntervalMs: 0,
  afterMaxWait: "run",
  ...more,
});
const minutes = (n: number) => n * 60_000;
const read = (model: string, publishedAt: number): UpstreamView => ({
  model,
  sequence: 1,
  publishedAt: at(publishedAt),
});
const unread = (model: string, unreadSince: number, publishedAt = unreadSince): UpstreamView => ({
  model,
  sequence: 9,
  publishedAt: at(publishedAt),
  unreadSince: at(unreadSince),
});
const never = (model: string): UpstreamView => ({ model });
const view = (upstream: readonly UpstreamView[], more: Partial<ConditionView> = {}): ConditionView => ({
  upstream,
  ...more,
});

describe("any_new", () => {
  test.each<[string, Partial<Condition>, ConditionView, number, boolean, string]>([
    [
      "nothing was published",
      {},
      view([never("a.x"), never("b.y")]),
      0,
      false,
      "Nothing new: a.x (never published), b.y (never published).",
    ],
    [
      "everything was read",
      {},
      view([read("a.x", 1), read("b.y", 2)]),
      5,
      false,
      "Nothing new: a.x (last published 2026-11-22 10:01:00 UTC), b.y (last published 2026-11-22 10:02:00 UTC).",
    ],
    ["one is new", {}, view([read("a.x", 1), unread("b.y", 2)]), 5, true, "b.y is new since 2026-11-22 10:02:00 UTC."],
    [
      "new, not yet quiet",
      { settleMs: minutes(2) },
      view([unread("a.x", 1, 4)]),
      5,
      false,
      "a.x is new since 2026-11-22 10:01:00 UTC. Settles until 2026-11-22 10:06:00 UTC.",
    ],
    ["new and quiet", { settleMs: minutes(2) }, view([unread("a.x", 1, 4)]), 6, true, "a.x is new"],
    [
      "never quiet, for ten times as long",
      { settleMs: minutes(2) },
      view([unread("a.x", 1, 21)]),
      21,
      true,
      "a.x is new",
    ],
    [
      "too soon after the last run",
      { minIntervalMs: minutes(10) },
      view([unread("a.x", 1)], { lastStartedAt: at(0) }),
      9,
      false,
      "Its min_interval ends at 2026-11-22 10:10:00 UTC.",
    ],
    [
      "long enough after the last run",
      { minIntervalMs: minutes(10) },
      view([unread("a.x", 1)], { lastStartedAt: at(0) }),
      10,
      true,
      "a.x is new",
    ],
    [
      "paused",
      {},
      view([unread("a.x", 1)], { pause: "paused by ana" }),
      5,
      false,
      "a.x is new since 2026-11-22 10:01:00 UTC. It is paused by ana.",
    ],
    [
      "its run waits",
      {},
      view([unread("a.x", 1)], { waiting: "r1" }),
      5,
      false,
      "Its run r1 has not begun; it will read whatever is newest when it does.",
    ],
    [
      "its run was skipped a moment ago",
      {},
      view([unread("a.x", 1)], { skippedUntil: at(6) }),
      5,
      false,
      "Its last run did not begin; it is asked for again at 2026-11-22 10:06:00 UTC.",
    ],
    [
      "its run was skipped a while ago",
      {},
      view([unread("a.x", 1)], { skippedUntil: at(6) }),
      6,
      true,
      "a.x is new since",
    ],
    [
      "no run may be asked for while one goes on",
      {},
      view([unread("a.x", 1)], { running: "r0" }),
      5,
      false,
      "Its run r0 goes on.",
    ],
    ["it waits for nothing", { upstream: [] }, view([]), 5, false, "It waits for no model, so it is never due."],
  ])("%s", (_, more, seen, now, due, why) => {
    const judged = judgeCondition(condition("any_new", more), seen, at(now));
    expect(judged).toMatchObject({ due, late: false, why: expect.stringContaining(why) });
  });
});

describe("all_new", () => {
  test.each<[string, Partial<Condition>, ConditionView, number, Partial<ReturnType<typeof judgeCondition>>]>([
    ["all are new", {}, view([unread("a.x", 1), unread("b.y", 2)]), 3, { due: true, awaited: [] }],
    [
      "one is awaited, without end",
      {},
      view([unread("a.x", 1), read("b.y", 0)]),
      3_000,
      {
        due: false,
        late: false,
        fresh: ["a.x"],
        awaited: ["b.y"],
        why: "a.x is new since 2026-11-22 10:01:00 UTC; still waits for b.y (last published 2026-11-22 10:00:00 UTC).",
      },
    ],
    [
      "one is awaited, until then",
      { maxWaitMs: minutes(60) },
      view([unread("a.x", 1), never("b.y")]),
      60,
      { due: false, againAt: at(61) },
    ],
    [
      "waited long enough, run",
      { maxWaitMs: minutes(60) },
      view([unread("a.x", 1), never("b.y")]),
      61,
      { due: true, late: false },
    ],
    [
      "waited long enough, alert",
      { maxWaitMs: minutes(60), afterMaxWait: "alert" },
      view([unread("a.x", 1), never("b.y")]),
      61,
      { due: false, late: true, why: expect.stringContaining("so it is late.") as unknown as string },
    ],
    [
      "late, but its run has not begun",
      { maxWaitMs: minutes(60), afterMaxWait: "alert" },
      view([unread("a.x", 1), never("b.y")], { waiting: "r1" }),
      61,
      { due: false, late: false, why: expect.stringContaining("r1 has not begun") as unknown as string },
    ],
    [
      "late and paused",
      { maxWaitMs: minutes(60), afterMaxWait: "alert" },
      view([unread("a.x", 1), never("b.y")], { pause: "paused by ana" }),
      61,
      { due: false, late: true, why: expect.stringContaining("It is paused by ana.") as unknown as string },
    ],
    [
      "late, then all are new",
      { maxWaitMs: minutes(60), afterMaxWait: "alert" },
      view([unread("a.x", 1), unread("b.y", 90)]),
      91,
      { due: true, late: false },
    ],
    [
      "the wait begins with what is new, not with what was read",
      { maxWaitMs: minutes(60) },
      view([read("a.x", -600), read("b.y", -500)]),
      0,
      { due: false, late: false },
    ],
  ])("%s", (_, more, seen, now, expected) => {
    expect(judgeCondition(condition("all_new", more), seen, at(now))).toMatchObject(expected);
  });
});

describe("cron_after_all_new", () => {
  const tick = { at: at(30), recorded: false };
  test.each<[string, Partial<Condition>, ConditionView, number, Partial<ReturnType<typeof judgeCondition>>]>([
    [
      "no tick yet",
      {},
      view([unread("a.x", 40), unread("b.y", 40)]),
      45,
      { due: false, why: "It has had no tick yet." },
    ],
    [
      "all since the tick",
      {},
      view([unread("a.x", 10, 31), unread("b.y", 40)], { tick }),
      45,
      { due: true, key: at(30).toISOString(), tick: at(30).toISOString() },
    ],
    ["at the very tick", {}, view([unread("a.x", 30), unread("b.y", 30)], { tick }), 30, { due: true }],
    [
      "new, but from before the tick",
      {},
      view([unread("a.x", 29), unread("b.y", 40)], { tick }),
      45,
      { due: false, fresh: ["b.y"], awaited: ["a.x"] },
    ],
    [
      "read by somebody else's run, yet published since",
      {},
      view([read("a.x", 31), read("b.y", 32)], { tick }),
      45,
      { due: true },
    ],
    [
      "it has its run",
      {},
      view([unread("a.x", 31), unread("b.y", 40)], { tick: { ...tick, recorded: true } }),
      45,
      { due: false, why: expect.stringContaining("it has its run") as unknown as string },
    ],
    [
      "waits until",
      { maxWaitMs: minutes(120) },
      view([never("a.x"), unread("b.y", 40)], { tick }),
      149,
      { due: false, late: false, againAt: at(150) },
    ],
    [
      "max_wait, run",
      { maxWaitMs: minutes(120) },
      view([never("a.x"), unread("b.y", 40)], { tick }),
      150,
      { due: true },
    ],
    [
      "max_wait, alert",
      { maxWaitMs: minutes(120), afterMaxWait: "alert" },
      view([never("a.x"), unread("b.y", 40)], { tick }),
      150,
      { due: false, late: true },
    ],
  ])("%s", (_, more, seen, now, expected) => {
    expect(judgeCondition(condition("cron_after_all_new", more), seen, at(now))).toMatchObject(expected);
  });
});

const someUpstream = (model: string) =>
  fc.oneof(
    fc.constant(never(model)),
    fc.nat(60).map((when) => read(model, when)),
    fc.tuple(fc.nat(60), fc.nat(60)).map(([a, b]) => unread(model, Math.min(a, b), Math.max(a, b))),
  );
const someCondition = fc.record({
  on: fc.constantFrom<Condition["on"]>("any_new", "all_new", "cron_after_all_new"),
  settleMs: fc.constantFrom(0, minutes(2)),
  minIntervalMs: fc.constantFrom(0, minutes(10)),
  maxWaitMs: fc.constantFrom(undefined, minutes(20)),
  afterMaxWait: fc.constantFrom<Condition["afterMaxWait"]>("run", "alert"),
});

test("whatever there is: the same view gives the same decision, what is new is never waited for, and time alone brings what it promised", () => {
  fc.assert(
    fc.property(someCondition, someUpstream("a.x"), someUpstream("b.y"), fc.nat(120), (some, x, y, now) => {
      const { maxWaitMs, ...rest } = some;
      const one = condition(some.on, { ...rest, ...(maxWaitMs !== undefined && { maxWaitMs }) });
      const seen = view([x, y], { tick: { at: at(30), recorded: false }, lastStartedAt: at(0) });
      const judged = judgeCondition(one, seen, at(now));
      expect(judgeCondition(one, seen, at(now))).toEqual(judged);
      expect([...judged.fresh, ...judged.awaited].sort()).toEqual(["a.x", "b.y"]);
      expect(judged.due && judged.late).toBe(false);
      if (judged.againAt) {
        expect(judged.due).toBe(false);
        expect(judged.againAt > at(now), "it does not ask to be judged again at once").toBe(true);
        let later = judged;
        for (let looks = 0; later.againAt; looks++) {
          expect(looks).toBeLessThan(4);
          later = judgeCondition(one, seen, later.againAt);
        }
        expect(later.due || later.late).toBe(true);
      }
      if (!judged.due && !judged.late && !judged.againAt)
        expect(judgeCondition(one, seen, at(now + 100_000)).due, "nothing changes with time alone").toBe(false);
    }),
    { numRuns: 1_000 },
  );
});
