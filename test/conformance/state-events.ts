// Owns what every state store must tell of what happened: an event for each change, in the change's own transaction; and long lists
// page by page.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openState, type StateStore } from "../../core/state/index.ts";
import { createId } from "../../core/util/index.ts";
import { passedBuild } from "../support/state-builds.ts";
import { claimedTask, newTask, settled, workersRun } from "../support/state-runs.ts";
import type { StateUnderTest } from "./state.ts";

const taskOf = (id: string) => newTask(id, { models: [id.replace("build:", "")], maxAttempts: 2 });
const error = { level: "error", code: "a/b", message: "naïve “quotes”", help: "h" } as const;

export function testEvents(name: string, make: () => Promise<StateUnderTest>): void {
  describe(`events: ${name}`, () => {
    let place: StateUnderTest;
    let state: StateStore;
    let atFirst: readonly [object, readonly object[]];

    beforeAll(async () => {
      place = await make();
      state = await openState(place.location);
      await state.migrate();
      atFirst = [await state.eventRange(), await state.readEvents({ after: 0, limit: 10 })];
    });
    afterAll(async () => {
      await state.close();
      await place.remove();
    });

    const since = async () => (await state.eventRange()).last;
    const eventsOf = async (runId: string) => {
      const events = await state.readEvents({ after: 0, runId, limit: 1_000 });
      return events.map(({ kind, subject, status }) => `${kind} ${subject === runId ? "" : subject} ${status}`);
    };

    test("nothing has happened yet", () => {
      expect(atFirst).toEqual([{ first: 0, last: 0 }, []]);
    });

    test("a run is told from being asked for to its end, with its tasks, steps and publications", async () => {
      const run = workersRun({ reason: "because", schedule: "a.hourly", scheduleKey: createId() });
      await state.recordRun(run, { actor: "ana", via: "api", action: "run.ask", subject: run.id });
      await state.beginRun(run.id, "{}", [taskOf("build:a.b")]);
      await state.heartbeat(run.id);
      const [ticket] = await state.admit({ runId: run.id }, ({ ready }) =>
        ready.map(({ runId, id, fence }) => ({ runId, task: id, fence })),
      );
      const held = await state.claimTask(ticket as NonNullable<typeof ticket>, { worker: "w1", leaseMs: 60_000 });
      const ref = { runId: run.id, task: "build:a.b", fence: held?.fence ?? 0 };
      await state.renewLeases("w1", [ref], 60_000);
      const step = { step: "build:a.b", kind: "build", model: "a.b" };
      await state.beginStep(ref, { ...step, reason: "new" });
      const buildId = await passedBuild(state, "a.b", run.id);
      const settled = { ...step, status: "success" as const, rows: 7, bytes: 0 };
      const changes = [{ model: "a.b", project: "a", buildId, expected: null }];
      await state.settleStep(ref, {
        step: settled,
        fallen: [],
        releases: {},
        publish: { changes, action: "publish" },
        end: "done",
      });
      expect(await eventsOf(run.id)).toEqual([
        "run  waiting",
        "run  running",
        "task build:a.b running",
        "step build:a.b running",
        "step build:a.b success",
        "publication a.b publish",
        "task build:a.b done",
        "run  success",
      ]);
      const all = await state.readEvents({ after: 0, limit: 1_000 });
      expect(all.find(({ kind, subject }) => kind === "audit" && subject === run.id)).toMatchObject({
        status: "run.ask",
        detail: { actor: "ana", via: "api" },
      });
      const [asked, , running, begun, done, published] = await state.readEvents({ after: 0, runId: run.id, limit: 6 });
      expect(asked?.detail).toEqual({
        selection: "a+",
        trigger: "manual",
        schedule: "a.hourly",
        reason: "because",
      });
      expect(running?.detail).toMatchObject({ worker: "w1", workerClass: "duckdb", attempt: 0 });
      expect(begun?.detail).toEqual({ kind: "build", model: "a.b", reason: "new" });
      expect(published?.detail).toMatchObject({ project: "a", buildId });
      expect(done).toMatchObject({ at: expect.any(Date), detail: { rows: 7, bytes: 0 } });
    });

    test("an error comes as it was recorded; a lost task is told; asking a run to end is told", async () => {
      const run = workersRun();
      await state.recordRun(run);
      await state.beginRun(run.id, "{}", [taskOf("build:a.c")]);
      const [ticket] = await state.admit({ runId: run.id }, ({ ready }) =>
        ready.map(({ runId, id, fence }) => ({ runId, task: id, fence })),
      );
      const held = await state.claimTask(ticket as NonNullable<typeof ticket>, { worker: "w1", leaseMs: 60_000 });
      const ref = { runId: run.id, task: "build:a.c", fence: held?.fence ?? 0 };
      await state.beginStep(ref, { step: "build:a.c", kind: "build", model: "a.c", reason: "new" });
      await state.returnTask(ref, { kind: "lost", error, delayMs: 0, releases: { "build:a.c": [] } });
      const stop = { by: "ana", reason: "wrong data", status: "cancelled" } as const;
      await state.stopRun(run.id, stop, { actor: "ana", via: "cli", action: "run.cancel", subject: run.id });
      await state.stopRun(run.id, stop, { actor: "ana", via: "cli", action: "run.cancel", subject: run.id });
      expect(await eventsOf(run.id)).toEqual([
        "run  waiting",
        "run  running",
        "task build:a.c running",
        "step build:a.c running",
        "task build:a.c ready",
        "step build:a.c crashed",
        "run  running",
        "task build:a.c cancelled",
        "run  cancelled",
      ]);
      const events = await state.readEvents({ after: 0, runId: run.id, limit: 1_000 });
      expect(events[4]?.detail).toMatchObject({ losses: 1, attempt: 0, maxAttempts: 2, error });
      expect(events[5]?.detail, "it is not the step's end").toMatchObject({ again: true, error });
      expect(events[6]?.detail).toMatchObject({ cancelledBy: "ana", cancelReason: "wrong data" });
      expect(await state.listAudit({ subject: run.id }), "the second had nothing to stop").toHaveLength(1);
    });

    test("an error is recorded and told whatever characters it has", async () => {
      const run = workersRun();
      await state.recordRun(run);
      await state.beginRun(run.id, "{}", [taskOf("build:a.e")]);
      const said = { ...error, message: "bad \0 byte, cut \ud83d, \\u0000, whole \u{1f600}" };
      const kept = { ...error, message: "bad \ufffd byte, cut \ufffd, \\u0000, whole \u{1f600}" };
      const ref = await claimedTask(state, run.id, "build:a.e");
      await state.beginStep(ref, { step: "build:a.e", kind: "build", model: "a.e", reason: "new" });
      await state.settleStep(ref, settled("build:a.e", { status: "failed", error: said }));
      await state.endTask(ref, { status: "failed", error: said });
      expect(await state.listTasks(run.id)).toMatchObject([{ status: "failed", error: kept }]);
      expect(await state.listAttempts(run.id)).toMatchObject([{ error: kept }]);
      const told = (await state.readEvents({ after: 0, runId: run.id, limit: 1_000 })).map(
        ({ detail }) => detail.error,
      );
      expect(told.filter(Boolean)).toEqual([kept, kept]);
    });

    test("a run that is raised is told with why, and once", async () => {
      const run = workersRun({ priority: 50 });
      await state.recordRun(run);
      for (const _ of [1, 2]) await state.raiseRun(run.id, 20, "freshness of a.b is at risk");
      expect(await eventsOf(run.id)).toEqual(["run  waiting", "run  waiting"]);
      const [, raised] = await state.readEvents({ after: 0, runId: run.id, limit: 10 });
      expect(raised?.detail).toMatchObject({ raisedBecause: "freshness of a.b is at risk" });
    });

    test("what is rolled back never happened", async () => {
      const before = await since();
      const run = workersRun({ schedule: "a.nightly", scheduleKey: "one" });
      await state.recordRun(run);
      const again = { actor: "ana", via: "api", action: "run.ask", subject: "again" } as const;
      expect(await state.recordRun({ ...run, id: createId() }, again)).toBeUndefined();
      const events = await state.readEvents({ after: before, limit: 100 });
      expect(events.map(({ subject }) => subject)).toEqual([run.id]);
      expect(await state.listAudit({ subject: "again" })).toEqual([]);
    });

    test("late numbers are read with the new ones, and nothing beyond a limit", async () => {
      const before = await since();
      for (let n = 0; n < 5; n++) await state.recordRun(workersRun());
      const read = async (range: Parameters<StateStore["readEvents"]>[0]) =>
        (await state.readEvents(range)).map(({ sequence }) => sequence);
      const all = await read({ after: before, limit: 100 });
      expect(all).toHaveLength(5);
      const [first, second, third, fourth] = all as [number, number, number, number, number];
      expect(await read({ after: third, late: [first], limit: 100 })).toEqual([first, ...all.slice(3)]);
      expect(await read({ after: third, late: [first, second], upTo: fourth, limit: 2 })).toEqual([first, second]);
      expect(await read({ after: before, upTo: second, limit: 100 })).toEqual([first, second]);
    });

    test("old events are removed, newer stay, and numbers are never used again", async () => {
      await state.recordRun(workersRun());
      const last = await since();
      await place.sql(`update {event} set at = '2020-01-01T00:00:00.000Z' where sequence <= ${last}`);
      expect(await state.removeEvents(3_600_000)).toBeGreaterThan(0);
      expect(await state.eventRange()).toEqual({ first: 0, last: 0 });
      await state.recordRun(workersRun());
      expect((await state.eventRange()).first).toBeGreaterThan(last);
    });

    test("runs, builds and publications come page by page, newest first, none twice", async () => {
      const runs: string[] = [];
      // The clock of who made the third was ahead by years, that of the fourth behind.
      for (const [n, made] of ["", "", "7zzzz", "0000", ""].entries()) {
        const { id, ...run } = workersRun({ schedule: "page.s", scheduleKey: `${n}` });
        const asked = { ...run, id: made + id.slice(made.length) };
        const before = await state.now();
        while ((await state.now()).getTime() === before.getTime());
        runs.unshift(asked.id);
        await state.recordRun(asked);
      }
      // As a process of an older version records one.
      const columns =
        "command, selection, status, host, pid, started_at, heartbeat_at, executor, trigger, priority, schedule";
      await place.sql(
        `insert into {run} (id, schedule_key, ${columns}) select 'older', 'older', ${columns} from {run} where id = '${runs[0]}'`,
      );
      runs.unshift("older");
      const first = await state.pageRuns({ schedule: "page.s", limit: 2 });
      // One of a later page begins meanwhile, and stays where it is.
      await state.beginRun(runs[3] ?? "", "{}", [newTask("task")]);
      await state.recordRun(workersRun({ schedule: "page.s", scheduleKey: "while paging" }));
      const rest = await state.pageRuns({ schedule: "page.s", before: first.at(-1)?.id ?? "", limit: 100 });
      expect([...first, ...rest].map(({ id }) => id)).toEqual(runs);
      expect(await state.pageRuns({ schedule: "page.s", status: "success", limit: 9 })).toEqual([]);

      const builds = [await passedBuild(state, "page.a", "page-run"), await passedBuild(state, "page.a")].reverse();
      const [newest] = await state.pageBuilds({ model: "page.a", limit: 1 });
      expect(
        [newest, ...(await state.pageBuilds({ model: "page.a", before: newest?.id ?? "", limit: 9 }))].map(
          (build) => build?.id,
        ),
      ).toEqual(builds);
      expect(await state.pageBuilds({ runId: "page-run", status: "passed", limit: 9 })).toMatchObject([
        { id: builds[1] },
      ]);

      let expected: string | null = null;
      for (const buildId of builds) {
        await state.publish([{ model: "page.a", project: "page", buildId, expected }], { action: "publish" });
        expected = buildId;
      }
      const [last] = await state.pagePublications({ project: "page", limit: 1 });
      expect(last?.buildId).toBe(expected);
      expect(await state.pagePublications({ model: "page.a", before: last?.sequence ?? 0, limit: 9 })).toMatchObject([
        { buildId: builds[0] },
      ]);
    });
  });
}
