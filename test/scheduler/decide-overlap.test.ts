// Owns what each overlap policy makes of the runs that wait and go on.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OverlapPolicy } from "../../core/manifest/index.ts";
import { decideOverlap } from "../../scheduler/schedules/index.ts";

type Runs = Parameters<typeof decideOverlap>[1];

const run = (id: number, status: "waiting" | "running", cancelled = false): Runs[number] => ({
  id: `r${id}`,
  status,
  startedAt: new Date(),
  logicalAt: new Date(Date.UTC(2026, 0, 1, id)),
  ...(cancelled && { cancelRequestedAt: new Date() }),
});
const THREE = [run(3, "waiting"), run(1, "waiting"), run(2, "waiting")];
const BUSY = [run(0, "running"), ...THREE];
const told = (policy: OverlapPolicy, runs: Runs) => {
  const { begin, skip, cancel } = decideOverlap(policy, runs);
  return { begin, skip: skip.map(({ id }) => id), cancel: cancel.map(({ id }) => id) };
};

describe("three runs wait", () => {
  it.each([
    ["skip", ["r1"], ["r2", "r3"]],
    ["buffer_one", ["r1"], ["r2"]],
    ["buffer_all", ["r1"], []],
    ["cancel_other", ["r3"], ["r1", "r2"]],
    ["allow", ["r1", "r2", "r3"], []],
  ] as const)("%s, and none goes on: %s begin, %s are skipped", (policy, begin, skip) => {
    expect(told(policy, THREE)).toEqual({ begin, skip, cancel: [] });
  });

  it.each([
    ["skip", [], ["r1", "r2", "r3"], []],
    ["buffer_one", [], ["r1", "r2"], []],
    ["buffer_all", [], [], []],
    ["cancel_other", [], ["r1", "r2"], ["r0"]],
    ["allow", ["r1", "r2", "r3"], [], []],
  ] as const)("%s, and one goes on: %s begin, %s are skipped, %s are cancelled", (policy, begin, skip, cancel) => {
    expect(told(policy, BUSY)).toEqual({ begin, skip, cancel });
  });
});

it("a run is cancelled once", () => {
  expect(told("cancel_other", [run(0, "running", true), run(1, "waiting")])).toEqual({
    begin: [],
    skip: [],
    cancel: [],
  });
});

it("reasons say which run was in the way", () => {
  expect(decideOverlap("skip", [run(0, "running"), run(1, "waiting")]).skip).toEqual([
    { id: "r1", reason: "the run of 2026-01-01T00:00Z was going on (overlap: skip)" },
  ]);
  expect(decideOverlap("buffer_one", BUSY).skip[0]?.reason).toBe(
    "the run of 2026-01-01T03:00Z waits in its place (overlap: buffer_one)",
  );
  expect(decideOverlap("buffer_one", BUSY).waits).toBe("the run of 2026-01-01T00:00Z goes on");
});

it("whatever waits and goes on: no run is decided about twice, only `allow` lets runs overlap, and a run is always left", () =>
  fc.assert(
    fc.property(
      fc.constantFrom<OverlapPolicy>("skip", "buffer_one", "buffer_all", "cancel_other", "allow"),
      fc.uniqueArray(fc.integer({ min: 0, max: 20 }), { maxLength: 8 }),
      fc.nat({ max: 2 }),
      (policy, ids, running) => {
        const runs = ids.map((id, i) => run(id, i < running ? "running" : "waiting"));
        const waiting = runs.filter(({ status }) => status === "waiting");
        const { begin, skip, cancel } = told(policy, runs);
        expect(new Set([...begin, ...skip]).size).toBe(begin.length + skip.length);
        expect([...begin, ...skip].every((id) => waiting.some((one) => one.id === id))).toBe(true);
        expect(cancel.every((id) => runs.some((one) => one.id === id && one.status === "running"))).toBe(true);
        if (policy !== "allow" && running > 0 && ids.length >= running)
          expect(runs.some(({ status }) => status === "running") ? begin : []).toEqual([]);
        if (policy !== "allow") expect(begin.length).toBeLessThanOrEqual(1);
        if (waiting.length > 0)
          expect(skip.length < waiting.length || runs.some(({ status }) => status === "running")).toBe(true);
      },
    ),
  ));
