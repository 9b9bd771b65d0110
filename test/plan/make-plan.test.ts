// What a plan holds and why, as tables over hand-made manifests and facts.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makePlan, type PlanRequest, type PublishedFact } from "../../core/plan/index.ts";
import { type ModelSketch, sketchManifest } from "../support/manifest.ts";

const fact = (contentId: string, inputs: Record<string, string> = {}, fingerprint = "f1"): PublishedFact => ({
  buildId: `b-${contentId}`,
  contentId,
  fingerprint,
  inputs: Object.fromEntries(
    Object.entries(inputs).map(([model, id]) => [model, { buildId: `b-${id}`, contentId: id }]),
  ),
});

function plan(
  sketch: Record<string, ModelSketch>,
  published: Record<string, PublishedFact> = {},
  more: Partial<PlanRequest> = {},
) {
  const order = Object.keys(sketch);
  return makePlan({
    manifest: sketchManifest(sketch),
    order,
    selected: new Set(order),
    facts: { published: new Map(Object.entries(published)), sequence: 0, readings: new Map() },
    ...more,
  });
}

const line = (p: ReturnType<typeof plan>) =>
  p.steps.filter((step) => step.kind !== "prune").map((step) => `${step.id} < ${step.dependsOn.join(" ")}`.trim());

describe("a plan", () => {
  it("builds what was never published, children after their parents are published", () => {
    expect(line(plan({ "a.x": {}, "a.y": { reads: ["a.x"], testReads: [] } }))).toEqual([
      "build:a.x <",
      "publish:a.x < build:a.x",
      "build:a.y < publish:a.x",
      "test:a.y < build:a.y",
      "publish:a.y < test:a.y",
    ]);
  });

  it("blocks the models of a project that does not compile; others read what is published of it", () => {
    const sketch = { "a.x": {}, "a.y": { reads: ["a.x"] }, "b.of_x": { reads: ["a.x"] }, "b.of_y": { reads: ["a.y"] } };
    const manifest = sketchManifest(sketch);
    const stale = { name: "a", path: "projects/a", owner: { team: "a" }, schedules: {}, stale: true };
    const p = plan(sketch, { "a.x": fact("x1", {}, "f0") }, { manifest: { ...manifest, projects: { a: stale } } });
    expect(line(p)).toEqual(["build:b.of_x <", "publish:b.of_x < build:b.of_x"]);
    const reason = "its project does not compile; `mesh compile` shows why";
    expect(p.blocked).toEqual([
      { model: "a.x", reason },
      { model: "a.y", reason },
      { model: "b.of_y", reason: "it reads a.y, which is blocked" },
    ]);
    expect(p.pins).toEqual({ "a.x": "b-x1" });
  });

  it("extracts snapshots every time and rebuilds their readers only if the rows turn out new", () => {
    const p = plan(
      { "a.raw": { kind: "snapshot", source: "a.db.raw" }, "a.y": { reads: ["a.raw"] } },
      { "a.raw": fact("r1"), "a.y": fact("y1", { "a.raw": "r1" }) },
    );
    expect(p.steps.map(({ id, conditional, store }) => [id, conditional ?? false, store])).toEqual([
      ["extract:a.raw", false, "a.db"],
      ["publish:a.raw", false, undefined],
      ["build:a.y", true, undefined],
      ["publish:a.y", false, undefined],
      ["prune:builds", false, undefined],
    ]);
    expect(p.steps[2]?.reason).toBe("if a.raw turns out to have new rows");
  });

  it.each([
    ["its definition changed", { "a.x": fact("x1", {}, "f0") }],
    ["it was never published", {}],
  ])("gives the reason: %s", (reason, published) => {
    expect(plan({ "a.x": {} }, published).steps[0]?.reason).toBe(reason);
  });

  it("rebuilds a model whose pinned input has other rows than it was made from, and pins that input", () => {
    const p = plan(
      { "a.x": {}, "a.y": { reads: ["a.x"] } },
      { "a.x": fact("x2"), "a.y": fact("y1", { "a.x": "x1" }) },
      { selected: new Set(["a.y"]) },
    );
    expect(p.steps[0]).toMatchObject({ id: "build:a.y", reason: "a.x has new rows" });
    expect(p.pins).toEqual({ "a.x": "b-x2" });
  });

  it("leaves a model alone whose definition and inputs are those of its published build", () => {
    const p = plan({ "a.x": {}, "a.y": { reads: ["a.x"] } }, { "a.x": fact("x1"), "a.y": fact("y1", { "a.x": "x1" }) });
    expect(p.steps).toEqual([]);
    expect(p.upToDate.map((entry) => entry.model)).toEqual(["a.x", "a.y"]);
  });

  it("blocks a model that reads something never published and not selected, and all that read it", () => {
    const p = plan(
      { "a.x": {}, "a.y": { reads: ["a.x"] }, "a.z": { reads: ["a.y"] } },
      {},
      { selected: new Set(["a.y", "a.z"]) },
    );
    expect(p.steps).toEqual([]);
    expect(p.blocked).toEqual([
      { model: "a.y", reason: "it reads a.x, which has never been published; select +y to build it too" },
      { model: "a.z", reason: "it reads a.y, which is blocked" },
    ]);
  });

  it("publishes a group in one step after all its members are tested; members read each other before", () => {
    const together = { config: { publish: "together" } };
    expect(
      line(
        plan({
          "a.x": { ...together, testReads: [] },
          "a.y": { ...together, reads: ["a.x"] },
          "b.z": { reads: ["a.x"] },
        }),
      ),
    ).toEqual([
      "build:a.x <",
      "test:a.x < build:a.x",
      "build:a.y < test:a.x",
      "publish:a/together < test:a.x build:a.y",
      "build:b.z < publish:a/together",
      "publish:b.z < build:b.z",
    ]);
  });

  it("does not wait for ever when two models' tests read each other", () => {
    const p = plan({ "a.x": { testReads: ["a.y"] }, "a.y": { testReads: ["a.x"] } });
    expect(line(p).find((step) => step.startsWith("test:a.x"))).toBe("test:a.x < build:a.x build:a.y");
  });

  it("refuses a group with an outsider between its members", () => {
    const together = { config: { publish: "together" } };
    expect(() => plan({ "a.x": together, "a.y": { reads: ["a.x"] }, "a.z": { ...together, reads: ["a.y"] } })).toThrow(
      /wait for each other/,
    );
  });

  it("for any graph lists every step after those it waits for, and every planned model once", () => {
    const graph = fc.array(fc.record({ parents: fc.array(fc.nat(), { maxLength: 3 }), tested: fc.boolean() }), {
      minLength: 1,
      maxLength: 25,
    });
    fc.assert(
      fc.property(graph, (nodes) => {
        const sketch: Record<string, ModelSketch> = {};
        nodes.forEach(({ parents, tested }, i) => {
          const reads = i === 0 ? [] : [...new Set(parents.map((p) => `a.m${p % i}`))];
          sketch[`a.m${i}`] = { reads, ...(tested && { testReads: [] }) };
        });
        const seen = new Set<string>();
        for (const step of plan(sketch).steps) {
          for (const parent of step.dependsOn) expect(seen.has(parent)).toBe(true);
          expect(seen.has(step.id)).toBe(false);
          seen.add(step.id);
        }
        for (const id of Object.keys(sketch)) expect(seen.has(`publish:${id}`)).toBe(true);
      }),
    );
  });
});
