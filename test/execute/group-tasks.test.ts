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
const manifestOf = (models: Readonly<Record<string, object>>) =>
  ({
    models: Object.fromEntries(
      Object.entries(models).map(([id, more]) => [
        id,
        { id, project: id.split(".")[0], tags: [], config: {}, kind: "sql", ...more },
      ]),
    ),
  }) as unknown as Manifest;
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

  it("of a bundle keep other runs from every model of it; one without keeps them from its own", () => {
    const { tasks } = groupTasks(
      planOf(step("build:a"), step("build:b"), step("build:c"), step("publish:both", ["build:a", "build:b"])),
      manifestOf({ a: {}, b: {}, c: {}, both: {} }),
      "workers",
    );
    const exclusive = Object.fromEntries(tasks.map((task) => [task.id, task.exclusive]));
    expect(exclusive["build:a"]).toEqual(["a", "b", "both"]);
    expect(exclusive["build:b"]).toEqual(exclusive["build:a"]);
    expect(exclusive["publish:both"]).toEqual(exclusive["build:a"]);
    expect(exclusive["build:c"]).toEqual(["c"]);
  });

  it("take the longest times and the most attempts that one of their models says", () => {
    const manifest = manifestOf({
      a: { config: { attempts: 2, retry_delay: "1m", timeout: "5m" } },
      b: { config: { attempts: 4, retry_delay: "10s", timeout: "10m" } },
    });
    const [task] = groupTasks(
      planOf(step("extract:a", [], "p.db"), step("extract:b", [], "p.db")),
      manifest,
      "workers",
    ).tasks;
    expect(task).toMatchObject({ maxAttempts: 4, retryDelayMs: 60_000, timeoutMs: 600_000 });
  });

  it("are tried as often as is worth it: extracts by workers three times, where somebody waits once", () => {
    const plan = planOf(step("extract:a", [], "p.db"), step("build:b"));
    const attempts = (executor: "workers" | "process") =>
      groupTasks(plan, NOTHING, executor).tasks.map(({ maxAttempts, retryDelayMs }) => [maxAttempts, retryDelayMs]);
    expect(attempts("workers")).toEqual([
      [3, 30_000],
      [1, 30_000],
    ]);
    expect(attempts("process")).toEqual([
      [1, 30_000],
      [1, 30_000],
    ]);
    expect(groupTasks(plan, NOTHING, "workers").tasks[0]).not.toHaveProperty("timeoutMs");
  });

  it("take a slot of the pools of their store, project, tags and config, each once, and of the worker who can do them", () => {
    const manifest = manifestOf({
      "p.a": { tags: ["big"], config: { pools: ["api", "slow"] } },
      "p.b": { tags: ["big"], kind: "typescript" },
    });
    const { tasks } = groupTasks(planOf(step("extract:p.a", [], "p.db"), step("build:p.b")), manifest, "workers");
    expect(tasks.map(({ pools, workerClass }) => [workerClass, pools])).toEqual([
      ["extract", ["api", "project:p", "slow", "store:p.db", "tag:big", "warehouse"]],
      ["ts", ["project:p", "tag:big", "warehouse"]],
    ]);
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
