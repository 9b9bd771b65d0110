// What the end of a step means for what waits for it, and what is left of a run that ended: from plans made by hand.
import { describe, expect, test } from "vitest";
import { fallenBy, releasesOf } from "../../core/execute/fallout.ts";
import { type Ended, refuseChangedModels, remainingWork } from "../../core/execute/resume-run.ts";
import { indexWork, type Work } from "../../core/execute/work.ts";
import type { Step } from "../../core/plan/index.ts";

const step = (id: string, ...dependsOn: string[]): Step => ({
  id,
  kind: id.split(":")[0] as Step["kind"],
  models: [id.split(":")[1] ?? ""],
  reason: "",
  dependsOn,
});
/** a is built, tested and published; b reads it and c reads b. */
const STEPS = [
  step("build:a"),
  step("test:a", "build:a"),
  step("publish:a", "test:a"),
  step("build:b", "publish:a"),
  step("publish:b", "build:b"),
  step("build:c", "publish:b"),
  step("publish:c", "build:c"),
  step("prune:builds", "publish:a", "publish:b", "publish:c"),
];
const WORK: Work = {
  version: 1,
  plan: { steps: STEPS, upToDate: [], pins: { z: "z1" }, blocked: [], drift: [] },
  tasks: [
    { id: "a", steps: ["build:a", "test:a", "publish:a"] },
    { id: "b", steps: ["build:b", "publish:b"] },
    { id: "c", steps: ["build:c", "publish:c"] },
    { id: "prune", steps: ["prune:builds"] },
  ],
  pins: { z: "z1", a: "a0" },
  fingerprints: { a: "fa", b: "fb", c: "fc" },
  deployments: { shop: "d1" },
};
const index = indexWork(WORK);
const at = (id: string) => index.steps.get(id) as Step;

describe("what falls with a step", () => {
  const fallen = (id: string, status: Parameters<typeof fallenBy>[1]) =>
    fallenBy(at(id), status, index).map((one) => `${one.step} ${one.status}`);

  test("that failed is all that waits for it, however far away, but not the pruning", () => {
    expect(fallen("build:b", "failed")).toEqual(["publish:b skipped", "build:c skipped", "publish:c skipped"]);
    for (const status of ["success", "warned", "unchanged"] as const) expect(fallen("build:a", status)).toEqual([]);
  });

  test("that is a test is its publish, which is held; what reads it is skipped", () => {
    expect(fallen("test:a", "failed").slice(0, 2)).toEqual(["publish:a held", "build:b skipped"]);
  });

  test("that was cancelled is cancelled too", () => {
    expect(fallen("build:b", "cancelled").every((one) => one.endsWith(" cancelled"))).toBe(true);
  });

  test("is told the one at fault, and belongs to its own task", () => {
    const reasons = fallenBy(at("test:a"), "failed", index);
    expect(new Set(reasons.map(({ reason }) => reason))).toEqual(new Set(["a failed its tests"]));
    expect(reasons.map(({ task }) => task)).toEqual(["a", "b", "b", "c", "c"]);
  });
});

test("a step lets other tasks go on, once for each edge, and never its own", () => {
  expect(releasesOf(["build:a", "publish:a", "publish:b"], index)).toEqual({
    "publish:a": ["b", "prune"],
    "publish:b": ["c", "prune"],
  });
});

describe("what is left of a run", () => {
  const ended = (steps: Readonly<Record<string, string>>, publications: Ended["publications"] = []) =>
    remainingWork({
      work: WORK,
      steps: Object.entries(steps).map(([id, status]) => ({ step: id, status: status as "success" })),
      publications,
    });

  test("is every step of what was not published, also those that succeeded, and the pruning", () => {
    const left = ended(
      {
        "build:a": "success",
        "test:a": "success",
        "publish:a": "success",
        "build:b": "success",
        "publish:b": "failed",
      },
      [{ model: "a", buildId: "a1" }],
    );
    expect(left?.plan.steps.map(({ id }) => id)).toEqual([
      "build:b",
      "publish:b",
      "build:c",
      "publish:c",
      "prune:builds",
    ]);
    expect(left?.plan.steps.find(({ id }) => id === "build:b")?.dependsOn).toEqual([]);
    expect(left?.plan.steps.find(({ id }) => id === "build:c")?.dependsOn).toEqual(["publish:b"]);
  });

  test("reads what the run read and what it published, by the same deployments", () => {
    const left = ended({ "publish:a": "success" }, [{ model: "a", buildId: "a1" }]);
    expect(left).toMatchObject({ deployments: WORK.deployments, fingerprints: WORK.fingerprints });
    expect(left?.plan.pins).toEqual({ z: "z1", a: "a1" });
  });

  test("of which a model was published before its step was lost is made anew from what was shown before", () => {
    expect(ended({ "publish:a": "crashed" }, [{ model: "a", buildId: "a1" }])?.plan.pins).toEqual({ z: "z1", a: "a0" });
  });

  test("is nothing when all of it is published, unchanged or warned about", () => {
    expect(ended({ "publish:a": "success", "publish:b": "unchanged", "publish:c": "warned" })).toBeUndefined();
  });

  test("is not done under another definition than it was planned under", () => {
    const left = ended({ "publish:a": "success" }) as NonNullable<ReturnType<typeof ended>>;
    const manifest = (b: string, a = "fa") =>
      ({ models: { a: { fingerprint: a }, b: { fingerprint: b }, c: { fingerprint: "fc" } } }) as never;
    expect(() => refuseChangedModels("r", left, manifest("fb", "another"))).not.toThrow();
    expect(() => refuseChangedModels("r", left, manifest("another"))).toThrow(/\bb\b/);
  });
});
