// Owns what every state store must keep of schedules that wait for data: what they have read, and one waiting run at most.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openState, type StateStore } from "../../core/state/index.ts";
import { createId } from "../../core/util/index.ts";
import { passedBuild } from "../support/state-builds.ts";
import { ALL_TASKS, newTask } from "../support/state-runs.ts";
import type { StateUnderTest } from "./state.ts";

export function testConditions(name: string, make: () => Promise<StateUnderTest>): void {
  describe(`conditions: ${name}`, () => {
    let place: StateUnderTest;
    let state: StateStore;
    /** Before anything was published. */
    let sequenceOfNone: number;

    beforeAll(async () => {
      place = await make();
      state = await openState(place.location);
      await state.migrate();
      sequenceOfNone = await state.latestSequence();
    });
    afterAll(async () => {
      await state.close();
      await place.remove();
    });

    const run = (schedule: string, scheduleKey: string) => ({
      id: createId(),
      command: "schedule",
      selection: "",
      executor: "workers" as const,
      trigger: "new-data" as const,
      priority: 50,
      schedule,
      scheduleKey,
      host: "here",
      pid: 1,
    });
    const publish = async (model: string) => {
      const expected = (await state.published()).get(model)?.buildId ?? null;
      const change = { model, project: model.split(".")[0] ?? "", buildId: await passedBuild(state, model), expected };
      const [made] = await state.publish([change], { action: "publish" });
      return made?.sequence ?? 0;
    };
    const see = (schedule: string) => state.seeSchedules([schedule], new Date("2026-01-01T00:00:00Z"));
    const progress = async (schedule: string) => (await state.readProgress([schedule])).get(schedule);
    const read = async (schedule: string) => (await progress(schedule))?.readSequence;

    test("a schedule that never ran has read nothing", async () => {
      expect(await state.readProgress(["never.ran"])).toEqual(new Map());
      await see("never.ran");
      await state.seeSchedules(["never.ran"], new Date());
      const since = new Date("2026-01-01T00:00:00Z");
      expect(await progress("never.ran")).toEqual({ since, readSequence: 0, running: [] });
      expect(sequenceOfNone).toBe(0);
    });

    test("what is unread is told by model, from the first publication that was not read", async () => {
      const before = await publish("u.a");
      const [first, , other] = [await publish("u.a"), await publish("u.a"), await publish("u.b")];
      expect(await state.latestSequence()).toBe(other);
      const unread = await state.firstUnread(["u.a", "u.b", "u.c"], before);
      expect(unread).toMatchObject([
        { model: "u.a", sequence: first, count: 2 },
        { model: "u.b", sequence: other, count: 1 },
      ]);
      const [oldest] = (await state.listPublications({ model: "u.a", limit: 2 })).slice(-1);
      expect(unread[0]?.publishedAt).toEqual(oldest?.publishedAt);
      expect(await state.firstUnread(["u.a", "u.b"], other)).toEqual([]);
      expect(await state.firstUnread([], 0)).toEqual([]);
      expect((await state.publicationsAfter(before)).map(({ sequence }) => sequence)).toEqual(
        Array.from({ length: other - before }, (_, i) => before + 1 + i),
      );
    });

    test("a waiting run has read nothing; one that began has read what its facts held", async () => {
      await see("read.s");
      const asked = await state.recordConditionRun(run("read.s", "7"), { readSequence: 0, sequence: 7 });
      expect(asked).toMatchObject({ status: "waiting", readSequence: 7 });
      expect(await progress("read.s")).toMatchObject({ readSequence: 0, waiting: { id: asked?.id } });
      expect(await state.beginRun(asked?.id ?? "", "{}", [], 12)).toBe(true);
      expect(await progress("read.s")).toMatchObject({
        readSequence: 12,
        running: [],
        lastStartedAt: expect.any(Date),
      });
      const next = await state.recordConditionRun(run("read.s", "20"), { readSequence: 12, sequence: 20 });
      await state.beginRun(next?.id ?? "", "{}", []);
      expect(await read("read.s"), "begun by somebody who does not say: what it was recorded with").toBe(20);
    });

    test("a run that could not be planned has read nothing, one that began and failed has", async () => {
      await state.seeSchedules(["ends.p"], new Date());
      const unplanned = await state.recordConditionRun(run("ends.p", "3"), { readSequence: 0, sequence: 3 });
      await state.endWaitingRun(unplanned?.id ?? "", "failed", "no such model");
      expect(await progress("ends.p")).toMatchObject({
        readSequence: 0,
        skipped: { count: 1, sequence: 3, at: expect.any(Date) },
      });
      const begun = await state.recordConditionRun(run("ends.p", "3"), { readSequence: 0, sequence: 3 });
      const runId = begun?.id ?? "";
      await state.beginRun(runId, "{}", [newTask("m")], 3);
      const [ticket] = await state.admit({ runId }, ALL_TASKS);
      const task = ticket && (await state.claimTask(ticket, { worker: "w", leaseMs: 60_000 }));
      await state.endTask({ runId, task: "m", fence: task?.fence ?? 0 }, { status: "failed" });
      expect((await state.getRun(runId))?.status).toBe("failed");
      expect(await progress("ends.p")).toMatchObject({ readSequence: 3 });
      expect(await progress("ends.p")).not.toHaveProperty("skipped");
    });

    test("a run that was skipped before it began has read nothing, one that a person cancelled has", async () => {
      await see("ends.s");
      const skipped = await state.recordConditionRun(run("ends.s", "3"), { readSequence: 0, sequence: 3 });
      await state.endWaitingRun(skipped?.id ?? "", "skipped", "no");
      expect(await progress("ends.s")).toMatchObject({
        readSequence: 0,
        skipped: { count: 1, sequence: 3, at: expect.any(Date) },
      });
      const again = await state.recordConditionRun(run("ends.s", "3"), { readSequence: 0, sequence: 3 });
      expect(again, "nobody has read it").toMatchObject({ status: "waiting", scheduleKey: "3~2" });
      await state.endWaitingRun(again?.id ?? "", "skipped", "no");
      const cancelled = await state.recordConditionRun(run("ends.s", "4"), { readSequence: 0, sequence: 4 });
      await state.stopRun(cancelled?.id ?? "", { by: "ana", reason: "no", status: "cancelled" });
      expect(await read("ends.s")).toBe(4);
      expect(await progress("ends.s"), "what was skipped before is over").not.toHaveProperty("skipped");
    });

    test("data that a run was recorded for and did not read has another run; a tick has one", async () => {
      await see("old.s");
      const first = await state.recordConditionRun(run("old.s", "data:7"), { readSequence: 0, sequence: 7 });
      await state.beginRun(first?.id ?? "", "{}", [], 6);
      const again = await state.recordConditionRun(run("old.s", "data:7"), { readSequence: 6, sequence: 7 });
      expect(again).toMatchObject({ scheduleKey: "data:7~2" });
      await state.beginRun(again?.id ?? "", "{}", [], 6);
      const tick = { ...run("old.s", "noon"), logicalAt: new Date("2026-01-01T12:00:00Z") };
      const seen = { readSequence: 6, sequence: 7 };
      const noon = await state.recordConditionRun(tick, seen);
      await state.beginRun(noon?.id ?? "", "{}", [], 6);
      expect(await state.recordConditionRun({ ...tick, id: createId() }, seen)).toBeUndefined();
    });

    test("of 8 schedulers that see different data at once, one records a run, and none while it waits", async () => {
      await see("many.s");
      const stores = await Promise.all(Array.from({ length: 8 }, () => openState(place.location)));
      try {
        const ask = (readSequence: number) =>
          Promise.all(
            stores.map((store, i) => {
              const sequence = readSequence + 1 + i;
              return store.recordConditionRun(run("many.s", String(sequence)), { readSequence, sequence });
            }),
          );
        for (let round = 0, seen = 0; round < 5; round++) {
          const made = (await ask(seen)).flatMap((one) => (one ? [one] : []));
          expect(made).toHaveLength(1);
          expect((await ask(seen)).filter((one) => one !== undefined)).toEqual([]);
          const [one] = made;
          await state.beginRun(one?.id ?? "", "{}", [], seen + 8);
          expect(
            (await ask(seen)).filter((late) => late !== undefined),
            "seen before it began",
          ).toEqual([]);
          seen += 8;
        }
      } finally {
        await Promise.all(stores.map((store) => store.close()));
      }
    });

    test("the newest tick that has a run is told", async () => {
      await see("ticks.s");
      const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour));
      for (const hour of [3, 5, 4]) await state.recordRun({ ...run("ticks.s", String(hour)), logicalAt: at(hour) });
      expect(await progress("ticks.s")).toMatchObject({ lastLogicalAt: at(5) });
    });

    test("a decision keeps the time when it became what it is", async () => {
      await see("why.s");
      const decision = { due: false, why: "waits for a.b", late: false, fresh: [], awaited: ["a.b"] };
      await state.noteDecision("why.s", decision);
      const [noted] = await state.listDecisions("why.s");
      expect(noted).toEqual({ schedule: "why.s", decidedAt: expect.any(Date), ...decision });
      await state.noteDecision("why.s", { ...decision });
      expect(await state.listDecisions("why.s")).toEqual([noted]);
      await state.noteDecision("why.s", { ...decision, due: true });
      expect(await state.listDecisions()).toMatchObject([{ schedule: "why.s", due: true }]);
      await state.noteDecision("unseen.s", decision);
      expect(await state.listDecisions("unseen.s")).toEqual([]);
    });
  });
}
