// Which steps of a plan one process does at once, and what other runs stay away from meanwhile.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupTasks } from "../../core/execute/group-tasks.ts";
import type { Manifest } from "../../core/manifest/index.ts";
import type { Plan, Step } from "../../core/plan/index.ts";

const NOTHING = { models: {} } as unknown as Manifest;
const planOf = (...steps: readonly Step[]): Plan => ({ steps, upToDate: [], pins: {}, blocked: [], drift: [] });
const step = (id: string, dependsOn: readonly string[] = [], store?: string): Step => ({
  id,
  kind: id.split(":")[0] as Step["kind"],
  models: [id.split(":")[1] ?? ""],
  reason: "",
  dependsOn,
  ...(store !== undefined && { store }),
});
const grouped = (...steps: readonly Step[]) =>
  Object.fromEntries(groupTasks(planOf(...steps), NOTHING, "workers").tasks.map((task) => [task.id, task]));

describe("tasks", () => {
  it("are a model's build, test and publish, and wait for what the build waits for", () => {
    const tasks = grouped(
      step("build:a"),
      step("test:a", ["build:a"]),
      step("publish:a", ["test:a"]),
      step("build:b", ["publish:a"]),
      step("publish:b", ["build:b"]),
      step("prune:builds", ["publish:a", "publish:b"]),
    );
    expect(Object.fromEntries(Object.entries(tasks).map(([id, { steps, waits }]) => [id, [steps, waits]]))).toEqual({
      "build:a": [["build:a", "test:a", "publish:a"], 0],
      "build:b": [["build:b", "publish:b"], 1],
      "prune:builds": [["prune:builds"], 2],
    });
    expect(tasks["build:a"]).not.toHaveProperty("bundle");
  });

  it("are all extracts of a store, which share its consistent point, with their tests and publishes", () => {
    const tasks = grouped(
      step("extract:a", [], "p.db"),
      step("extract:b", [], "p.db"),
      step("extract:c", [], "p.other"),
      step("test:a", ["extract:a", "extract:b"]),
      step("publish:a", ["test:a"]),
      step("publish:b", ["extract:b"]),
    );
    expect(tasks["extract:p.db"]).toMatchObject({ workerClass: "extract", maxAttempts: 3, waits: 0 });
    expect(tasks["extract:p.db"]?.steps).toEqual(["extract:a", "extract:b", "test:a", "publish:a", "publish:b"]);
    expect(tasks["extract:p.other"]?.steps).toEqual(["extract:c"]);
  });

  it("that are tested or published elsewhere than they were made form a bundle", () => {
    const tasks = grouped(
      step("build:a"),
      step("build:b"),
      step("build:alone"),
      step("test:a", ["build:a", "build:b"]),
      step("publish:both", ["test:a", "build:b"]),
    );
    const bundles = ["build:a", "build:b", "test:a", "publish:both"].map((id) => tasks[id]?.bundle);
    expect(new Set(bundles).size).toBe(1);
    expect(bundles[0]).toBeDefined();
    expect(tasks["build:alone"]?.bundle).toBeUndefined();
  });

  it("of any plan hold each step once, and wait for each other only as steps do", () => {
    const node = fc.record({
      parents: fc.array(fc.nat(), { maxLength: 3 }),
      tested: fc.boolean(),
      store: fc.option(fc.nat(2)),
    });
    fc.assert(
      fc.property(fc.array(node, { minLength: 1, maxLength: 15 }), (nodes) => {
        const steps: Step[] = [];
        for (const [i, { parents, tested, store }] of nodes.entries()) {
          const made = store === null ? `build:m${i}` : `extract:m${i}`;
          const dependsOn = store !== null || i === 0 ? [] : [...new Set(parents.map((p) => `publish:m${p % i}`))];
          steps.push(step(made, dependsOn, store === null ? undefined : `p.s${store}`));
          if (tested) steps.push(step(`test:m${i}`, [made]));
          steps.push(step(`publish:m${i}`, [tested ? `test:m${i}` : made]));
        }
        const { tasks, taskOf } = groupTasks(planOf(...steps), NOTHING, "process");
        expect(tasks.flatMap((task) => task.steps).sort()).toEqual(steps.map(({ id }) => id).sort());
        // Every task can begin once those before it have ended: there is an order.
        const done = new Set<string>();
        const open = new Map(tasks.map((task) => [task.id, task]));
        for (let left = -1; left !== open.size; ) {
          left = open.size;
          for (const task of [...open.values()]) {
            const waits = steps
              .filter(({ id }) => taskOf.get(id) === task.id)
              .flatMap(({ dependsOn }) => dependsOn.map((id) => taskOf.get(id) ?? ""))
              .filter((id) => id !== task.id);
            expect(task.waits).toBe(waits.length);
            if (!waits.every((id) => done.has(id))) continue;
            done.add(task.id);
            open.delete(task.id);
          }
        }
        expect(open.size).toBe(0);
      }),
    );
  });
});
