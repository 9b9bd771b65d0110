// Which windows were read before, however they were cut then, and which are wanted again.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chooseWindows, judgeWindows } from "../../core/windows/index.ts";

const INTEGER = { type: "BIGINT", kind: "integer" } as const;
type Earlier = Parameters<typeof judgeWindows>[2][number];
const w = (from: number, to: number) => ({ from: String(from), to: String(to) });
const was = (status: Earlier["status"], from: number, to: number): Earlier => ({ ...w(from, to), status });
const judge = (from: number, to: number, ...earlier: readonly Earlier[]) =>
  judgeWindows(INTEGER, [w(from, to)], earlier)[0]?.verdict;

test.each<[string, readonly Earlier[], string]>([
  ["never read", [], "missing"],
  ["read by a window of the same bounds", [was("done", 10, 20)], "done"],
  ["read as a part of a larger window", [was("done", 0, 100)], "done"],
  ["read by smaller windows together, in any order", [was("done", 15, 20), was("done", 10, 15)], "done"],
  ["read but for one value", [was("done", 10, 19)], "missing"],
  ["failed", [was("failed", 10, 20)], "failed"],
  ["failed in a part", [was("done", 10, 15), was("failed", 15, 20)], "failed"],
  ["failed beside it", [was("failed", 0, 10), was("failed", 20, 30)], "missing"],
  ["failed, then read", [was("failed", 10, 20), was("done", 10, 20)], "done"],
  ["read, then failed: it was read", [was("done", 10, 20), was("failed", 10, 20)], "done"],
  ["cancelled", [was("cancelled", 10, 20)], "missing"],
  ["being read", [was("running", 10, 20)], "open"],
  ["to be read by an open backfill, the rest read", [was("done", 10, 12), was("waiting", 12, 25)], "open"],
  ["failed, and being read again", [was("failed", 10, 20), was("running", 10, 20)], "open"],
])("a window %s: %s %s", (_, earlier, verdict) => {
  expect(judge(10, 20, ...earlier)).toBe(verdict);
});

test("bounds of another type than the cursor has now count for nothing", () => {
  expect(judgeWindows(INTEGER, [w(1, 2)], [{ from: "2024-01-01", to: "2025-01-01", status: "done" }])).toEqual([
    { ...w(1, 2), verdict: "missing" },
  ]);
});

describe("choosing", () => {
  const judged = (["missing", "failed", "open", "done"] as const).map((verdict, i) => ({ ...w(i, i + 1), verdict }));
  test.each([
    ["missing", "oldest", ["0"]],
    ["failed", "oldest", ["0", "1"]],
    ["all", "oldest", ["0", "1", "2", "3"]],
    ["all", "newest", ["3", "2", "1", "0"]],
  ] as const)("%s, %s first", (reprocess, order, expected) => {
    expect(chooseWindows(judged, reprocess, order).map(({ from }) => from)).toEqual(expected);
  });
});

test("a window is done exactly when every value of it was read", () => {
  const status = fc.constantFrom<Earlier["status"]>("done", "failed", "cancelled", "waiting", "running");
  const stretch = fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 15 }), status);
  fc.assert(
    fc.property(fc.array(stretch), fc.nat(40), fc.integer({ min: 1, max: 12 }), (earlier, from, length) => {
      const windows = earlier.map(([start, long, state]) => was(state, start, start + long));
      const has = (value: number, ...statuses: readonly string[]) =>
        windows.some((one) => statuses.includes(one.status) && Number(one.from) <= value && value < Number(one.to));
      const values = Array.from({ length }, (_, i) => from + i);
      const verdict = judge(from, from + length, ...windows);
      expect(verdict === "done").toBe(values.every((value) => has(value, "done")));
      if (verdict === "open") expect(values.every((value) => has(value, "done", "waiting", "running"))).toBe(true);
      if (verdict === "failed") expect(values.some((value) => has(value, "failed"))).toBe(true);
    }),
  );
});
