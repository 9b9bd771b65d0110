// Owns what every state store must hold of runs that resume others: one at a time does what a run left, from however many sides it is asked.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTaskTaker, readWork, resumeRun, WORK_VERSION } from "../../core/execute/index.ts";
import { openState, type StateStore } from "../../core/state/index.ts";
import { systemClock } from "../../core/util/index.ts";
import { ALL_TASKS, endRun, newRun, newTask, startedRun } from "../support/state-runs.ts";
import type { StateUnderTest } from "./state.ts";

const BY = { by: "ana", via: "cli", reason: "the store is back" } as const;

export function testResumptions(name: string, make: () => Promise<StateUnderTest>): void {
  describe(`resumptions: ${name}`, () => {
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

    const begin = (id: string) => state.beginRun(id, WORK, [newTask("task")]);
    /** A run that has ended and left a model unpublished. */
    const failedRun = async () => {
      const run = newRun({ executor: "workers" });
      await state.recordRun(run);
      await begin(run.id);
      await endRun(state, run.id, "failed");
      return run.id;
    };
    const resumersOf = async (id: string) => (await state.listRuns()).filter(({ resumes }) => resumes === id);

    test("asked for at once from two sides, one run does what another left, and who was second is told which", async () => {
      const before = (await state.listAudit({ action: "run.resume" })).length;
      for (let round = 0; round < 5; round++) {
        const failed = await failedRun();
        const asked = await Promise.allSettled(
          [state, other, state, other].map((store) => resumeRun(failed, BY, store)),
        );
        const [made] = await resumersOf(failed);
        expect(await resumersOf(failed)).toHaveLength(1);
        const refused = asked.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
        expect(refused).toHaveLength(3);
        for (const reason of refused)
          expect(reason).toMatchObject({
            code: "run/being-resumed",
            message: expect.stringContaining(made?.id ?? "-"),
          });
        expect(await state.listAudit({ subject: made?.id ?? "" }), "a refusal is no action").toHaveLength(1);
        expect((await state.listAudit({ action: "run.resume" })).length).toBe(before + round + 1);
      }
    });

    test("while a resume of a resume goes on, neither of the two before it is resumed", async () => {
      const failed = await failedRun();
      const second = await resumeRun(failed, BY, state);
      await begin(second.id);
      await expect(resumeRun(failed, BY, other)).rejects.toMatchObject({ code: "run/being-resumed" });
      await endRun(state, second.id, "failed");
      const third = await resumeRun(second.id, BY, state);
      for (const id of [failed, second.id])
        await expect(resumeRun(id, BY, other)).rejects.toMatchObject({
          code: "run/being-resumed",
          message: expect.stringContaining(third.id),
        });
      await begin(third.id);
      await endRun(state, third.id, "failed");
      const fourth = await resumeRun(failed, BY, other);
      expect(fourth, "what was tried in vain may be tried again").toMatchObject({ resumes: failed, status: "waiting" });
    });

    test("what a resume has done to its end is not done again", async () => {
      const failed = await failedRun();
      const second = await resumeRun(failed, BY, state);
      await begin(second.id);
      await endRun(state, second.id, "failed");
      const third = await resumeRun(second.id, BY, state);
      await begin(third.id);
      await endRun(state, third.id);
      await expect(resumeRun(failed, BY, state)).rejects.toMatchObject({ code: "run/nothing-left" });
    });

    test("work of a newer version is given back, as no attempt and no loss, told once, and resumed by its own version alone", async () => {
      const run = newRun({ executor: "workers" });
      await state.recordRun(run);
      const work = JSON.stringify({ ...JSON.parse(WORK), version: WORK_VERSION + 1 });
      await state.beginRun(run.id, work, [newTask("one"), newTask("two")]);
      const troubles: string[] = [];
      const ends: string[] = [];
      const taker = createTaskTaker({
        state,
        worker: "older",
        leaseMs: 60_000,
        clock: systemClock,
        perform: async ({ runId }) => {
          await readWork(runId, state);
          return { kind: "done" };
        },
        onEnd: (_, { kind }) => ends.push(kind),
        onTrouble: ({ what }) => troubles.push(what),
        redact: (text) => text,
      });
      for (const ticket of await state.admit({ runId: run.id }, ALL_TASKS)) await taker.take(ticket);
      taker.close();
      expect([troubles, ends]).toEqual([["work-unknown"], ["returned"]]);
      const tasks = await state.listTasks(run.id);
      expect(tasks).toHaveLength(2);
      for (const task of tasks)
        expect(task).toMatchObject({
          status: "ready",
          attempt: 0,
          losses: 0,
          notBefore: expect.any(Date),
          error: { code: "run/work-unknown" },
        });
      expect(await state.admit({ runId: run.id }, ALL_TASKS), "a newer worker has time to come").toEqual([]);
      await state.stopRun(run.id, { by: "ana", reason: "r", status: "cancelled" });
      await expect(resumeRun(run.id, BY, state)).rejects.toMatchObject({ code: "run/work-unknown" });
      expect(await resumersOf(run.id)).toEqual([]);
    });

    test("a process that does the rest of its own run is alone with it, too", async () => {
      const failed = await startedRun(state);
      await endRun(state, failed, "failed");
      const rest = () => newRun({ trigger: "resume", resumes: failed });
      const made = await Promise.allSettled([state.recordRun(rest()), other.recordRun(rest())]);
      expect(made.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    });
  });
}

const WORK = JSON.stringify({
  plan: { steps: [{ id: "publish:a.orders", kind: "publish", models: ["a.orders"], dependsOn: [] }], pins: {} },
  tasks: [],
  pins: {},
  fingerprints: { "a.orders": "f" },
  deployments: {},
});
