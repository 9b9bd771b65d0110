// Owns what every state store must keep of runs, builds and publications, and of itself from before its tables are made. All suites: `state-store.ts`.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openState, type StateLocation, type StateStore } from "../../core/state/index.ts";
import { createId } from "../../core/util/index.ts";
import { passedBuild, someData, startedBuild } from "../support/state-builds.ts";
import { claimedTask, endRun, settled, startedRun } from "../support/state-runs.ts";
import { startTypeScript } from "../support/typescript-child.ts";
import { testDeployments } from "./state-deployments.ts";
import { testPublishModel } from "./state-publish-model.ts";

export interface StateUnderTest {
  readonly location: StateLocation;
  /** Runs SQL beside the store, as another program would. Table names are written `{run}`. */
  sql(statement: string): Promise<void>;
  remove(): Promise<void>;
}

const publish = { action: "publish" } as const;

export function testState(name: string, make: () => Promise<StateUnderTest>): void {
  describe(`state store: ${name}`, () => {
    let place: StateUnderTest;
    let state: StateStore;
    const opened: StateStore[] = [];
    const open = async () => {
      const store = await openState(place.location);
      opened.push(store);
      return store;
    };
    const change = async (model: string, expected: string | null = null) => ({
      model,
      project: model.split(".")[0] ?? "",
      buildId: await passedBuild(state, model),
      expected,
    });
    const startRun = () => startedRun(state);
    const begun = { step: "build:a.b", kind: "build", model: "a.b", reason: "new" };

    /** What the store said before it had tables, the ids that those who migrated it at once found, and what was deployed then. */
    let unmigrated: unknown;
    let deployedAtFirst: unknown;
    let ids: readonly string[] = [];

    beforeAll(async () => {
      place = await make();
      state = await openState(place.location);
      unmigrated = await state.listRuns().catch((error: unknown) => error);
      const stores = await Promise.all(Array.from({ length: 8 }, open));
      await Promise.all(stores.map((store) => store.migrate()));
      await state.migrate();
      ids = await Promise.all([state, ...stores].map((store) => store.id()));
      deployedAtFirst = [
        await state.currentDeployments(),
        await state.listDeployments(),
        await state.getDeployments([]),
      ];
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((store) => store.close()));
    });
    afterAll(async () => {
      await state.close();
      await place.remove();
    });

    describe("schema", () => {
      test("a store without tables says so", () => {
        expect(unmigrated).toMatchObject({ code: "state/not-migrated" });
      });

      test("many processes may migrate at once, and again", () => {
        expect(new Set(ids).size).toBe(1);
        expect(ids[0]).toMatch(/^[0-9a-z]{26}$/);
      });

      test("nothing is deployed at first", () => {
        expect(deployedAtFirst).toEqual([{ sequence: 0, ids: new Map() }, [], new Map()]);
      });

      test("a newer schema is refused", async () => {
        await place.sql(
          `insert into {migration} (version, name, applied_at) values (999, 'later', '2030-01-01T00:00:00Z')`,
        );
        await expect(state.migrate()).rejects.toMatchObject({
          code: "state/newer-schema",
          message: expect.stringContaining("999"),
        });
        await place.sql("delete from {migration} where version = 999");
        await state.migrate();
      });
    });

    describe("runs and steps", () => {
      test("a run is recorded from start to end, with the database's times", async () => {
        const before = await state.now();
        const id = await startRun();
        const [running] = await state.listRuns({ status: "running" });
        expect(running).toMatchObject({
          id,
          command: "run",
          selection: "a+",
          status: "running",
          host: "here",
          pid: 42,
        });
        expect(running).not.toHaveProperty("finishedAt");
        await state.heartbeat(id);
        await endRun(state, id);
        const [ended] = await state.listRuns({ limit: 1 });
        expect(ended).toMatchObject({ id, status: "success" });
        const times = [before, ended?.startedAt, ended?.heartbeatAt, ended?.finishedAt].map((time) => Number(time));
        expect(times).toEqual([...times].sort((a, b) => a - b));
      });

      test("the process of a run is recorded by more than its number where the system tells it", async () => {
        const told = await startedRun(state, undefined, { process: "0123456789ab.5k" });
        const untold = await startRun();
        expect(await state.getRun(told)).toMatchObject({ host: "here", pid: 42, process: "0123456789ab.5k" });
        expect(await state.getRun(untold)).not.toHaveProperty("process");
        for (const id of [told, untold]) await endRun(state, id);
      });

      test("runs are listed newest first", async () => {
        const ids = [await startRun(), await startRun(), await startRun()];
        expect((await state.listRuns({ limit: 3 })).map(({ id }) => id)).toEqual([...ids].reverse());
        for (const id of ids) await endRun(state, id);
      });

      test("a step is recorded with its counts and its error", async () => {
        const runId = await startRun();
        const error = {
          level: "error",
          code: "a/b",
          message: "naïve “quotes”",
          help: "h",
          location: { file: "x.sql", line: 3 },
        } as const;
        const ref = await claimedTask(state, runId);
        await state.beginStep(ref, { step: "build:a.b", kind: "build", model: "a.b", reason: "new" });
        const measured = { status: "failed", rows: 9_007_199_254_740_991, bytes: 0, error } as const;
        await state.settleStep(ref, settled("build:a.b", measured));
        await state.settleStep(ref, settled("build:a.c", { status: "held", reason: "a.b failed" }));
        const steps = await state.listSteps(runId);
        expect(steps).toMatchObject([
          { step: "build:a.b", status: "failed", reason: "new", rows: 9_007_199_254_740_991, bytes: 0, error },
          { step: "build:a.c", status: "held", reason: "a.b failed" },
        ]);
        expect(steps[1]).not.toHaveProperty("rows");
        expect(steps[1]).not.toHaveProperty("error");
        await state.endTask(ref, { status: "failed" });
      });

      test("the last step of a kind about each model is found, whatever became of it", async () => {
        const earlier = await startRun();
        const first = await claimedTask(state, earlier);
        for (const model of ["a.last", "a.other"])
          await state.settleStep(first, settled(`extract:${model}`, { reason: "earlier" }));
        await state.endTask(first, { status: "done" });
        const before = await state.now();
        while ((await state.now()).getTime() === before.getTime());
        const later = await startRun();
        const second = await claimedTask(state, later);
        await state.settleStep(second, settled("extract:a.last", { status: "unchanged", reason: "later" }));
        await state.settleStep(second, settled("test:a.other"));
        const passed = await passedBuild(state, "a.last", later);
        const last = await state.lastSteps("extract", ["a.last", "a.other", "a.never"]);
        expect([...last.values()].map(({ model, runId, reason }) => [model, runId, reason]).sort()).toEqual([
          ["a.last", later, "later"],
          ["a.other", earlier, "earlier"],
        ]);
        expect((await state.listBuilds({ runs: [later] })).map(({ id }) => id)).toEqual([passed]);
        await state.endTask(second, { status: "done" });
      });

      test("declaring a run dead closes its steps and unfinished builds, and leaves what it finished", async () => {
        const runId = await startRun();
        await state.beginStep(await claimedTask(state, runId), begun);
        const passed = await passedBuild(state, "a.b", runId);
        const building = await startedBuild(state, "a.b", runId);
        await state.markCrashed(runId);
        expect((await state.listRuns()).find(({ id }) => id === runId)).toMatchObject({
          status: "crashed",
          finishedAt: expect.any(Date),
        });
        expect(await state.listSteps(runId)).toMatchObject([{ status: "crashed", finishedAt: expect.any(Date) }]);
        const builds = await state.getBuilds([passed, building]);
        expect(builds.get(passed)?.status).toBe("passed");
        expect(builds.get(building)?.status).toBe("rejected");
      });

      test("a run that was declared dead but lives can do no more", async () => {
        const runId = await startRun();
        const built = await startedBuild(state, "a.b", runId);
        const passed = await passedBuild(state, "a.zombie", runId);
        const ref = await claimedTask(state, runId);
        await state.beginStep(ref, begun);
        await state.markCrashed(runId);
        const lost = { code: "state/run-lost" };
        await expect(state.heartbeat(runId)).rejects.toMatchObject(lost);
        const taskLost = { code: "run/task-lost" };
        await expect(state.settleStep(ref, settled("build:a.b"))).rejects.toMatchObject(taskLost);
        await expect(state.endTask(ref, { status: "done" })).rejects.toMatchObject(taskLost);
        const late = { data: someData, contentId: "c", asOf: new Date() };
        await expect(state.completeBuild(built, late)).rejects.toMatchObject({ code: "state/build-status-refused" });
        const wanted = [{ model: "a.zombie", project: "a", buildId: passed, expected: null }];
        await expect(state.publish(wanted, { runId, action: "publish" })).rejects.toMatchObject(lost);
        expect((await state.published(["a"])).has("a.zombie")).toBe(false);
      });

      test("declaring a finished run dead changes nothing", async () => {
        const runId = await startRun();
        await endRun(state, runId);
        await state.markCrashed(runId);
        expect((await state.listRuns()).find(({ id }) => id === runId)?.status).toBe("success");
      });
    });

    describe("builds", () => {
      test("a build comes back as it was given", async () => {
        const id = createId();
        const given = {
          id,
          model: "a.round_trip",
          relation: { schema: "a", name: "round trip\"'" },
          runId: "run-0",
          fingerprint: "f1",
          inputs: { "b.c": { buildId: "1", contentId: "2" } },
        };
        await state.createBuild(given);
        const [started] = await state.listBuilds({ models: ["a.round_trip"] });
        expect(started).toEqual({ ...given, status: "building", createdAt: expect.any(Date) });
        const asOf = new Date("2026-02-28T23:59:59.999Z");
        await state.completeBuild(id, { data: someData, contentId: "c1", asOf, position: "0/16B3748" });
        expect((await state.getBuilds([id, "unknown"])).get(id)).toEqual({
          ...started,
          status: "built",
          data: someData,
          contentId: "c1",
          asOf,
          position: "0/16B3748",
          rows: 9_007_199_254_740_991,
          bytes: 12,
        });
      });

      test.each([
        ["building", "passed", false],
        ["building", "rejected", true],
        ["building", "removed", true],
        ["built", "passed", true],
        ["built", "rejected", true],
        ["passed", "passed", true],
        ["passed", "rejected", false],
        ["passed", "built", false],
        ["passed", "removed", true],
        ["rejected", "passed", false],
        ["rejected", "removed", true],
        ["removed", "passed", false],
        ["removed", "removed", true],
      ] as const)("a build that is %s may become %s: %s", async (from, to, allowed) => {
        const id = await startedBuild(state, "a.road");
        if (from === "built" || from === "passed")
          await state.completeBuild(id, { data: someData, contentId: "c", asOf: new Date() });
        if (from !== "building" && from !== "built") await state.setBuildStatus([id], from);
        if (allowed) await state.setBuildStatus([id], to);
        else
          await expect(state.setBuildStatus([id], to)).rejects.toMatchObject({
            code: "state/build-status-refused",
            message: expect.stringContaining(id),
          });
        expect((await state.getBuilds([id])).get(id)?.status).toBe(allowed ? to : from);
      });

      test("statuses of several builds change together or not at all", async () => {
        const good = await passedBuild(state, "a.many");
        const bad = await startedBuild(state, "a.many");
        await expect(state.setBuildStatus([good, bad], "passed")).rejects.toMatchObject({
          code: "state/build-status-refused",
        });
        await expect(state.setBuildStatus([bad, "unknown"], "removed")).rejects.toMatchObject({
          message: expect.stringContaining("unknown"),
        });
        expect((await state.getBuilds([bad])).get(bad)?.status).toBe("building");
      });

      test("a published build cannot be removed", async () => {
        const wanted = await change("a.kept");
        const other = await passedBuild(state, "a.kept");
        await state.publish([wanted], publish);
        await expect(state.setBuildStatus([other, wanted.buildId], "removed")).rejects.toMatchObject({
          code: "state/build-published",
          message: expect.stringContaining(wanted.buildId),
        });
        expect((await state.getBuilds([other])).get(other)?.status).toBe("passed");
        await state.setBuildStatus([other], "removed");
      });

      test("builds are listed newest first, by model, status and number", async () => {
        const ids = [
          await passedBuild(state, "a.listed"),
          await startedBuild(state, "a.listed"),
          await passedBuild(state, "a.listed"),
        ];
        const list = async (filter: Parameters<StateStore["listBuilds"]>[0]) =>
          (await state.listBuilds(filter)).map(({ id }) => id);
        expect(await list({ models: ["a.listed"] })).toEqual([...ids].reverse());
        expect(await list({ models: ["a.listed"], statuses: ["passed"] })).toEqual([ids[2], ids[0]]);
        expect(await list({ models: ["a.listed", "a.none"], limit: 1 })).toEqual([ids[2]]);
        expect(await list({ models: [] })).toEqual([]);
      });

      test("lists longer than any database's limit of parameters work", async () => {
        const id = await passedBuild(state, "a.long");
        const ids = [...Array.from({ length: 70_000 }, (_, i) => `none-${i}`), id];
        expect([...(await state.getBuilds(ids)).keys()]).toEqual([id]);
        expect(await state.published(ids)).toEqual(new Map());
      });
    });

    describe("publications", () => {
      test("a set is published together, in the order given, and says what it replaced", async () => {
        const first = [await change("pub.a"), await change("pub.b")];
        const made = await state.publish(first, publish);
        expect(made).toMatchObject([
          {
            model: "pub.a",
            project: "pub",
            buildId: first[0]?.buildId,
            action: "publish",
            publishedAt: expect.any(Date),
          },
          { model: "pub.b", buildId: first[1]?.buildId },
        ]);
        expect(made[0]).not.toHaveProperty("previousBuildId");
        expect(made[0]).not.toHaveProperty("runId");
        const back = await state.publish([await change("pub.a", first[0]?.buildId)], {
          action: "rollback",
          by: { actor: "ana", via: "cli" },
          why: "wrong rates",
        });
        expect(back).toMatchObject([{ action: "rollback", previousBuildId: first[0]?.buildId }]);
        expect(await state.listAudit({ limit: 1 })).toMatchObject([
          {
            actor: "ana",
            via: "cli",
            action: "model.rollback",
            subject: "pub.a",
            detail: { build: back[0]?.buildId, previous: first[0]?.buildId, why: "wrong rates" },
          },
        ]);
        // One that is refused leaves no entry: both are one transaction.
        const entries = (await state.verifyAudit()).entries;
        const refused = state.publish([await change("pub.a", "another")], {
          action: "rollback",
          by: { actor: "ana", via: "cli" },
        });
        await expect(refused).rejects.toMatchObject({ code: "publish/superseded" });
        expect((await state.verifyAudit()).entries).toBe(entries);
        const published = await state.published(["pub"]);
        expect([...published.values()]).toEqual([back[0], made[1]]);
        expect(await state.publishedSequence("pub")).toBe(back[0]?.sequence);
        expect(await state.publishedSequence("never")).toBe(0);
        expect(await state.listPublications({ model: "pub.a" })).toEqual([back[0], made[0]]);
        expect(await state.listPublications({ limit: 2 })).toEqual([back[0], made[1]]);
        const at = back[0]?.publishedAt as Date;
        expect(await state.listPublications({ model: "pub.a", since: at })).toContainEqual(back[0]);
        expect(await state.listPublications({ since: new Date(at.getTime() + 1) })).toEqual([]);
      });

      test("publishing nothing is nothing", async () => {
        expect(await state.publish([], publish)).toEqual([]);
      });

      test("a set is refused whole, naming each model that shows something else", async () => {
        const shown = await change("cas.a");
        await state.publish([shown], publish);
        const before = await state.listPublications({});
        const set = [await change("cas.b"), await change("cas.a"), await change("cas.c", "gone")];
        await expect(state.publish(set, publish)).rejects.toMatchObject({
          code: "publish/superseded",
          message: `Not published: cas.a now shows build ${shown.buildId}, expected nothing; cas.c now shows nothing, expected build gone.`,
        });
        expect(await state.listPublications({})).toEqual(before);
        expect([...(await state.published(["cas"])).keys()]).toEqual(["cas.a"]);
      });

      test("only a build of the model that passed its tests is published", async () => {
        const ok = await change("fit.a");
        const building = await startedBuild(state, "fit.b");
        const removed = await passedBuild(state, "fit.c");
        await state.setBuildStatus([removed], "removed");
        const wrong = (model: string, buildId: string) => ({ model, project: "fit", buildId, expected: null });
        const set = [
          ok,
          wrong("fit.b", building),
          wrong("fit.c", removed),
          wrong("fit.d", ok.buildId),
          wrong("fit.e", "none"),
        ];
        await expect(state.publish(set, publish)).rejects.toMatchObject({
          code: "publish/build-not-publishable",
          message: `Not published: build ${building} of fit.b is building; build ${removed} of fit.c is removed; build ${ok.buildId} of fit.d is a build of fit.a; build none of fit.e does not exist.`,
        });
        expect((await state.published(["fit"])).size).toBe(0);
      });

      test("of 20 publishers at once exactly one wins each round, and sequences only grow", async () => {
        const stores = await Promise.all(Array.from({ length: 20 }, open));
        let expected: string | null = null;
        for (let round = 0; round < 5; round++) {
          const candidates = await Promise.all(stores.map((store) => passedBuild(store, "race.a")));
          const results = await Promise.allSettled(
            stores.map((store, i) =>
              store.publish([{ model: "race.a", project: "race", buildId: candidates[i] ?? "", expected }], publish),
            ),
          );
          const won = results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
          const lost = results.filter(
            (result) => result.status === "rejected" && result.reason.code === "publish/superseded",
          );
          expect([won.length, lost.length]).toEqual([1, 19]);
          expected = won[0]?.buildId ?? null;
          expect((await state.published(["race"])).get("race.a")?.buildId).toBe(expected);
        }
        const sequences = (await state.listPublications({ model: "race.a" })).map(({ sequence }) => sequence);
        expect(sequences).toHaveLength(5);
        expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => b - a));
      });

      test("a published build never loses to a removal at the same instant", async () => {
        const [one, two] = [await open(), await open()];
        for (let round = 0; round < 15; round++) {
          const model = `gone.m${round}`;
          const wanted = await change(model);
          await Promise.allSettled([one.publish([wanted], publish), two.setBuildStatus([wanted.buildId], "removed")]);
          const status = (await state.getBuilds([wanted.buildId])).get(wanted.buildId)?.status;
          expect((await state.published(["gone"])).has(model)).toBe(status === "passed");
        }
      });

      test("two processes publish on one store without losing or repeating anything", async () => {
        const args = (models: string[]) => [JSON.stringify(place.location), "count", JSON.stringify(models), "25"];
        const children = [args(["two.a", "two.c"]), args(["two.b", "two.c"])].map((all) =>
          startTypeScript("./state-child.ts", all),
        );
        let over = false;
        const all = Promise.all(children.map(({ ended }) => ended)).finally(() => {
          over = true;
        });
        const seen = [await state.publishedSequence("two")];
        // Until one of them publishes there is nothing to see, and asking all the time would keep both from starting.
        await Promise.race([...children.map((child) => child.untilLines(1)), all]);
        while (!over) {
          seen.push(await state.publishedSequence("two"));
          // SQLite answers without leaving the loop's turn: the children's ends would never be heard.
          await new Promise(setImmediate);
        }
        for (const { code, errors } of await all) expect(code, errors).toBe(0);
        expect(seen, "a reader never sees a smaller sequence later").toEqual([...seen].sort((a, b) => a - b));
        const sequences = children.flatMap(({ lines }) => lines.flatMap((line) => JSON.parse(line) as number[]));
        expect(sequences).toHaveLength(100);
        const recorded = (await state.listPublications({})).filter(({ model }) => model.startsWith("two."));
        expect(recorded.map(({ sequence }) => sequence)).toEqual(sequences.sort((a, b) => b - a));
        for (const model of ["two.a", "two.b", "two.c"]) await expectUnbrokenHistory(state, model);
      }, 60_000);

      test("a publisher killed at any instant leaves each set published whole or not at all", async () => {
        const models = ["kill.a", "kill.b", "kill.c"];
        let kills = 0;
        let committed = 0;
        for (let round = 0; round < 4; round++) {
          const child = startTypeScript("./state-child.ts", [
            JSON.stringify(place.location),
            "forever",
            JSON.stringify(models),
            "0",
          ]);
          await child.untilLines(3 + round * 2);
          child.process.kill("SIGKILL");
          const { signal } = await child.ended;
          if (signal === "SIGKILL") kills++;
          committed += child.lines.length;
          const history = await Promise.all(models.map((model) => state.listPublications({ model })));
          const sets = new Set(history.map((publications) => publications.length));
          expect(sets.size, "all models were published equally often").toBe(1);
          // The last commit may not have been reported before the kill, but nothing reported may be missing.
          expect([...sets][0]).toBeGreaterThanOrEqual(committed);
          expect([...sets][0]).toBeLessThanOrEqual(committed + kills);
          for (const model of models) await expectUnbrokenHistory(state, model);
        }
        console.log(`${name}: killed ${kills} publishers after ${committed} reported publications`);
        expect(kills).toBe(4);
        for (const { id } of await state.listRuns({ status: "running" })) await state.markCrashed(id);
        expect(await state.listBuilds({ models, statuses: ["building", "built"] })).toEqual([]);
      }, 60_000);

      testPublishModel(() => state);
    });

    describe("deployments", () => {
      testDeployments(
        name,
        () => state,
        () => place.location,
        open,
      );
    });

    describe("test results", () => {
      test("results come back, the last one of a test on a build counts", async () => {
        const result = {
          runId: "run-t",
          test: "unique:a.b.id",
          model: "a.b",
          buildId: "b-1",
          failures: 2,
          durationMs: 1.25,
        };
        const sample = [{ id: "9007199254740993", name: "ü" }];
        await state.recordTests([]);
        await state.recordTests([{ ...result, status: "fail" }]);
        await state.recordTests([
          { ...result, status: "error", message: "first" },
          { ...result, status: "warn", message: "second", sample },
          { ...result, test: "not_null:a.b.id", status: "pass", failures: 0 },
        ]);
        expect(await state.listTests({ runId: "run-t" })).toEqual([
          { ...result, test: "not_null:a.b.id", status: "pass", failures: 0 },
          { ...result, status: "warn", message: "second", sample },
        ]);
        expect(await state.listTests({ buildId: "b-1", runId: "other" })).toEqual([]);
      });

      test("results come with the verdict on their build, or not at all", async () => {
        const result = { test: "t", model: "a.b", status: "pass" as const, failures: 0, durationMs: 0 };
        const id = await startedBuild(state, "a.b");
        await state.completeBuild(id, { data: someData, contentId: "c", asOf: new Date() });
        await state.recordTests([{ ...result, runId: "run-v", buildId: id }], { buildId: id, status: "passed" });
        expect((await state.getBuilds([id])).get(id)?.status).toBe("passed");

        await expect(
          state.recordTests([{ ...result, runId: "run-w", buildId: id }], { buildId: id, status: "rejected" }),
        ).rejects.toMatchObject({ code: "state/build-status-refused" });
        expect(await state.listTests({ runId: "run-w" })).toEqual([]);
      });

      test("64-bit integers in failing rows are kept exactly, as text", async () => {
        await state.recordTests([
          {
            runId: "run-i",
            test: "t",
            model: "a.b",
            buildId: "b",
            status: "fail",
            failures: 1,
            durationMs: 0,
            sample: [{ id: 9_007_199_254_740_993n }],
          },
        ]);
        expect((await state.listTests({ runId: "run-i" }))[0]?.sample).toEqual([{ id: "9007199254740993" }]);
      });

      test("thousands of results are recorded at once", async () => {
        const results = Array.from({ length: 3_000 }, (_, i) => ({
          runId: "run-m",
          test: `t${i}`,
          model: "a.b",
          buildId: "b",
          status: "pass" as const,
          failures: 0,
          durationMs: 0,
        }));
        await state.recordTests(results);
        expect(await state.listTests({ runId: "run-m" })).toHaveLength(3_000);
      });
    });
  });
}

/** What is published is the last publication; each publication replaced the one before it. */
async function expectUnbrokenHistory(state: StateStore, model: string): Promise<void> {
  const history = await state.listPublications({ model });
  expect((await state.published([model.split(".")[0] ?? ""])).get(model)).toEqual(history[0]);
  expect(history.map(({ previousBuildId }) => previousBuildId)).toEqual([
    ...history.slice(1).map(({ buildId }) => buildId),
    undefined,
  ]);
}
