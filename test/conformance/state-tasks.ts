// Owns what every state store must hold of tasks: one holder at a time, nothing done for who holds no more, children let go on exactly once.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AdmissionView, openState, type StateStore, type TaskRef } from "../../core/state/index.ts";
import { passedBuild, someData, startedBuild } from "../support/state-builds.ts";
import { ALL_TASKS, claimedTask, newRun, newTask, refOf, settled, startedRun } from "../support/state-runs.ts";
import type { StateUnderTest } from "./state.ts";

const LOST = { code: "run/task-lost" };
const error = { level: "error", code: "run/worker-lost", message: "gone", help: "none" } as const;

export function testTasks(name: string, make: () => Promise<StateUnderTest>): void {
  describe(`tasks: ${name}`, () => {
    let place: StateUnderTest;
    let state: StateStore;
    let other: StateStore;

    beforeAll(async () => {
      place = await make();
      state = await openState(place.location);
      await state.migrate();
      other = await openState(place.location);
    });
    afterAll(async () => {
      await Promise.all([state.close(), other.close()]);
      await place.remove();
    });

    const taskOf = async (runId: string, id = "task") => (await state.listTasks(runId)).find((task) => task.id === id);
    const queue = async (runId: string) => {
      const [ticket] = await state.admit({ runId }, ALL_TASKS);
      return ticket as NonNullable<typeof ticket>;
    };
    const claim = { worker: "w", leaseMs: 60_000 };

    test("a run asked for twice with one key of a schedule is recorded once, from however many sides", async () => {
      const ask = (store: StateStore) =>
        store.recordRun(newRun({ executor: "workers", schedule: "a.hourly", scheduleKey: "2026-01-01T00:00:00Z" }));
      const made = await Promise.all([ask(state), ask(other), ask(state), ask(other)]);
      expect(made.filter(Boolean)).toHaveLength(1);
      expect(made.find(Boolean)).toMatchObject({ status: "waiting", executor: "workers", schedule: "a.hourly" });
      // Runs without a schedule are as many as are asked for.
      expect(await Promise.all([state.recordRun(newRun()), state.recordRun(newRun())])).not.toContain(undefined);
    });

    test("a waiting run begins once, and one that is ended before never does", async () => {
      const [run, ended] = [newRun(), newRun()];
      await state.recordRun(run);
      const begun = await Promise.all([
        state.beginRun(run.id, "one", [newTask("task")]),
        other.beginRun(run.id, "two", [newTask("task")]),
      ]);
      expect(begun.filter(Boolean)).toHaveLength(1);
      expect(await state.readWork(run.id)).toBe(begun[0] ? "one" : "two");
      expect(await state.listTasks(run.id)).toHaveLength(1);
      await state.recordRun(ended);
      expect(await state.endWaitingRun(ended.id, "skipped", "the one before still runs")).toBe(true);
      expect(await state.beginRun(ended.id, "late", [])).toBe(false);
      expect(await state.getRun(ended.id)).toMatchObject({ status: "skipped", reason: "the one before still runs" });
    });

    test("a run that is raised goes before others from then on, with the tasks that are still to come", async () => {
      const tasks = [newTask("first"), newTask("child", { waits: 1 })];
      const slow = await startedRun(state, tasks, { executor: "workers", priority: 100 });
      const fast = await startedRun(state, [newTask("task")], { executor: "workers", priority: 50 });
      const seen = async (choose: Parameters<StateStore["admit"]>[1] = () => []) => {
        const views: AdmissionView[] = [];
        await state.admit({ executor: "workers" }, (view) => {
          views.push(view);
          return choose(view);
        });
        const own = (list: AdmissionView["ready"] = []) =>
          list.filter(({ runId }) => runId === slow || runId === fast).map(({ id, priority }) => `${id} ${priority}`);
        return { ready: own(views[0]?.ready), underWay: own(views[0]?.underWay) };
      };
      expect(await seen()).toEqual({ ready: ["task 50", "first 100"], underWay: [] });
      expect(await other.raiseRun(slow, 20, "freshness of a.b is at risk")).toBe(true);
      expect(await seen()).toEqual({ ready: ["first 20", "task 50"], underWay: [] });
      expect(await state.getRun(slow)).toMatchObject({
        priority: 20,
        raisedFrom: 100,
        raisedBecause: "freshness of a.b is at risk",
      });

      const ref = await claimedTask(state, slow, "first");
      await state.settleStep(ref, { ...settled("build:a"), releases: { "build:a": ["child"] }, end: "done" });
      expect(await seen()).toEqual({ ready: ["child 20", "task 50"], underWay: [] });
      await state.admit({ runId: slow }, ALL_TASKS);
      expect(await seen(), "what is queued has it too").toEqual({ ready: ["task 50"], underWay: ["child 20"] });
      await state.stopRun(fast, { by: "ana", reason: "", status: "cancelled" });
    });

    test("a run is raised once for one reason, before it begins too, never lowered, and not when it has ended", async () => {
      const run = newRun({ priority: 100 });
      await state.recordRun(run);
      const raised = await Promise.all([state, other].map((store) => store.raiseRun(run.id, 20, "one")));
      expect(raised.filter(Boolean)).toHaveLength(1);
      for (const priority of [20, 50, 1_000]) expect(await state.raiseRun(run.id, priority, "two")).toBe(false);
      expect(await state.getRun(run.id)).toMatchObject({ priority: 20, raisedFrom: 100, raisedBecause: "one" });
      expect(await state.raiseRun(run.id, 5, "sooner still")).toBe(true);
      expect(await state.getRun(run.id)).toMatchObject({ priority: 5, raisedFrom: 100, raisedBecause: "sooner still" });
      await state.endWaitingRun(run.id, "skipped", "");
      expect(await state.raiseRun(run.id, 1, "late")).toBe(false);
      expect(await state.raiseRun("none", 1, "nobody")).toBe(false);
    });

    test("of many that claim a ticket one holds the task, and an old ticket is worth nothing", async () => {
      const runId = await startedRun(state);
      const ticket = await queue(runId);
      const claims = await Promise.all(
        Array.from({ length: 12 }, (_, i) => (i % 2 ? state : other).claimTask(ticket, { ...claim, worker: `w${i}` })),
      );
      expect(claims.filter(Boolean)).toHaveLength(1);
      const mine = refOf(claims.find(Boolean) as NonNullable<(typeof claims)[number]>);
      expect(mine.fence).toBe(ticket.fence + 1);
      await state.returnTask(mine, { kind: "lost", error, delayMs: 0, releases: { "build:x": [] } });
      await queue(runId);
      expect(await state.claimTask(ticket, claim)).toBeUndefined();
      expect(await state.listAttempts(runId)).toMatchObject([{ outcome: "lost", error }]);
    });

    test("whoever lost a task can begin, settle, publish and end nothing of it", async () => {
      const runId = await startedRun(state);
      const zombie = await claimedTask(state, runId);
      const build = await passedBuild(state, `t${name}.zombie`, runId);
      expect(await state.returnTask(zombie, { kind: "lost", error, delayMs: 0, releases: {} })).toBe(true);
      const owner = await claimedTask(state, runId);
      const changes = [{ model: `t${name}.zombie`, project: "t", buildId: build, expected: null }];
      const publish = { ...settled("publish:z"), publish: { changes, action: "publish" as const } };
      await expect(state.beginStep(zombie, { step: "s", kind: "build", model: "m", reason: "" })).rejects.toMatchObject(
        LOST,
      );
      await expect(state.settleStep(zombie, settled("build:z"))).rejects.toMatchObject(LOST);
      await expect(state.settleStep(zombie, publish)).rejects.toMatchObject(LOST);
      await expect(state.endTask(zombie, { status: "done" })).rejects.toMatchObject(LOST);
      expect(await state.returnTask(zombie, { kind: "lost", error, delayMs: 0, releases: {} })).toBe(false);
      expect((await state.publishedOf([`t${name}.zombie`])).size).toBe(0);
      const done = await state.settleStep(owner, { ...publish, end: "done" });
      expect(done.publications).toHaveLength(1);
      expect(done.runEnded).toBe("success");
      expect(await state.listSteps(runId)).toMatchObject([{ step: "publish:z", status: "success" }]);
    });

    test("with a step its verdict on the build is recorded and the next begins, or nothing of all that", async () => {
      const runId = await startedRun(state);
      const zombie = await claimedTask(state, runId);
      const build = await startedBuild(state, `t${name}.judged`, runId);
      await state.completeBuild(build, { data: someData, contentId: "c", asOf: new Date() });
      const result = { runId, test: "a", model: `t${name}.judged`, buildId: build, failures: 0, durationMs: 1 };
      const judged = {
        results: [{ ...result, status: "pass" as const }],
        verdict: { buildId: build, status: "passed" as const },
      };
      const begins = { step: "test:y", kind: "test", model: "m", reason: "next" };
      expect(await state.returnTask(zombie, { kind: "returned", error, delayMs: 0, releases: {} })).toBe(true);
      const owner = await claimedTask(state, runId);
      await expect(state.settleStep(zombie, { ...settled("test:x"), judged, begins })).rejects.toMatchObject(LOST);
      expect(await state.listSteps(runId)).toEqual([]);
      expect(await state.listTests({ runId })).toEqual([]);

      const again = await startedBuild(state, `t${name}.judged`, runId);
      await state.completeBuild(again, { data: someData, contentId: "c", asOf: new Date() });
      const anew = {
        results: [{ ...result, buildId: again, status: "pass" as const }],
        verdict: { buildId: again, status: "passed" as const },
      };
      await state.settleStep(owner, { ...settled("test:x"), judged: anew, begins });
      expect(await state.listSteps(runId)).toMatchObject([
        { step: "test:x", status: "success" },
        { step: "test:y", status: "running", reason: "next" },
      ]);
      expect(await state.listTests({ runId })).toMatchObject([{ test: "a", status: "pass" }]);
      expect((await state.getBuilds([again])).get(again)?.status).toBe("passed");
    });

    test("a step that ended before is settled with the publish that its verdict allows, or neither is", async () => {
      const runId = await startedRun(state);
      const ref = await claimedTask(state, runId);
      const model = `t${name}.at-once`;
      const build = await startedBuild(state, model, runId);
      await state.completeBuild(build, { data: someData, contentId: "c", asOf: new Date() });
      await state.beginStep(ref, { step: "test:q", kind: "test", model, reason: "why it is tested" });
      const begunAt = (await state.listSteps(runId))[0]?.startedAt;
      const result = { runId, test: "q", model, buildId: build, status: "pass" as const, failures: 0, durationMs: 1 };
      const settle = (expected: string | null) =>
        state.settleStep(ref, {
          ...settled("publish:q"),
          before: [{ step: "test:q", kind: "test", model, status: "success" }],
          judged: { results: [result], verdict: { buildId: build, status: "passed" } },
          publish: { changes: [{ model, project: "t", buildId: build, expected }], action: "publish" },
          end: "done",
        });
      await expect(settle("another")).rejects.toMatchObject({ code: "publish/superseded" });
      expect(await state.listSteps(runId)).toMatchObject([{ step: "test:q", status: "running" }]);
      expect(await state.listTests({ runId })).toEqual([]);
      expect((await state.getBuilds([build])).get(build)?.status).toBe("built");

      expect((await settle(null)).publications).toMatchObject([{ model, buildId: build }]);
      expect(await state.listSteps(runId)).toMatchObject([
        { step: "test:q", status: "success", startedAt: begunAt, reason: "why it is tested" },
        { step: "publish:q", status: "success" },
      ]);
      expect(await state.listTests({ runId })).toMatchObject([{ test: "q", status: "pass" }]);
    });

    test("what a failed publish would have settled is not settled", async () => {
      const runId = await startedRun(state);
      const ref = await claimedTask(state, runId);
      const build = await passedBuild(state, `t${name}.raced`, runId);
      const changes = [{ model: `t${name}.raced`, project: "t", buildId: build, expected: "another" }];
      const publish = {
        ...settled("publish:r"),
        publish: { changes, action: "publish" as const },
        end: "done" as const,
      };
      await expect(state.settleStep(ref, publish)).rejects.toMatchObject({ code: "publish/superseded" });
      expect(await state.listSteps(runId)).toEqual([]);
      expect(await taskOf(runId)).toMatchObject({ status: "running" });
    });

    test("a lease is held as long as it is renewed, and told when it is lost or its run is to end", async () => {
      const runId = await startedRun(state, [newTask("a"), newTask("b")], { executor: "workers" });
      const [a, b] = [
        await claimedTask(state, runId, "a"),
        await claimedTask(state, runId, "b", { worker: "w", leaseMs: 1 }),
      ];
      const states = async (...held: TaskRef[]) => (await state.renewLeases("w", held, 60_000)).map((one) => one.state);
      const expired = async () =>
        (await state.expiredTasks()).flatMap((task) => (task.runId === runId ? [task.id] : []));
      while ((await expired()).length === 0);
      expect(await expired()).toEqual(["b"]);
      // What it took of pools counts as free since then.
      expect(await states(a, b), "one that has ended is not renewed").toEqual(["held", "lost"]);
      expect(await expired()).toEqual(["b"]);
      await state.returnTask(b, { kind: "lost", error, delayMs: 0, releases: {} });
      expect(await states(a, b)).toEqual(["held", "lost"]);
      expect(await state.stopRun(runId, { by: "ana", reason: "wrong", status: "cancelled" })).toEqual([a]);
      expect(await states(a)).toEqual(["cancelled"]);
      expect(await taskOf(runId, "b")).toMatchObject({ status: "cancelled" });
      expect((await state.endTask(a, { status: "cancelled" })).runEnded).toBe("cancelled");
      const own = await claimedTask(state, await startedRun(state));
      await state.endTask(own, { status: "done" });
      expect(await states(own), "ended by its holder, not taken from it").toEqual(["ended"]);
      expect(await state.getRun(runId)).toMatchObject({
        status: "cancelled",
        cancelledBy: "ana",
        cancelReason: "wrong",
      });
    });

    test("a task given back of a cancelled run begins no more, and the run ends without a worker", async () => {
      for (const kind of ["lost", "retried", "returned"] as const) {
        const runId = await startedRun(state, [newTask("task"), newTask("child", { waits: 1 })]);
        const ref = await claimedTask(state, runId);
        await other.stopRun(runId, { by: "ana", reason: "wrong", status: "cancelled" });
        expect(await state.returnTask(ref, { kind, error, delayMs: 60_000, releases: {} })).toBe(true);
        expect(await taskOf(runId), kind).toMatchObject({ status: "cancelled" });
        expect(await state.getRun(runId), kind).toMatchObject({ status: "cancelled" });
      }
    });

    test("a task given back while its run is cancelled is not left behind, whoever is first", async () => {
      for (let round = 0; round < 20; round++) {
        const runId = await startedRun(state);
        const ref = await claimedTask(state, runId);
        await Promise.all([
          state.returnTask(ref, { kind: "lost", error, delayMs: 0, releases: {} }),
          other.stopRun(runId, { by: "ana", reason: "wrong", status: "cancelled" }),
        ]);
        expect(await state.getRun(runId)).toMatchObject({ status: "cancelled" });
      }
    });

    test("tasks given back at once take back shared children without waiting for each other", async () => {
      for (let round = 0; round < 10; round++) {
        const tasks = [newTask("a"), newTask("b"), newTask("c", { waits: 3 }), newTask("d", { waits: 3 })];
        const runId = await startedRun(state, tasks);
        const [a, b] = [await claimedTask(state, runId, "a"), await claimedTask(state, runId, "b")];
        const ofA = { "build:a": ["c", "d", "d"] };
        const ofB = { "build:b": ["c", "c", "d"] };
        await Promise.all([
          state.settleStep(a, { ...settled("build:a"), releases: ofA }),
          other.settleStep(b, { ...settled("build:b"), releases: ofB }),
        ]);
        expect(await taskOf(runId, "c")).toMatchObject({ status: "ready", waits: 0 });
        await Promise.all([
          state.returnTask(a, { kind: "lost", error, delayMs: 0, releases: ofA }),
          other.returnTask(b, { kind: "lost", error, delayMs: 0, releases: ofB }),
        ]);
        for (const id of ["c", "d"]) expect(await taskOf(runId, id)).toMatchObject({ status: "waiting", waits: 3 });
      }
    });

    test("from the moment a run is cancelled nothing of it is published", async () => {
      const runId = await startedRun(state);
      const ref = await claimedTask(state, runId);
      const build = await passedBuild(state, `t${name}.late`, runId);
      await state.stopRun(runId, { by: "ana", reason: "wrong", status: "cancelled" });
      const changes = [{ model: `t${name}.late`, project: "t", buildId: build, expected: null }];
      const publish = { ...settled("publish:l"), publish: { changes, action: "publish" as const } };
      await expect(state.settleStep(ref, publish)).rejects.toMatchObject({ code: "run/cancelled" });
      const end = await state.settleStep(ref, { ...settled("publish:l", { status: "cancelled" }), end: "cancelled" });
      expect(end.runEnded).toBe("cancelled");
      expect((await state.publishedOf([`t${name}.late`])).size).toBe(0);
    });

    test("a child goes on when its last parent has ended, once, however the parents end together", async () => {
      const parents = Array.from({ length: 8 }, (_, i) => `p${i}`);
      for (let round = 0; round < 4; round++) {
        const tasks = [...parents.map((id) => newTask(id)), newTask("child", { waits: parents.length, rank: 9 })];
        const runId = await startedRun(state, tasks);
        const refs: TaskRef[] = [];
        for (const id of parents) refs.push(await claimedTask(state, runId, id));
        const released = await Promise.all(
          refs.map((ref, i) =>
            (i % 2 ? state : other).settleStep(ref, {
              ...settled(`build:${ref.task}`),
              releases: { [`build:${ref.task}`]: ["child"] },
              end: "done",
            }),
          ),
        );
        expect(released.flatMap((one) => one.released)).toEqual(["child"]);
        expect(await taskOf(runId, "child")).toMatchObject({ status: "ready", waits: 0 });
        const last = await claimedTask(state, runId, "child");
        expect((await state.endTask(last, { status: "done" })).runEnded).toBe("success");
      }
    });

    test("of last tasks that end at once exactly one ends the run", async () => {
      for (let round = 0; round < 4; round++) {
        const ids = Array.from({ length: 6 }, (_, i) => `t${i}`);
        const runId = await startedRun(
          state,
          ids.map((id) => newTask(id)),
        );
        const refs: TaskRef[] = [];
        for (const id of ids) refs.push(await claimedTask(state, runId, id));
        const ends = await Promise.all(
          refs.map((ref, i) => (i % 2 ? state : other).endTask(ref, { status: i === 0 ? "failed" : "done" })),
        );
        expect(ends.flatMap(({ runEnded }) => runEnded ?? [])).toEqual(["failed"]);
      }
    });

    test("a step that fell because of two parents falls once, and what tidies up after it waits for it once", async () => {
      const fallen = {
        step: "build:c",
        kind: "build",
        model: "c",
        status: "skipped",
        reason: "a failed",
        task: "c",
      } as const;
      const tasks = [newTask("a"), newTask("b"), newTask("c", { waits: 2 }), newTask("prune", { waits: 3 })];
      const runId = await startedRun(state, tasks);
      const [a, b] = [await claimedTask(state, runId, "a"), await claimedTask(state, runId, "b")];
      const fail = (ref: TaskRef) =>
        state.settleStep(ref, {
          ...settled(`build:${ref.task}`, { status: "failed" }),
          fallen: [fallen],
          releases: { [`build:${ref.task}`]: ["c", "prune"], "build:c": ["prune"] },
          end: "failed",
        });
      const ends = [await fail(a), await fail(b)];
      expect(ends.map((end) => end.fallen)).toEqual([["build:c"], []]);
      expect(ends.map((end) => end.released)).toEqual([[], ["prune"]]);
      expect(await taskOf(runId, "c")).toMatchObject({ status: "skipped" });
    });

    test("a task that is given back takes back what it had let go on, unless that has begun", async () => {
      const tasks = [newTask("store"), newTask("early", { waits: 1 }), newTask("both", { waits: 2 })];
      const runId = await startedRun(state, tasks);
      const releases = { "publish:x": ["early", "both"], "publish:y": ["both"] };
      const ref = await claimedTask(state, runId, "store");
      await state.settleStep(ref, { ...settled("publish:x"), releases });
      const early = await claimedTask(state, runId, "early");
      expect(await taskOf(runId, "both")).toMatchObject({ status: "waiting", waits: 1 });
      expect(await state.returnTask(ref, { kind: "retried", error, delayMs: 0, releases })).toBe(true);
      expect(await taskOf(runId, "both")).toMatchObject({ status: "waiting", waits: 2 });
      expect(await taskOf(runId, "store")).toMatchObject({ status: "ready", attempt: 1, losses: 0, error });
      await state.endTask(early, { status: "done" });
      const again = await claimedTask(state, runId, "store");
      await state.settleStep(again, { ...settled("publish:x"), releases });
      const end = await state.settleStep(again, { ...settled("publish:y"), releases, end: "done" });
      expect(end.released).toEqual(["both"]);
    });

    test("a task that is given back as one it waits for does its work again waits for that too", async () => {
      const releases = { "publish:x": ["child", "child", "both"], "publish:y": ["both"] };
      const give = (ref: TaskRef, of = {}) => state.returnTask(ref, { kind: "lost", error, delayMs: 0, releases: of });
      const start = async () => {
        const tasks = [
          newTask("store"),
          newTask("child", { waits: 2, rank: 1 }),
          newTask("both", { waits: 2, rank: 2 }),
        ];
        const runId = await startedRun(state, tasks);
        const store = await claimedTask(state, runId, "store");
        await state.settleStep(store, { ...settled("publish:x"), releases });
        return { runId, store, child: await claimedTask(state, runId, "child") };
      };

      const lost = await start();
      await give(lost.store, releases);
      expect(await taskOf(lost.runId, "child")).toMatchObject({ status: "running" });
      await give(lost.child, { "build:child": [] });
      expect(await taskOf(lost.runId, "child")).toMatchObject({ status: "waiting", waits: 2 });
      expect(await taskOf(lost.runId, "child")).not.toHaveProperty("readyAt");
      const reread = await claimedTask(state, lost.runId, "store");
      const { released } = await state.settleStep(reread, { ...settled("publish:x"), releases });
      expect(released).toEqual(["child"]);
      expect(await taskOf(lost.runId, "child")).toMatchObject({ status: "ready", waits: 0, readyAt: expect.any(Date) });

      // What was done again before the child is given back lets it go on at once, and nobody hears of it as let go on.
      const late = await start();
      await give(late.store, releases);
      const again = await claimedTask(state, late.runId, "store");
      const second = await state.settleStep(again, { ...settled("publish:x"), releases });
      expect(second.released).toEqual([]);
      expect(await taskOf(late.runId, "child")).toMatchObject({ status: "running", waits: 0 });
      await give(late.child, { "build:child": [] });
      expect(await taskOf(late.runId, "child")).toMatchObject({ status: "ready", waits: 0 });
    });

    test("a task that is given back again before it let anybody go on takes back nothing more", async () => {
      const runId = await startedRun(state, [newTask("store"), newTask("child", { waits: 2, rank: 1 })]);
      const releases = { "publish:x": ["child"], "publish:y": ["child"] };
      const give = (ref: TaskRef) => state.returnTask(ref, { kind: "returned", error, delayMs: 0, releases });
      const first = await claimedTask(state, runId, "store");
      await state.settleStep(first, { ...settled("publish:x"), releases });
      await state.beginStep(first, { step: "publish:y", kind: "publish", model: "y", reason: "" });
      await give(first);
      const second = await claimedTask(state, runId, "store");
      await state.beginStep(second, { step: "publish:x", kind: "publish", model: "x", reason: "" });
      await give(second);
      await give(await claimedTask(state, runId, "store"));
      expect(await taskOf(runId, "child")).toMatchObject({ status: "waiting", waits: 2 });
      const last = await claimedTask(state, runId, "store");
      await state.settleStep(last, { ...settled("publish:x"), releases });
      const end = await state.settleStep(last, { ...settled("publish:y"), releases, end: "done" });
      expect(end.released).toEqual(["child"]);
    });

    test("what an attempt left of a step that was given back does not keep the step from falling", async () => {
      const tasks = [newTask("a"), newTask("c", { waits: 1, rank: 1 }), newTask("prune", { waits: 2, rank: 2 })];
      const runId = await startedRun(state, tasks);
      const releases = { "build:a": ["c", "prune"], "build:c": ["prune"] };
      const give = (ref: TaskRef, of: Readonly<Record<string, readonly string[]>>) =>
        state.returnTask(ref, { kind: "lost", error, delayMs: 0, releases: of });
      const a = await claimedTask(state, runId, "a");
      await state.settleStep(a, { ...settled("build:a"), releases });
      const c = await claimedTask(state, runId, "c");
      await state.beginStep(c, { step: "build:c", kind: "build", model: "c", reason: "" });
      await give(a, { "build:a": ["c", "prune"] });
      await give(c, { "build:c": ["prune"] });
      const fallen = [{ step: "build:c", kind: "build", model: "c", status: "skipped", task: "c" }] as const;
      const again = await claimedTask(state, runId, "a");
      const failed = { ...settled("build:a", { status: "failed" }), fallen, releases, end: "failed" as const };
      expect(await state.settleStep(again, failed)).toMatchObject({ fallen: ["build:c"], released: ["prune"] });
      expect(await taskOf(runId, "c")).toMatchObject({ status: "skipped" });
      const shown = (await state.listSteps(runId)).find(({ step }) => step === "build:c");
      expect(shown).toMatchObject({ status: "skipped" });
      expect(shown).not.toHaveProperty("error");
    });

    test("the steps of a task at work do not fall with what it reads: it settles them itself, once", async () => {
      const tasks = [newTask("store"), newTask("c", { waits: 1, rank: 1 }), newTask("prune", { waits: 2, rank: 2 })];
      const runId = await startedRun(state, tasks);
      const releases = { "publish:x": ["c"], "build:c": ["prune"], "publish:y": ["prune"] };
      const store = await claimedTask(state, runId, "store");
      await state.settleStep(store, { ...settled("publish:x"), releases });
      const c = await claimedTask(state, runId, "c");
      await state.returnTask(store, { kind: "lost", error, delayMs: 0, releases: { "publish:x": ["c"] } });
      const again = await claimedTask(state, runId, "store");
      const fallen = [{ step: "build:c", kind: "build", model: "c", status: "skipped", task: "c" }] as const;
      const failed = await state.settleStep(again, { ...settled("publish:x", { status: "failed" }), fallen, releases });
      expect(failed).toMatchObject({ fallen: [], released: [] });
      expect(await state.settleStep(c, { ...settled("build:c"), releases, end: "done" })).toMatchObject({
        released: [],
      });
      expect(await taskOf(runId, "prune")).toMatchObject({ status: "waiting", waits: 1 });
      const last = await state.settleStep(again, { ...settled("publish:y"), releases, end: "failed" });
      expect(last.released).toEqual(["prune"]);
    });

    test("a run that is declared dead as its tasks settle steps and let others go on does not wait for them, nor they for it", async () => {
      for (let round = 0; round < 25; round++) {
        const parents = Array.from({ length: 4 }, (_, i) => `p${i}`);
        const children = Array.from({ length: 4 }, (_, i) => newTask(`c${i}`, { waits: 4, rank: 9 - i }));
        const runId = await startedRun(state, [...parents.map((id) => newTask(id)), ...children]);
        const refs: TaskRef[] = [];
        for (const id of parents) refs.push(await claimedTask(state, runId, id));
        for (const ref of refs)
          await state.beginStep(ref, { step: `build:${ref.task}`, kind: "build", model: "m", reason: "" });
        const waiting = children.map(({ id }) => id);
        const settle = (ref: TaskRef) =>
          state.settleStep(ref, { ...settled(`build:${ref.task}`), releases: { [`build:${ref.task}`]: waiting } });
        const ends = await Promise.allSettled([...refs.map(settle), other.markCrashed(runId)]);
        const refused = ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
        for (const reason of refused) expect(reason).toMatchObject(LOST);
        expect(ends.at(-1)).toMatchObject({ status: "fulfilled" });
        expect((await state.listTasks(runId)).map(({ status }) => status)).toEqual(Array(8).fill("cancelled"));
      }
    });

    test.each([
      ["retried", { attempt: 1, losses: 0 }, "failed"],
      ["lost", { attempt: 0, losses: 1 }, "crashed"],
      ["returned", { attempt: 0, losses: 0 }, "cancelled"],
    ] as const)(
      "a task that is %s costs %j; its steps were %s, and what it made and nobody shows is void",
      async (kind, cost, step) => {
        const model = `t${name}.${kind}`;
        const runId = await startedRun(state, [newTask("task", { models: [model] })]);
        const ref = await claimedTask(state, runId);
        await state.beginStep(ref, { step: "build:x", kind: "build", model, reason: "new" });
        const [open, passed] = [await startedBuild(state, model, runId), await passedBuild(state, model, runId)];
        const elsewhere = await startedBuild(state, model, await startedRun(state));
        await state.returnTask(ref, { kind, error, delayMs: 0, releases: { "build:x": [] } });
        expect(await taskOf(runId)).toMatchObject({ status: "ready", ...cost, fence: ref.fence + 1 });
        expect(await state.listSteps(runId)).toMatchObject([{ step: "build:x", status: step, error }]);
        expect(await state.listAttempts(runId)).toMatchObject([{ outcome: kind, error, finishedAt: expect.any(Date) }]);
        const builds = await state.getBuilds([open, passed, elsewhere]);
        expect([open, passed, elsewhere].map((id) => builds.get(id)?.status)).toEqual([
          "rejected",
          "passed",
          "building",
        ]);
      },
    );

    test("how an attempt ended is kept with it", async () => {
      const runId = await startedRun(state);
      await state.endTask(await claimedTask(state, runId), { status: "failed", error });
      expect(await state.listAttempts(runId)).toMatchObject([
        { attempt: 1, worker: "w", outcome: "failed", error, finishedAt: expect.any(Date) },
      ]);
    });

    test("a task that is at work is not skipped because a step of it fell", async () => {
      const runId = await startedRun(state, [newTask("a"), newTask("c")]);
      const [a, c] = [await claimedTask(state, runId, "a"), await claimedTask(state, runId, "c")];
      const fallen = [{ step: "build:c", kind: "build", model: "c", status: "skipped", task: "c" }] as const;
      await state.settleStep(a, { ...settled("build:a", { status: "failed" }), fallen, end: "failed" });
      expect(await taskOf(runId, "c")).toMatchObject({ status: "running" });
      expect((await state.endTask(c, { status: "failed" })).runEnded).toBe("failed");
    });

    test("a run of which everything was done before it heard of its cancel has succeeded", async () => {
      const runId = await startedRun(state);
      const ref = await claimedTask(state, runId);
      await state.stopRun(runId, { by: "ana", reason: "late", status: "cancelled" });
      expect((await state.endTask(ref, { status: "done" })).runEnded).toBe("success");
    });

    test("only tasks of workers expire or are offered again: a process that does its own run is asked nothing", async () => {
      const [mine, theirs] = [
        await startedRun(state, [newTask("held"), newTask("queued")]),
        await startedRun(state, [newTask("held"), newTask("queued")], { executor: "workers" }),
      ];
      const runs = new Set([mine, theirs]);
      for (const runId of runs) await claimedTask(state, runId, "held", { worker: "w", leaseMs: 1 });
      const of = (found: readonly { readonly runId: string }[]) =>
        found.flatMap(({ runId }) => (runs.has(runId) ? [runId] : []));
      while (of(await state.expiredTasks()).length === 0);
      expect(of(await state.expiredTasks())).toEqual([theirs]);
      expect(of(await state.overdueTickets(-1_000))).toEqual([theirs]);
      // One that was offered again is not overdue for as long again.
      while (of(await state.overdueTickets(300)).length === 0);
      expect(of(await state.overdueTickets(300))).toEqual([]);
    });

    test("what is held with a lease that has ended takes no slots any more", async () => {
      const tasks = [newTask("dead"), newTask("live"), newTask("next")];
      const runId = await startedRun(state, tasks, { executor: "workers" });
      await claimedTask(state, runId, "dead", { worker: "w", leaseMs: 1 });
      await claimedTask(state, runId, "live");
      while (!(await state.expiredTasks()).some((task) => task.runId === runId));
      const other = await startedRun(state, [newTask("other")], { executor: "workers" });
      let seen: readonly string[] = [];
      await state.admit({ runId: other }, ({ underWay }) => {
        seen = underWay.flatMap((task) => (task.runId === runId ? [task.id] : []));
        return [];
      });
      expect([...seen].sort()).toEqual(["live", "next"]);
    });

    test("an admission that may take nothing of the first tasks looks at all the others", async () => {
      const tasks = Array.from({ length: 201 }, (_, i) => newTask(`t${i}`, { rank: i }));
      const runId = await startedRun(state, tasks);
      const looks: number[] = [];
      const last = await state.admit({ runId }, ({ ready }) => {
        looks.push(ready.length);
        return ready.filter(({ id }) => id === "t200").map(({ fence }) => ({ runId, task: "t200", fence }));
      });
      expect([looks, last.map(({ task }) => task)]).toEqual([[50, 200, 201], ["t200"]]);
    });

    test("a run that is told to begin nothing more is not cancelled: what goes on may still be published", async () => {
      const runId = await startedRun(state, [newTask("on"), newTask("next", { waits: 1 })]);
      const ref = await claimedTask(state, runId, "on");
      const model = `t${name}.going`;
      const buildId = await passedBuild(state, model, runId);
      await state.stopRun(runId, { by: "ana", reason: "fail fast", status: "skipped" });
      expect(await taskOf(runId, "next")).toMatchObject({ status: "skipped" });
      const run = await state.getRun(runId);
      expect(run).toMatchObject({ status: "running", reason: "fail fast" });
      expect(run).not.toHaveProperty("cancelRequestedAt");
      const changes = [{ model, project: "t", buildId, expected: null }];
      const publish = { changes, action: "publish" as const };
      const end = await state.settleStep(ref, { ...settled("publish:on"), publish, end: "done" });
      expect([end.publications.length, end.runEnded]).toEqual([1, "failed"]);
    });

    test("a run that has begun is not ended as one that waits", async () => {
      const runId = await startedRun(state);
      expect(await state.endWaitingRun(runId, "skipped", "too late")).toBe(false);
      expect(await state.getRun(runId)).toMatchObject({ status: "running" });
    });

    test("of a run that is declared dead what was made and not tested is void, what had passed is kept", async () => {
      const runId = await startedRun(state);
      const model = `t${name}.dead`;
      const [building, built] = [await startedBuild(state, model, runId), await startedBuild(state, model, runId)];
      await state.completeBuild(built, { data: someData, contentId: "c", asOf: new Date() });
      const passed = await passedBuild(state, model, runId);
      await state.markCrashed(runId);
      const builds = await state.getBuilds([building, built, passed]);
      expect([building, built, passed].map((id) => builds.get(id)?.status)).toEqual(["rejected", "rejected", "passed"]);
    });

    test("a task that is given back or whose worker is lost keeps its place before those that became ready after it; one that failed does not", async () => {
      const order = async (runId: string) => {
        const seen: string[] = [];
        await state.admit({ runId }, ({ ready }) => {
          seen.push(...ready.map(({ id }) => id));
          return [];
        });
        return seen;
      };
      for (const [kind, expected] of [
        ["lost", ["first", "second"]],
        ["returned", ["first", "second"]],
        ["retried", ["second", "first"]],
      ] as const) {
        const runId = await startedRun(state, [newTask("first"), newTask("second", { rank: 1 })]);
        const [ticket] = await state.admit({ runId }, ({ ready }) => ready.slice(0, 1).map(refOf));
        const task = await state.claimTask(ticket as NonNullable<typeof ticket>, claim);
        const before = await state.now();
        while ((await state.now()) <= before);
        await state.returnTask(refOf(task as NonNullable<typeof task>), { kind, error, delayMs: 0, releases: {} });
        expect(await order(runId), kind).toEqual(expected);
      }
    });

    test("a retry waits for its time", async () => {
      const runId = await startedRun(state);
      const ref = await claimedTask(state, runId);
      await state.returnTask(ref, { kind: "retried", error, delayMs: 300, releases: {} });
      expect(await state.admit({ runId }, ALL_TASKS)).toEqual([]);
      const before = await state.now();
      const again = await claimedTask(state, runId);
      expect((await state.now()).getTime() - before.getTime()).toBeGreaterThan(100);
      await state.endTask(again, { status: "done" });
    });

    test("a task is admitted once, of the scope asked for, and sees all that is under way", async () => {
      const mine = await startedRun(state, [newTask("m1"), newTask("m2")], { executor: "workers" });
      const process = await startedRun(state, [newTask("p1")]);
      const seen = new Set<string>();
      const admissions = await Promise.all(
        Array.from({ length: 6 }, (_, i) =>
          (i % 2 ? state : other).admit({ executor: "workers" }, (view) => {
            for (const task of view.underWay) seen.add(task.id);
            return ALL_TASKS(view)
              .filter(({ runId }) => runId === mine)
              .slice(0, 1);
          }),
        ),
      );
      const tickets = admissions.flat().filter(({ runId }) => runId === mine);
      expect(tickets.map(({ task }) => task).sort()).toEqual(["m1", "m2"]);
      expect(await taskOf(process, "p1")).toMatchObject({ status: "ready" });
      expect(seen.has("m1") || seen.has("m2")).toBe(true);
      expect((await state.overdueTickets(-1_000)).filter(({ runId }) => runId === mine)).toHaveLength(2);
    });

    test("a queued task of a class without workers is ready again, and its old ticket worth nothing until it is admitted", async () => {
      const tasks = [newTask("sql"), newTask("ts", { workerClass: "ts" })];
      const runId = await startedRun(state, tasks, { executor: "workers" });
      const tickets = await state.admit({ runId }, ALL_TASKS);
      const old = tickets.find(({ task }) => task === "ts") as (typeof tickets)[number];
      expect(await state.recallTasks(["duckdb"], 60_000), "not so soon").toBe(0);
      expect(await state.recallTasks(["duckdb"], -1_000)).toBe(1);
      expect(await taskOf(runId, "sql")).toMatchObject({ status: "queued" });
      expect(await taskOf(runId, "ts")).toMatchObject({ status: "ready" });
      expect(await state.claimTask(old, claim)).toBeUndefined();
      expect(await state.admit({ runId }, ALL_TASKS)).toEqual([old]);
      const claims = await Promise.all([state.claimTask(old, claim), other.claimTask(old, claim)]);
      expect(claims.filter(Boolean)).toHaveLength(1);
      await state.stopRun(runId, { by: "ana", reason: "enough", status: "cancelled" });
    });

    test("a bundle is held by its run from its first task to its last", async () => {
      const exclusive = ["x", "y"];
      const bundle = { exclusive, bundle: "publish:both" };
      const tasks = [
        newTask("x", bundle),
        newTask("y", { ...bundle, waits: 1 }),
        newTask("publish:both", { ...bundle, waits: 1 }),
      ];
      const runId = await startedRun(state, tasks);
      const held = async () => {
        let seen: readonly string[] = [];
        await state.admit({ runId: await startedRun(state, [newTask("other")]) }, (view) => {
          seen = view.held.filter((one) => one.runId === runId).flatMap(({ models }) => models);
          return [];
        });
        return [...new Set(seen)].sort();
      };
      expect(await held()).toEqual([]);
      const x = await claimedTask(state, runId, "x");
      await state.settleStep(x, { ...settled("build:x"), releases: { "build:x": ["y"] }, end: "done" });
      expect(await held()).toEqual(exclusive);
      const y = await claimedTask(state, runId, "y");
      await state.settleStep(y, { ...settled("build:y"), releases: { "build:y": ["publish:both"] }, end: "done" });
      expect(await held()).toEqual(exclusive);
      await state.endTask(await claimedTask(state, runId, "publish:both"), { status: "done" });
      expect(await held()).toEqual([]);
    });

    test("workers are known while they say so", async () => {
      const worker = { kind: "worker", host: "h", pid: 7, classes: ["duckdb"], concurrency: 3 } as const;
      await state.keepWorker({ id: `w-${name}`, ...worker });
      await state.keepWorker({ id: `w-${name}`, ...worker, concurrency: 4 });
      const known = (await state.listWorkers(60_000)).filter(({ id }) => id === `w-${name}`);
      expect(known).toMatchObject([{ concurrency: 4, classes: ["duckdb"] }]);
      await state.dropWorker(`w-${name}`);
      expect((await state.listWorkers(60_000)).some(({ id }) => id === `w-${name}`)).toBe(false);
    });
  });
}
