// Owns what every state store must keep of backfills: windows that begin once, never more at once than may, and a cancel that lets none go.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NewBackfill, type NewRun, openState, type StateStore } from "../../core/state/index.ts";
import { createId } from "../../core/util/index.ts";
import { endRun, newTask, recordedBackfill, startedRun } from "../support/state-runs.ts";
import type { StateUnderTest } from "./state.ts";

const ANA = { actor: "ana", via: "cli" } as const;

const run = (): NewRun => ({
  id: createId(),
  command: "backfill",
  selection: "a.orders",
  executor: "workers",
  trigger: "backfill",
  priority: 1_000,
  host: "here",
  pid: 1,
});

export function testBackfills(name: string, make: () => Promise<StateUnderTest>): void {
  describe(`backfills: ${name}`, () => {
    let place: StateUnderTest;
    let state: StateStore;

    beforeAll(async () => {
      place = await make();
      state = await openState(place.location);
      await state.migrate();
    });
    afterAll(async () => {
      await state.close();
      await place.remove();
    });

    const createBackfill = (windows: number, change: Partial<NewBackfill> = {}) =>
      recordedBackfill(state, windows, change);
    const end = async (id: string, status: "success" | "failed") => {
      await state.beginRun(id, "{}", []);
      if (status === "failed") await place.sql(`update {run} set status = 'failed' where id = '${id}'`);
    };

    test("one window that failed makes the backfill fail, whatever became of the others", async () => {
      const { id } = await createBackfill(2, { maxActive: 2 });
      const [failed, cancelled] = [await state.startWindow(id, 0, run()), await state.startWindow(id, 1, run())];
      await end(failed?.id ?? "", "failed");
      expect(await state.finishBackfill(id), "one still waits").toBeUndefined();
      await state.stopRun(cancelled?.id ?? "", { by: "ana", reason: "r", status: "cancelled" });
      expect(await state.finishBackfill(id)).toBe("failed");
      expect((await state.getBackfill(id))?.progress).toMatchObject({ failed: 1, cancelled: 1 });
    });

    test("a backfill tells its process, and when the runs of its windows were last heard of", async () => {
      const { id } = await createBackfill(2, { maxActive: 2, process: "0123456789ab.5k" });
      expect(await state.getBackfill(id)).toMatchObject({ host: "here", pid: 1, process: "0123456789ab.5k" });
      expect(await state.getBackfill(id)).not.toHaveProperty("lastHeartbeatAt");
      const runs = [await state.startWindow(id, 0, run()), await state.startWindow(id, 1, run())];
      await end(runs[0]?.id ?? "", "success");
      await place.sql(`update {run} set heartbeat_at = '2031-01-02T03:04:05.678Z' where id = '${runs[0]?.id}'`);
      expect((await state.getBackfill(id))?.lastHeartbeatAt).toEqual(new Date("2031-01-02T03:04:05.678Z"));
      expect((await createBackfill(1)).process).toBeUndefined();
    });

    test("no window of a cancelled backfill begins, nor of one that is over", async () => {
      const { id } = await createBackfill(2, { maxActive: 2 });
      const first = await state.startWindow(id, 0, run());
      await state.cancelBackfill(id, "wrong", ANA);
      expect(await state.startWindow(id, 1, run())).toBeUndefined();
      expect(await state.claimWindow(id, 1, "by hand")).toBe(false);
      await state.stopRun(first?.id ?? "", { by: "ana", reason: "r", status: "cancelled" });
      expect(await state.finishBackfill(id)).toBe("cancelled");
      expect(await state.startWindow(id, 1, run())).toBeUndefined();
    });

    test("a window named by a process that died before its run was recorded has failed, and waits for nobody", async () => {
      const { id } = await createBackfill(1, { executor: "process" });
      expect(await state.claimWindow(id, 0, createId())).toBe(true);
      expect(await state.listWindows({ backfill: id })).toMatchObject([{ status: "failed" }]);
      expect(await state.finishBackfill(id)).toBe("failed");
    });

    test("it comes back as it was asked for, with its windows in their order and an entry in the audit log", async () => {
      const made = await createBackfill(3, { model: "b.orders", why: "the source was repaired", order: "newest" });
      expect(made).toMatchObject({
        model: "b.orders",
        by: "ana",
        why: "the source was repaired",
        order: "newest",
        status: "running",
        progress: { waiting: 3, running: 0, done: 0, failed: 0, cancelled: 0 },
      });
      expect(await state.getBackfill(made.id)).toEqual(made);
      expect(await state.getBackfill("nothing")).toBeUndefined();
      expect(await state.listWindows({ backfill: made.id })).toEqual(
        [0, 1, 2].map((rank) => ({
          backfill: made.id,
          rank,
          from: String(rank),
          to: String(rank + 1),
          status: "waiting",
        })),
      );
      const later = await createBackfill(1, { model: "b.orders" });
      expect(await state.listBackfills({ model: "b.orders" })).toEqual([later, made]);
      expect(await state.listBackfills({ model: "b.orders", limit: 1, open: true })).toEqual([later]);
      expect((await state.listWindows({ model: "b.orders" })).map(({ backfill }) => backfill)).toEqual([
        made.id,
        made.id,
        made.id,
        later.id,
      ]);
      expect(await state.listAudit({ subject: made.id })).toMatchObject([
        { ...ANA, action: "backfill.ask", detail: { model: "b.orders", windows: 3, why: "the source was repaired" } },
      ]);
    });

    test("8 schedulers at once begin a window once, and never more windows than may run", async () => {
      const { id } = await createBackfill(6, { maxActive: 2 });
      const stores = await Promise.all(Array.from({ length: 8 }, () => openState(place.location)));
      try {
        const begun: string[] = [];
        for (let round = 0; round < 3; round++) {
          const open = (await state.listWindows({ backfill: id })).filter(({ status }) => status === "waiting");
          const runs = await Promise.all(
            stores.flatMap((store) => open.map(({ rank }) => store.startWindow(id, rank, run()))),
          );
          const made = runs.flatMap((one) => (one ? [one] : []));
          expect(made.map(({ backfill, status }) => ({ backfill, status }))).toEqual([
            { backfill: id, status: "waiting" },
            { backfill: id, status: "waiting" },
          ]);
          expect((await state.getBackfill(id))?.progress.running).toBe(2);
          expect(await state.finishBackfill(id)).toBeUndefined();
          for (const one of made) await end(one.id, "success");
          begun.push(...made.map((one) => one.id));
        }
        const windows = await state.listWindows({ backfill: id });
        expect(new Set(windows.map(({ runId }) => runId))).toEqual(new Set(begun));
        expect(windows.map(({ status }) => status)).toEqual(Array(6).fill("done"));
        expect(await state.finishBackfill(id)).toBe("success");
        expect(await state.finishBackfill(id), "it is over").toBeUndefined();
        expect(await state.getBackfill(id)).toMatchObject({ status: "success", finishedAt: expect.any(Date) });
      } finally {
        await Promise.all(stores.map((store) => store.close()));
      }
    });

    test("a backfill of which a window failed has failed, whatever the others did", async () => {
      const { id } = await createBackfill(2, { maxActive: 5 });
      for (const [rank, status] of [
        [0, "failed"],
        [1, "success"],
      ] as const) {
        const begun = await state.startWindow(id, rank, run());
        await end(begun?.id ?? "", status);
      }
      expect((await state.getBackfill(id))?.progress).toMatchObject({ done: 1, failed: 1 });
      expect(await state.finishBackfill(id)).toBe("failed");
    });

    test("cancelled at half, no window begins any more and every open run is named until none is left", async () => {
      const { id } = await createBackfill(4, { maxActive: 2 });
      const first = await state.startWindow(id, 0, run());
      await end(first?.id ?? "", "success");
      const running = await state.startWindow(id, 1, run());
      await state.beginRun(running?.id ?? "", "{}", [
        newTask("extract:a.db", { workerClass: "extract", models: ["a.orders"] }),
      ]);
      const waiting = await state.startWindow(id, 2, run());
      const open = await state.cancelBackfill(id, "wrong month", ANA);
      expect(open?.map((one) => one.id).sort()).toEqual([running?.id, waiting?.id].sort());
      expect(await state.startWindow(id, 3, run()), "nothing begins").toBeUndefined();
      expect(await state.claimWindow(id, 3, "own")).toBe(false);
      expect(await state.getBackfill(id)).toMatchObject({
        status: "running",
        cancelledBy: "ana",
        cancelReason: "wrong month",
        progress: { waiting: 0, running: 2, done: 1, failed: 0, cancelled: 1 },
      });
      expect(await state.finishBackfill(id), "its runs are not over").toBeUndefined();
      for (const one of open ?? []) await state.stopRun(one.id, { by: "ana", reason: "wrong", status: "cancelled" });
      expect(await state.cancelBackfill(id, undefined, ANA), "asked again").toEqual([]);
      expect(await state.finishBackfill(id)).toBe("cancelled");
      expect((await state.getBackfill(id))?.progress).toMatchObject({ done: 1, cancelled: 3, running: 0, waiting: 0 });
      expect(await state.cancelBackfill(id, undefined, ANA), "it is over").toBeUndefined();
      expect(await state.cancelBackfill("nothing", undefined, ANA)).toBeUndefined();
      expect((await state.listAudit({ subject: id })).map(({ action }) => action)).toEqual([
        "backfill.cancel",
        "backfill.ask",
      ]);
    });

    test("a process notes the run it began for a window, once", async () => {
      const { id } = await createBackfill(1, { executor: "process" });
      await startedRun(state, undefined, { id: "own-run", command: "backfill", selection: "a.orders" });
      expect(await state.claimWindow(id, 0, "own-run")).toBe(true);
      expect(await state.claimWindow(id, 0, "other-run")).toBe(false);
      expect((await state.getBackfill(id))?.progress.running).toBe(1);
      await endRun(state, "own-run");
      expect(await state.listWindows({ backfill: id })).toMatchObject([
        { status: "done", runId: "own-run", runStatus: "success", finishedAt: expect.any(Date) },
      ]);
    });

    const resume = (resumes: string, change: Partial<NewRun> = {}) =>
      state.recordRun({ ...run(), command: "resume", trigger: "resume", resumes, ...change });

    test("beside a window that its process reads none is resumed by a process; workers resume none beyond as many as may", async () => {
      const { id } = await createBackfill(2, { executor: "process" });
      const [failed, reading] = [createId(), createId()];
      for (const [rank, own] of [failed, reading].entries()) {
        await startedRun(state, undefined, { id: own });
        expect(await state.claimWindow(id, rank, own)).toBe(true);
        expect(await state.getRun(own)).toMatchObject({ backfill: id });
        if (own === failed) await endRun(state, own, "failed");
      }
      await expect(resume(failed, { executor: "process" })).rejects.toMatchObject({ code: "backfill/goes-on" });
      const waiting = await resume(failed, { executor: "workers" });
      const begin = () => state.beginRun(waiting?.id ?? "", "{}", [newTask("task")]);
      expect(await begin()).toBe(false);
      await endRun(state, reading);
      expect(await begin()).toBe(true);
      await endRun(state, waiting?.id ?? "");
      expect(await state.finishBackfill(id)).toBe("success");
    });

    test("of two windows that processes resume at once the second is refused before its run is recorded", async () => {
      const { id } = await createBackfill(2, { executor: "process" });
      const failed = [createId(), createId()] as const;
      for (const [rank, own] of failed.entries()) {
        await startedRun(state, undefined, { id: own });
        await state.claimWindow(id, rank, own);
        await endRun(state, own, "failed");
      }
      expect(await resume(failed[0], { executor: "process" })).toMatchObject({ backfill: id });
      await expect(resume(failed[1], { executor: "process" })).rejects.toMatchObject({ code: "backfill/goes-on" });
    });

    test("of a backfill that is to end no window is read anew, also where the cancel came a moment before", async () => {
      const { id } = await createBackfill(2, { maxActive: 2 });
      const [first, second] = [await state.startWindow(id, 0, run()), await state.startWindow(id, 1, run())];
      await end(first?.id ?? "", "failed");
      await state.cancelBackfill(id, "wrong", ANA);
      const anew = () => resume(first?.id ?? "", { trigger: "backfill" });
      await expect(anew()).rejects.toMatchObject({
        code: "backfill/is-over",
        message: expect.stringContaining("being cancelled"),
      });
      await state.stopRun(second?.id ?? "", { by: "ana", reason: "r", status: "cancelled" });
      await state.finishBackfill(id);
      await expect(anew()).rejects.toMatchObject({ code: "backfill/is-over" });
    });

    test("a window goes on with the run that resumes its run, and with one that resumes that, as one of those under way", async () => {
      const { id } = await createBackfill(2);
      const first = await state.startWindow(id, 0, run());
      await end(first?.id ?? "", "failed");
      const second = await resume(first?.id ?? "");
      expect(second, "it is the backfill's").toMatchObject({ backfill: id, status: "waiting" });
      expect(await state.listWindows({ backfill: id })).toMatchObject([
        { status: "running", runId: second?.id, runStatus: "waiting" },
        { status: "waiting" },
      ]);
      expect(await state.startWindow(id, 1, run()), "one at a time").toBeUndefined();
      await end(second?.id ?? "", "failed");
      expect((await state.getBackfill(id))?.progress).toMatchObject({ failed: 1, waiting: 1 });
      const third = await resume(second?.id ?? "");
      expect(await state.startWindow(id, 1, run())).toBeUndefined();
      await end(third?.id ?? "", "success");
      expect(await state.listWindows({ backfill: id })).toMatchObject([
        { status: "done", runId: third?.id, runStatus: "success", finishedAt: expect.any(Date) },
        { status: "waiting" },
      ]);
      const last = await state.startWindow(id, 1, run());
      await end(last?.id ?? "", "success");
      expect(await state.finishBackfill(id)).toBe("success");
    });

    test("tried in vain, the window goes on with another resume of the first run", async () => {
      const { id } = await createBackfill(1);
      const first = await state.startWindow(id, 0, run());
      await end(first?.id ?? "", "failed");
      await end((await resume(first?.id ?? ""))?.id ?? "", "failed");
      const third = await resume(first?.id ?? "");
      expect(await state.listWindows({ backfill: id })).toMatchObject([{ status: "running", runId: third?.id }]);
    });

    test("a backfill that had failed goes on when the run of a window is resumed, and ends as that one does", async () => {
      const { id } = await createBackfill(2, { maxActive: 2 });
      const [first, fine] = [await state.startWindow(id, 0, run()), await state.startWindow(id, 1, run())];
      await end(first?.id ?? "", "failed");
      await end(fine?.id ?? "", "success");
      expect(await state.finishBackfill(id)).toBe("failed");
      const process = "0123456789ab.5k";
      const second = await resume(first?.id ?? "", { host: "there", pid: 7, process });
      expect(await state.getBackfill(id)).toMatchObject({ status: "running", host: "there", pid: 7, process });
      expect(await state.getBackfill(id)).not.toHaveProperty("finishedAt");
      expect(await state.finishBackfill(id)).toBeUndefined();
      await end(second?.id ?? "", "success");
      expect(await state.finishBackfill(id)).toBe("success");
    });

    test("a backfill that somebody cancelled stays cancelled, and its window tells what the resume did", async () => {
      const { id } = await createBackfill(2, { maxActive: 2 });
      const first = await state.startWindow(id, 0, run());
      await state.cancelBackfill(id, "wrong", ANA);
      await state.stopRun(first?.id ?? "", { by: "ana", reason: "r", status: "cancelled" });
      expect(await state.finishBackfill(id)).toBe("cancelled");
      const second = await resume(first?.id ?? "");
      expect(await state.getBackfill(id)).toMatchObject({
        status: "cancelled",
        progress: { running: 1, cancelled: 1 },
      });
      await end(second?.id ?? "", "success");
      expect(await state.getBackfill(id)).toMatchObject({ status: "cancelled", progress: { done: 1, cancelled: 1 } });
    });

    test("a backfill does not end under a run that resumes its window in the same instant", async () => {
      const other = await openState(place.location);
      try {
        for (let round = 0; round < 5; round++) {
          const { id } = await createBackfill(1);
          const first = await state.startWindow(id, 0, run());
          await end(first?.id ?? "", "failed");
          const [second, ended] = await Promise.all([resume(first?.id ?? ""), other.finishBackfill(id)]);
          expect([undefined, "failed"]).toContain(ended);
          expect(await state.getBackfill(id)).toMatchObject({ status: "running", progress: { running: 1 } });
          await end(second?.id ?? "", "success");
          expect(await state.finishBackfill(id)).toBe("success");
        }
      } finally {
        await other.close();
      }
    });

    test("one without windows has succeeded", async () => {
      expect(await createBackfill(0)).toMatchObject({ status: "success", finishedAt: expect.any(Date) });
    });

    test("ten thousand windows are recorded and counted", async () => {
      const { id } = await createBackfill(10_000);
      expect((await state.getBackfill(id))?.progress.waiting).toBe(10_000);
      expect((await state.listWindows({ backfill: id })).at(-1)).toMatchObject({ from: "9999", to: "10000" });
      await state.cancelBackfill(id, undefined, ANA);
      expect(await state.finishBackfill(id)).toBe("cancelled");
    });
  });
}
