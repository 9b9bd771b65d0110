// Owns what every state store must keep of schedules: which are in force, which tick was seen last, each tick's run once, and the clock.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Schedule } from "../../core/manifest/index.ts";
import { type NewRun, openState, type StateStore } from "../../core/state/index.ts";
import { createId } from "../../core/util/index.ts";
import { newSchedule } from "../support/manifest.ts";
import { newTask } from "../support/state-runs.ts";
import type { StateUnderTest } from "./state.ts";

const at = (text: string) => new Date(text);
const HOURLY = newSchedule();

const runOf = (schedule: string, logicalAt: Date): NewRun => ({
  id: createId(),
  command: "schedule",
  selection: "x",
  executor: "workers",
  trigger: "schedule",
  priority: 50,
  schedule,
  scheduleKey: logicalAt.toISOString(),
  logicalAt,
  host: "here",
  pid: 1,
});

export function testSchedules(name: string, make: () => Promise<StateUnderTest>): void {
  describe(`schedules: ${name}`, () => {
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

    const keep = (id: string, definition: Schedule, when: Date, restart = true, nextAt = new Date(+when + 3_600_000)) =>
      state.reconcileSchedules({
        deployments: {},
        changes: [{ id, project: "p", name: id.slice(2), definition, restart, nextAt }],
        gone: [],
        at: when,
      });
    const scheduleOf = async (id: string) => (await state.listSchedules()).find((schedule) => schedule.id === id);

    test("a new schedule starts from now, keeps its place through other changes, and begins anew when its times change", async () => {
      const start = at("2026-01-01T00:30:00Z");
      expect(await keep("p.kept", HOURLY, start)).toBe(true);
      const kept = { id: "p.kept", project: "p", name: "kept", definition: HOURLY, enabled: true };
      expect(await scheduleOf("p.kept")).toEqual({
        ...kept,
        since: start,
        lastLogicalAt: start,
        nextAt: at("2026-01-01T01:30:00Z"),
      });
      const later = at("2026-01-02T00:00:00Z");
      await keep("p.kept", { ...HOURLY, overlap: "skip" }, later, false);
      expect(await scheduleOf("p.kept")).toMatchObject({ lastLogicalAt: start, definition: { overlap: "skip" } });
      await keep("p.kept", { ...HOURLY, cron: "5 * * * *" }, later);
      expect(await scheduleOf("p.kept")).toMatchObject({ since: later, lastLogicalAt: later });
      await keep("p.kept", { ...HOURLY, cron: "5 * * * *" }, at("2026-01-03T00:00:00Z"));
      expect(await scheduleOf("p.kept"), "another scheduler did the same").toMatchObject({ since: later });
    });

    test("a schedule that is gone is kept and never due, and starts from now when it comes back", async () => {
      const start = at("2026-01-01T00:00:00Z");
      await keep("p.gone", HOURLY, start);
      await state.reconcileSchedules({ deployments: {}, changes: [], gone: ["p.gone"], at: start });
      const { nextAt, ...gone } = (await scheduleOf("p.gone")) as NonNullable<Awaited<ReturnType<typeof scheduleOf>>>;
      expect([nextAt, gone.enabled]).toEqual([undefined, false]);
      expect((await state.dueSchedules(at("2030-01-01T00:00:00Z"))).map(({ id }) => id)).not.toContain("p.gone");
      expect(await state.recordTicks({ schedule: "p.gone", seen: start, lastLogicalAt: start, runs: [] })).toBe(
        undefined,
      );
      await keep("p.gone", HOURLY, at("2026-02-01T00:00:00Z"));
      expect(await scheduleOf("p.gone")).toMatchObject({ enabled: true, lastLogicalAt: at("2026-02-01T00:00:00Z") });
    });

    test("nothing is reconciled by deployments that are not those in force", async () => {
      await keep("p.stays", HOURLY, at("2026-01-01T00:00:00Z"));
      const stale = { deployments: { p: "old" }, changes: [], gone: ["p.stays"], at: at("2026-01-01T00:00:00Z") };
      expect(await state.reconcileSchedules(stale)).toBe(false);
      expect(await scheduleOf("p.stays")).toMatchObject({ enabled: true });
    });

    test("of many schedulers at one tick, one records its runs", async () => {
      const [start, tick] = [at("2026-01-01T00:30:00Z"), at("2026-01-01T01:00:00Z")];
      await keep("p.raced", HOURLY, start, true, tick);
      expect((await state.dueSchedules(at("2026-01-01T00:59:59.999Z"))).map(({ id }) => id)).not.toContain("p.raced");
      expect((await state.dueSchedules(tick)).map(({ id }) => id)).toContain("p.raced");
      const stores = await Promise.all(Array.from({ length: 4 }, () => openState(place.location)));
      const ticks = { schedule: "p.raced", seen: start, lastLogicalAt: tick, nextAt: at("2026-01-01T02:00:00Z") };
      const recorded = await Promise.all(
        [...stores, ...stores].map((store) => store.recordTicks({ ...ticks, runs: [runOf("p.raced", tick)] })),
      );
      await Promise.all(stores.map((store) => store.close()));
      expect(recorded.filter((runs) => runs !== undefined)).toHaveLength(1);
      expect(await state.listRuns({ schedule: "p.raced" })).toMatchObject([{ status: "waiting", logicalAt: tick }]);
      expect(await scheduleOf("p.raced")).toMatchObject({ lastLogicalAt: tick, nextAt: at("2026-01-01T02:00:00Z") });
    });

    test("a tick that has a run keeps that one", async () => {
      const [start, tick] = [at("2026-01-01T00:30:00Z"), at("2026-01-01T01:00:00Z")];
      await keep("p.had", HOURLY, start);
      const first = await state.recordRun(runOf("p.had", tick));
      const ticks = { schedule: "p.had", seen: start, lastLogicalAt: tick, runs: [runOf("p.had", tick)] };
      expect(await state.recordTicks(ticks)).toEqual([]);
      expect(await state.listRuns({ schedule: "p.had" })).toMatchObject([{ id: first?.id }]);
    });

    test("the schedules' clock is the database's, unless it is rehearsed", async () => {
      expect(Math.abs(+(await state.scheduleTime()) - +(await state.now()))).toBeLessThan(1000);
      const wanted = { rehearsedStart: at("2026-10-25T00:00:00Z"), speed: 3600 };
      const clock = await state.setScheduleClock(wanted);
      expect(clock).toMatchObject(wanted);
      expect(await state.setScheduleClock(wanted), "a second process goes on with the first one's").toEqual(clock);
      const [shown, now] = [await state.scheduleTime(), await state.now()];
      const passedMs = +now - +(clock?.realStart as Date);
      expect(+shown - +wanted.rehearsedStart).toBeLessThanOrEqual(passedMs * 3600);
      expect(await state.setScheduleClock({ ...wanted, speed: 60 })).toMatchObject({ speed: 60 });
      await state.setScheduleClock(undefined);
      expect([
        await state.scheduleClock(),
        Math.abs(+(await state.scheduleTime()) - +(await state.now())) < 1000,
      ]).toEqual([undefined, true]);
    });

    test("a model is quarantined until a task of it ends otherwise", async () => {
      const quarantine = async (status: "quarantined" | "done") => {
        const run = runOf("p.poison", new Date());
        await state.recordRun(run);
        await state.beginRun(run.id, "{}", [newTask("build:p.poison", { models: ["p.poison"] })]);
        const [ticket] = await state.admit({ runId: run.id }, ({ ready }) =>
          ready.map((found) => ({ ...found, task: found.id })),
        );
        const claimed = ticket && (await state.claimTask(ticket, { worker: "w", leaseMs: 60_000 }));
        if (!claimed) throw new Error("not claimed");
        await state.endTask({ runId: run.id, task: claimed.id, fence: claimed.fence }, { status });
        return run.id;
      };
      expect((await state.quarantinedModels()).size).toBe(0);
      const run = await quarantine("quarantined");
      expect(await state.quarantinedModels()).toEqual(new Map([["p.poison", run]]));
      await quarantine("done");
      expect((await state.quarantinedModels()).size).toBe(0);
    });
  });
}
