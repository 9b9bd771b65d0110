// What runs of workers are: the suite that the engine passes over every transport, on every state store, with real builds in a real warehouse.
import { join } from "node:path";
import Database from "libsql";
import { describe, expect, test } from "vitest";
import { problems } from "../../core/errors/index.ts";
import { cancelRun, resumeRun } from "../../core/execute/index.ts";
import type { AttemptRecord, StateStore } from "../../core/state/index.ts";
import { diamonds, type EngineBed, type EngineRig, setRound, withEngine } from "../support/engine-rig.ts";
import { expectInvariants } from "../support/run-invariants.ts";
import { SOON_MS } from "../support/soon.ts";

export interface EngineSuite {
  readonly name: string;
  /** Called for each test; `close` is called after it. */
  start(): Promise<EngineBed & { close(): Promise<void> }>;
}

const project = (name: string) => `name: ${name}\nowner: { team: ${name}, email: ${name}@example.com }\n`;
const BY = { actor: "ana", via: "cli" } as const;

export function testRunEngine({ name, start }: EngineSuite): void {
  const rig = async (
    files: Readonly<Record<string, string>>,
    options: Parameters<typeof withEngine>[2],
    use: (rig: EngineRig) => Promise<void>,
  ) => {
    const bed = await start();
    try {
      await withEngine(files, bed, options, use);
    } finally {
      await bed.close();
    }
  };

  describe(`runs of workers: ${name}`, () => {
    test("a graph full of diamonds is done whole, each model once, none before its parents", () =>
      rig(diamonds(4, 5), { workers: 3 }, async (engine) => {
        for (const round of [100, 200]) {
          await setRound(engine.mesh, round);
          const runId = await engine.begin();
          expect((await engine.ended(runId)).status, await troubles(engine.state, runId)).toBe("success");
          await expectInvariants(engine.state, runId);
          await expectValues(engine, 4, 5, round);
        }
        // Nothing is under way, and nobody holds anything.
        expect(engine.takers.flatMap((taker) => taker.held)).toEqual([]);
      }));

    test("a failing test holds its model and what reads it; the rest is published, and resuming does what was left with the same pins", () =>
      rig(
        {
          "projects/shop/models/good.sql": "{{ config(materialized='table') }} select 1 as id",
          "projects/shop/models/bad.ts": `import { readFileSync } from "node:fs";
import { defineModel } from "mesh-elt";
export default defineModel({ columns: { id: "bigint" }, async *rows() { yield { id: BigInt(readFileSync(process.env.MESH_TEST_ROUND ?? "", "utf8")) }; } });
`,
          "projects/shop/models/reader.sql":
            "{{ config(materialized='table') }} select b.id + g.id as id from {{ ref('bad') }} b, {{ ref('good') }} g",
          "projects/shop/models/shop.yml": `models: [{ name: bad, columns: [{ name: id, data_tests: [{ accepted_values: { arguments: { values: [7] } } }] }] }]\n`,
        },
        {},
        async (engine) => {
          await setRound(engine.mesh, 1);
          const runId = await engine.begin();
          expect((await engine.ended(runId)).status).toBe("failed");
          expect(
            Object.fromEntries((await engine.state.listSteps(runId)).map((s) => [s.step, s.status])),
          ).toMatchObject({
            "publish:shop.good": "success",
            "test:shop.bad": "failed",
            "publish:shop.bad": "held",
            "build:shop.reader": "skipped",
            "publish:shop.reader": "skipped",
            "prune:builds": "success",
          });
          expect([...(await engine.state.published()).keys()]).toEqual(["shop.good"]);
          await setRound(engine.mesh, 7);
          const resumed = await resumeRun(runId, { by: "ana" }, engine.state);
          expect(resumed).toMatchObject({ trigger: "resume", resumes: runId, createdBy: "ana", status: "waiting" });
          await engine.resume(resumed);
          expect((await engine.ended(resumed.id)).status, await troubles(engine.state, resumed.id)).toBe("success");
          expect((await engine.state.listSteps(resumed.id)).map((s) => s.step).sort()).toEqual([
            "build:shop.bad",
            "build:shop.reader",
            "prune:builds",
            "publish:shop.bad",
            "publish:shop.reader",
            "test:shop.bad",
          ]);
          expect(await shown(engine, "reader")).toBe("8");
          await expect(resumeRun(resumed.id, { by: "ana" }, engine.state)).rejects.toMatchObject({
            code: "run/nothing-left",
          });
        },
      ));

    test("a task whose workers die is done by others, also when what it published was let go on; a poison task is put aside", () => {
      const losses = new Map<string, number>();
      return rig(
        diamonds(3, 4),
        {
          workers: 2,
          sabotage({ id }) {
            const lost = losses.get(id) ?? 0;
            const dies = id === "build:shop.m1_0" ? 2 : id === "build:shop.m1_2" ? 3 : 0;
            if (lost >= dies) return;
            losses.set(id, lost + 1);
            throw new Error("the process was killed");
          },
        },
        async (engine) => {
          await setRound(engine.mesh, 5);
          const runId = await engine.begin();
          expect((await engine.ended(runId)).status).toBe("failed");
          await expectInvariants(engine.state, runId);
          const tasks = Object.fromEntries((await engine.state.listTasks(runId)).map((task) => [task.id, task]));
          expect(tasks["build:shop.m1_0"]).toMatchObject({ status: "done", losses: 2, attempt: 0 });
          expect(tasks["build:shop.m1_2"]).toMatchObject({ status: "quarantined", error: { code: "run/quarantined" } });
          expect(tasks["build:shop.m2_2"]).toMatchObject({ status: "skipped" });
          expect(tasks["build:shop.m2_0"]).toMatchObject({ status: "done" });
          const outcomes = (await engine.state.listAttempts(runId)).filter(({ task }) => task === "build:shop.m1_2");
          expect(outcomes.map(({ outcome }) => outcome)).toEqual(["lost", "lost", "quarantined"]);
        },
      );
    });

    test("a task that finds the state store away is given back as often as that happens, and is not blamed for it", () => {
      let outages = 4;
      return rig(
        diamonds(1, 2),
        {
          sabotage({ id }) {
            if (id !== "build:shop.m0_0" || outages-- <= 0) return;
            throw problems.stateUnreachable({ store: "postgres://somewhere", reason: "terminating connection" });
          },
        },
        async (engine) => {
          await setRound(engine.mesh, 5);
          const runId = await engine.begin();
          expect((await engine.ended(runId)).status).toBe("success");
          await expectInvariants(engine.state, runId);
          const attempts = (await engine.state.listAttempts(runId)).filter(({ task }) => task === "build:shop.m0_0");
          expect(attempts.map(({ outcome }) => outcome)).toEqual([...Array(4).fill("returned"), "done"]);
          for (const task of await engine.state.listTasks(runId)) expect(task).toMatchObject({ losses: 0, attempt: 0 });
        },
      );
    });

    const unreachable = () => problems.stateUnreachable({ store: "postgres://somewhere", reason: "not yet" });
    const full = () => problems.stateDiskFull({ store: "state.db" });
    test.each([
      ["building", "cannot be reached", unreachable],
      ["building", "is full", full],
      ["publishing", "cannot be reached", unreachable],
    ])(
      "a step that finds as it is %s that the state store %s does not fail for it, though the store is there when it is settled",
      (doing, _, problem) => {
        let outages = 3;
        const meet = (what: string) => {
          if (doing === what && outages-- > 0) throw problem();
        };
        return rig(
          diamonds(1, 2),
          {
            stateOfTasks: (state) => ({
              ...state,
              async createBuild(build) {
                meet("building");
                return state.createBuild(build);
              },
              async settleStep(ref, settlement) {
                if (settlement.publish) meet("publishing");
                return state.settleStep(ref, settlement);
              },
            }),
          },
          async (engine) => {
            await setRound(engine.mesh, 5);
            const runId = await engine.begin();
            expect((await engine.ended(runId)).status).toBe("success");
            await expectInvariants(engine.state, runId);
            const outcomes = (await engine.state.listAttempts(runId)).map(({ outcome }) => outcome);
            expect(outcomes.filter((outcome) => outcome === "returned")).toHaveLength(3);
            for (const task of await engine.state.listTasks(runId))
              expect(task).toMatchObject({ losses: 0, attempt: 0 });
          },
        );
      },
    );

    test("a step that is stopped because another of its task finds the state store away is not taken for cancelled", () => {
      let lost = () => {};
      const outage = new Promise<void>((resolve) => {
        lost = resolve;
      });
      let happened = false;
      return rig(
        {
          "projects/shop/project.yml": `${project("shop")}stores: { db: { client: sqlite, connection: store.sqlite } }\n`,
          "projects/shop/models/shop.yml": `sources: [{ name: db, tables: [{ name: a, columns: [{ name: id, data_type: bigint }] }, { name: b, columns: [{ name: id, data_type: bigint }] }] }]
snapshots:
  - { name: a, relation: "source('db', 'a')", config: { strategy: full, attempts: 1 } }
  - { name: b, relation: "source('db', 'b')", config: { strategy: full, attempts: 1 } }
`,
        },
        {
          stateOfTasks: (state) => ({
            ...state,
            async createBuild(build) {
              // The one is under way for as long as it takes the other to meet the outage.
              if (build.model === "shop.b" && !happened) await outage;
              return state.createBuild(build);
            },
            async settleStep(ref, settlement) {
              if (happened || !settlement.step.step.startsWith("extract:")) return state.settleStep(ref, settlement);
              happened = true;
              setTimeout(lost, 50);
              throw unreachable();
            },
          }),
        },
        async (engine) => {
          const store = new Database(join(engine.mesh.root, "store.sqlite"));
          store.exec(
            "create table a (id integer not null); create table b (id integer not null); insert into a values (1)",
          );
          store.close();
          const runId = await engine.begin();
          expect((await engine.ended(runId)).status, await troubles(engine.state, runId)).toBe("success");
          expect(happened).toBe(true);
          await expectInvariants(engine.state, runId);
          const outcomes = (await engine.state.listAttempts(runId)).map(({ outcome }) => outcome);
          expect(outcomes).toContain("returned");
        },
      );
    });

    test("an error that may pass is tried again after a pause, up to the attempts allowed", () =>
      rig(
        {
          "projects/shop/project.yml": `${project("shop")}stores: { away: { client: sqlite, connection: nowhere/away.sqlite } }\n`,
          "projects/shop/models/shop.yml": `sources: [{ name: away, tables: [{ name: t, columns: [{ name: id, data_type: bigint }] }] }]
snapshots: [{ name: t, relation: "source('away', 't')", config: { strategy: full, attempts: 3, retry_delay: 50ms } }]
`,
        },
        {},
        async (engine) => {
          const runId = await engine.begin();
          const run = await engine.ended(runId);
          expect(run.status).toBe("failed");
          const attempts = await engine.state.listAttempts(runId);
          const outcomes = attempts.filter(({ task }) => task.startsWith("extract:")).map(({ outcome }) => outcome);
          const error = (await engine.state.listSteps(runId)).find(({ kind }) => kind === "extract")?.error;
          // Whether it may pass is the adapter's to say; how often it is tried then is the model's.
          expect([["failed"], ["retried", "retried", "failed"]], error?.code).toContainEqual(outcomes);
        },
      ));

    test("a cancelled run publishes nothing from then on, in whatever state its tasks are", () =>
      rig(
        {
          "projects/shop/models/first.sql": "{{ config(materialized='table') }} select 1 as id",
          "projects/shop/models/slow.sql":
            "{{ config(materialized='table') }} select count(*) as n from range(20000000) a, range(2000) b, {{ ref('first') }}",
          "projects/shop/models/after.sql": "{{ config(materialized='table') }} select n from {{ ref('slow') }}",
        },
        {},
        async (engine) => {
          const runId = await engine.begin();
          await until(async () => {
            const steps = await engine.state.listSteps(runId);
            return steps.some(({ step, status }) => step === "build:shop.slow" && status === "running");
          });
          const asked = performance.now();
          await cancelRun(runId, "wrong", BY, engine.state);
          await engine.context.transport.signal({ topic: "stop", runId });
          const run = await engine.ended(runId);
          expect(run).toMatchObject({ status: "cancelled", cancelledBy: "ana", cancelReason: "wrong" });
          expect(performance.now() - asked).toBeLessThan(SOON_MS);
          expect([...(await engine.state.published()).keys()]).toEqual(["shop.first"]);
          expect((await engine.state.listTasks(runId)).map(({ status }) => status)).not.toContain("running");
          await expect(cancelRun(runId, "wrong", BY, engine.state)).rejects.toMatchObject({
            code: "run/already-ended",
          });
        },
      ));

    test("a model that takes longer than its timeout is stopped and told so", () =>
      rig(
        {
          "projects/shop/models/slow.sql":
            "{{ config(materialized='table', timeout='1s') }} select count(*) as n from range(20000000) a, range(2000) b",
        },
        {},
        async (engine) => {
          const runId = await engine.begin();
          expect((await engine.ended(runId)).status).toBe("failed");
          const step = (await engine.state.listSteps(runId)).find(({ step: id }) => id === "build:shop.slow");
          expect(step).toMatchObject({ status: "failed", error: { code: "run/timed-out" } });
        },
      ));

    test("a pool is never fuller than its limit, and two runs never make one model at once", () =>
      rig(diamonds(2, 6), { workers: 3, concurrency: 3, pools: { "project:shop": 2 } }, async (engine) => {
        await setRound(engine.mesh, 1);
        const runs = [await engine.begin(), await engine.begin()];
        for (const id of runs)
          expect((await engine.ended(id)).status, await troubles(engine.state, id)).toBe("success");
        const attempts = (await Promise.all(runs.map((id) => engine.state.listAttempts(id)))).flat();
        const builds = attempts.filter(({ task }) => task.startsWith("build:"));
        expect(mostAtOnce(builds)).toBeLessThanOrEqual(2);
        for (const task of new Set(builds.map((attempt) => attempt.task)))
          expect(mostAtOnce(builds.filter((attempt) => attempt.task === task)), task).toBe(1);
        await expectValues(engine, 2, 6, 1);
      }));

    test("runs that publish or test models together wait for each other's whole bundle, and none is refused", () => {
      const model = (name: string, from: string) => ({
        [`projects/shop/models/${name}.sql`]: `{{ config(materialized='table', publish='both') }} select v from {{ ref('${from}') }}`,
      });
      const files = {
        ...diamonds(1, 1),
        ...model("left_one", "m0_0"),
        ...model("right_one", "left_one"),
        "projects/shop/models/shop.yml": `models:
  - name: right_one
    columns: [{ name: v, data_tests: [{ relationships: { arguments: { to: ref('left_one'), field: v } } }] }]
`,
      };
      return rig(files, { workers: 3, concurrency: 2 }, async (engine) => {
        await setRound(engine.mesh, 1);
        const runs = [await engine.begin(), await engine.begin(), await engine.begin()];
        for (const id of runs)
          expect((await engine.ended(id)).status, await troubles(engine.state, id)).toBe("success");
        expect([await shown(engine, "left_one"), await shown(engine, "right_one")]).toEqual(["1", "1"]);
      });
    });

    test("a run keeps the graph it was planned with when something else is deployed meanwhile", () =>
      rig(diamonds(3, 3), { workers: 1, concurrency: 1 }, async (engine) => {
        await setRound(engine.mesh, 10);
        const runId = await engine.begin();
        await engine.mesh.write({
          "projects/shop/models/m1_0.sql": "{{ config(materialized='table') }} select 1000000 as v",
          "projects/shop/models/fresh.sql": "select v from {{ ref('m2_0') }}",
        });
        await engine.deploy();
        expect((await engine.ended(runId)).status, await troubles(engine.state, runId)).toBe("success");
        await expectValues(engine, 3, 3, 10);
        expect((await engine.state.published()).has("shop.fresh")).toBe(false);
        const next = await engine.begin();
        expect((await engine.ended(next)).status, await troubles(engine.state, next)).toBe("success");
        expect(await shown(engine, "m1_0")).toBe("1000000");
        expect(await shown(engine, "fresh")).toBe("1000001");
      }));

    test("workers that drain give their tasks back, and no attempt is burned", () =>
      rig(diamonds(4, 4), { workers: 3, concurrency: 1 }, async (engine) => {
        await setRound(engine.mesh, 3);
        const runId = await engine.begin();
        let given = 0;
        while (given < 4) {
          for (const taker of engine.takers) {
            given += taker.held.length;
            taker.stopAll("returned");
          }
          await new Promise((resolve) => setTimeout(resolve, 30));
          if ((await engine.state.getRun(runId))?.status !== "running") break;
        }
        expect((await engine.ended(runId)).status, await troubles(engine.state, runId)).toBe("success");
        await expectInvariants(engine.state, runId);
        await expectValues(engine, 4, 4, 3);
        for (const task of await engine.state.listTasks(runId)) expect(task).toMatchObject({ attempt: 0, losses: 0 });
        expect(given).toBeGreaterThan(0);
      }));
  });
}

