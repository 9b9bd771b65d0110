// Which steps may start, and what falls when one fails.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFrontier } from "../../core/execute/frontier.ts";
import type { Step } from "../../core/plan/index.ts";

const step = (id: string, dependsOn: string[] = []): Step => ({
  id,
  kind: id.split(":")[0] as Step["kind"],
  models: ["m"],
  reason: "",
  dependsOn,
});
const any = () => true;

describe("the frontier", () => {
  it("gives ready steps in plan order and holds children back until every parent is settled", () => {
    const [a, b, c] = [step("build:a"), step("build:b"), step("build:c", ["build:a", "build:b"])] as const;
    const frontier = createFrontier([a, b, c]);
    expect(frontier.take(any)).toBe(a);
    expect(frontier.take(any)).toBe(b);
    expect(frontier.take(any)).toBeUndefined();
    frontier.settle(b, "success");
    expect(frontier.take(any)).toBeUndefined();
    frontier.settle(a, "unchanged");
    expect(frontier.take(any)).toBe(c);
  });

  it("holds the publish of a failed test and skips what reads it, but still prunes", () => {
    const steps = [
      step("build:a"),
      step("test:a", ["build:a"]),
      step("publish:a", ["test:a"]),
      step("build:b", ["publish:a"]),
      step("prune:builds", ["publish:a", "build:b"]),
    ];
    const frontier = createFrontier(steps);
    frontier.settle(frontier.take(any) as Step, "success");
    const fallen = frontier.settle(frontier.take(any) as Step, "failed");
    expect(fallen.map(({ step: s, status }) => [s.id, status])).toEqual([
      ["publish:a", "held"],
      ["build:b", "skipped"],
    ]);
    expect(frontier.take(any)?.id).toBe("prune:builds");
  });

  it("lets warnings pass", () => {
    const frontier = createFrontier([step("test:a"), step("publish:a", ["test:a"])]);
    expect(frontier.settle(frontier.take(any) as Step, "warned")).toEqual([]);
    expect(frontier.take(any)?.id).toBe("publish:a");
  });

  it("skips over a ready step that a limit does not allow", () => {
    const frontier = createFrontier([step("build:a"), step("build:b")]);
    expect(frontier.take((s) => s.id !== "build:a")?.id).toBe("build:b");
    expect(frontier.take(any)?.id).toBe("build:a");
  });

  it("for any graph and any outcomes settles every step exactly once and never starts one before its parents", () => {
    const nodes = fc.array(fc.record({ parents: fc.array(fc.nat(), { maxLength: 3 }), fails: fc.boolean() }), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(nodes, (list) => {
        const steps = list.map(({ parents }, i) =>
          step(`build:${i}`, i === 0 ? [] : [...new Set(parents.map((p) => `build:${p % i}`))]),
        );
        const frontier = createFrontier(steps);
        const settled = new Map<string, string>();
        for (let next = frontier.take(any); next; next = frontier.take(any)) {
          for (const parent of next.dependsOn) expect(settled.get(parent)).toBe("success");
          const status = list[Number(next.id.slice(6))]?.fails ? "failed" : "success";
          expect(settled.has(next.id)).toBe(false);
          settled.set(next.id, status);
          for (const fallen of frontier.settle(next, status)) {
            expect(settled.has(fallen.step.id)).toBe(false);
            settled.set(fallen.step.id, fallen.status);
          }
        }
        expect(settled.size).toBe(steps.length);
        expect(frontier.open).toBe(0);
      }),
    );
  });
});
