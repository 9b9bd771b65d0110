// Which ready tasks may go on: pools, pauses, capacity, one run at a model, priority with ageing, and what backfills leave to others.
import { describe, expect, test } from "vitest";
import { type AdmissionRules, chooseTasks, poolLimits } from "../../core/execute/admission.ts";
import type { AdmissionTask, AdmissionView } from "../../core/state/index.ts";

const NOW = new Date("2026-11-26T12:00:00Z");
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);
const FREE: AdmissionRules = { limitOf: () => undefined, pausedModels: new Set(), capacityOf: () => undefined };

const task = (id: string, some: Partial<AdmissionTask> = {}): AdmissionTask => ({
  id,
  runId: "r",
  status: "ready",
  executor: "workers",
  workerClass: "duckdb",
  models: [id],
  exclusive: [id],
  pools: [],
  waits: 0,
  rank: 0,
  priority: 50,
  fence: 3,
  attempt: 0,
  losses: 0,
  maxAttempts: 1,
  retryDelayMs: 0,
  readyAt: NOW,
  ...some,
});
const choose = (view: Partial<AdmissionView>, rules: Partial<AdmissionRules> = {}) =>
  chooseTasks({ ready: [], underWay: [], held: [], now: NOW, ...view }, { ...FREE, ...rules }).map((ref) => ref.task);
const limits = (pools: Readonly<Record<string, number>>) => ({ limitOf: poolLimits(pools) });

describe("order", () => {
  test("is by priority, then by rank, then by id; a ticket has the task's fence", () => {
    const ready = [
      task("d", { rank: 1 }),
      task("c"),
      task("b"),
      task("a", { priority: 51 }),
      task("z", { priority: 10 }),
    ];
    expect(choose({ ready })).toEqual(["z", "b", "c", "d", "a"]);
    expect(chooseTasks({ ready: [task("a")], underWay: [], held: [], now: NOW }, FREE)).toEqual([
      { runId: "r", task: "a", fence: 3 },
    ]);
  });

  test("ages: each minute of waiting is worth one of priority", () => {
    const old = task("old", { priority: 100, readyAt: ago(60) });
    expect(choose({ ready: [task("fresh", { priority: 41 }), old] })).toEqual(["old", "fresh"]);
    expect(choose({ ready: [task("fresh", { priority: 39 }), old] })).toEqual(["fresh", "old"]);
  });
});

describe("a pool", () => {
  const in1 = { pools: ["p"] };

  test("takes no more than its limit, with what is under way, and those that do not need it go past", () => {
    const ready = [task("a", in1), task("b", in1), task("c", in1), task("free")];
    expect(choose({ ready }, limits({ p: 2 }))).toEqual(["a", "b", "free"]);
    expect(choose({ ready, underWay: [task("x", in1)] }, limits({ p: 2 }))).toEqual(["a", "free"]);
    expect(choose({ ready }, limits({ p: 0 }))).toEqual(["free"]);
    expect(choose({ ready })).toHaveLength(4);
  });

  test("must have room in every pool of a task, and a task refused by one takes nothing of another", () => {
    const ready = [task("a", { pools: ["p", "full"] }), task("b", { pools: ["p"] })];
    expect(choose({ ready }, limits({ p: 1, full: 0 }))).toEqual(["b"]);
  });

  test("of a store has two slots unless it is told otherwise; no other has a limit", () => {
    const limitOf = poolLimits({ "store:a.db": 5 });
    expect([limitOf("store:a.db"), limitOf("store:b.db"), limitOf("warehouse")]).toEqual([5, 2, undefined]);
  });

  test("gives backfills at most half of it, but one, whatever else is free; others may have all", () => {
    const backfills = ["a", "b", "c"].map((id) => task(id, { ...in1, priority: 1_000 }));
    expect(choose({ ready: backfills }, limits({ p: 4 }))).toEqual(["a", "b"]);
    expect(choose({ ready: backfills }, limits({ p: 1 }))).toEqual(["a"]);
    expect(choose({ ready: backfills }, limits({ p: 3 }))).toEqual(["a"]);
    expect(choose({ ready: backfills, underWay: [task("x", { ...in1, priority: 1_000 })] }, limits({ p: 4 }))).toEqual([
      "a",
    ]);
    const others = backfills.map((one) => ({ ...one, priority: 999 }));
    expect(choose({ ready: others }, limits({ p: 4 }))).toHaveLength(3);
  });
});

describe("a model", () => {
  test("that is paused is not begun, alone or with others", () => {
    const ready = [task("a"), task("b", { models: ["b", "c"] }), task("d")];
    expect(choose({ ready }, { pausedModels: new Set(["a", "c"]) })).toEqual(["d"]);
  });

  test("is made by one run at a time, whether that is under way, chosen just now, or holds a bundle", () => {
    const other = { runId: "other", exclusive: ["m"] };
    const ready = [task("a", { exclusive: ["m"] })];
    expect(choose({ ready })).toEqual(["a"]);
    expect(choose({ ready, underWay: [task("x", other)] })).toEqual([]);
    expect(choose({ ready, underWay: [task("x", { ...other, runId: "r" })] })).toEqual(["a"]);
    expect(choose({ ready, held: [{ runId: "other", models: ["m"] }] })).toEqual([]);
    expect(choose({ ready, held: [{ runId: "r", models: ["m"] }] })).toEqual(["a"]);
    expect(choose({ ready: [...ready, task("b", { ...other })] })).toEqual(["a"]);
  });
});

test("no more of a class is queued than its workers can take", () => {
  const capacityOf: AdmissionRules["capacityOf"] = (one) => (one === "duckdb" ? 2 : undefined);
  const ready = [task("a"), task("b"), task("t", { workerClass: "ts" })];
  expect(choose({ ready, underWay: [task("x", { status: "queued" })] }, { capacityOf })).toEqual(["a", "t"]);
});