/** Every model of `diamonds` shows the value of this round. */
export async function expectValues({ mesh }: EngineRig, layers: number, width: number, round: number): Promise<void> {
  const models = Array.from({ length: layers }, (_, layer) =>
    Array.from({ length: width }, (_, i) => `m${layer}_${i}`),
  );
  const selects = models.flat().map((model) => `select '${model}' as model, v from {{ ref('shop', '${model}') }}`);
  const opened = await mesh.open();
  try {
    const { rows } = await opened.show({ inline: selects.join(" union all ") }, 1_000);
    const expected = models.flatMap((names, layer) => names.map((model) => [model, String(round + layer)]));
    expect(rows.map((row) => row.map(String)).sort()).toEqual(expected.sort());
  } finally {
    await opened.close();
  }
}

async function shown({ mesh }: EngineRig, model: string): Promise<string> {
  const opened = await mesh.open();
  try {
    return String((await opened.show({ model: `shop.${model}` }, 1)).rows[0]?.[0]);
  } finally {
    await opened.close();
  }
}

async function troubles(state: StateStore, runId: string): Promise<string> {
  const steps = await state.listSteps(runId);
  return steps.flatMap(({ step, error }) => (error ? [`${step}: ${error.message}`] : [])).join("\n");
}

function mostAtOnce(attempts: readonly AttemptRecord[]): number {
  const changes = attempts
    .flatMap(({ startedAt, finishedAt }) => [
      { at: startedAt.getTime(), by: 1 },
      { at: finishedAt?.getTime() ?? Number.POSITIVE_INFINITY, by: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by);
  let now = 0;
  let most = 0;
  for (const { by: change } of changes) {
    now += change;
    most = Math.max(most, now);
  }
  return most;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
