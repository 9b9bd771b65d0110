// Owns that one run, schedule or task that cannot be dealt with keeps no other from being looked after, and what a scheduler makes of a run
// that another began between its two looks.
import { expect, it } from "vitest";
import type { DutyContext } from "../../scheduler/duty.ts";
import { createSweepDuty } from "../../scheduler/engine/index.ts";
import { beginDuty } from "../../scheduler/schedules/index.ts";
import { cronSchedule, withScheduledMesh } from "../support/scheduled-mesh.ts";
import { ALL_TASKS, newRun, newTask } from "../support/state-runs.ts";

it("a run that planning stumbles over does not keep those behind it from beginning", () =>
  withScheduledMesh(async (mesh) => {
    mesh.deploy({ schedules: {}, models: { "shop.m": {} } });
    const [bad, good] = [newRun({ executor: "workers", priority: 1 }), newRun({ executor: "workers", priority: 2 })];
    await mesh.state.recordRun({ ...bad, options: { select: [7] } });
    await mesh.state.recordRun({ ...good, options: { select: ["shop.m"] } });
    await mesh.begin();
    expect((await mesh.state.getRun(bad.id))?.status).toBe("waiting");
    expect((await mesh.state.getRun(good.id))?.status).toBe("running");
  }));

it("a schedule whose times cannot be read does not keep others from being due", () =>
  withScheduledMesh(async (mesh) => {
    mesh.deploy({ schedules: { "shop.good": cronSchedule("0 * * * *") }, models: { "shop.m": { schedule: "good" } } });
    await mesh.reconcile();
    const at = new Date("2026-01-01T00:00:00Z");
    const definition = cronSchedule("no cron at all");
    const change = { id: "shop.bad", project: "shop", name: "bad", definition, restart: true, nextAt: at };
    await mesh.state.reconcileSchedules({ deployments: {}, changes: [change], gone: [], at });
    mesh.set("2026-01-01T01:00:00Z");
    await mesh.tick();
    expect(await mesh.told("shop.good")).toEqual(["01-01 01:00 waiting"]);
  }));

it("a task that cannot be given to others does not keep the sweep from giving back the rest", () =>
  withScheduledMesh(async ({ state, context }) => {
    const work = JSON.stringify({
      plan: { steps: [], pins: {} },
      tasks: [],
      pins: {},
      deployments: {},
      fingerprints: {},
    });
    const runs = [newRun({ executor: "workers" }), newRun({ executor: "workers" })];
    for (const [i, run] of runs.entries()) {
      await state.recordRun(run);
      await state.beginRun(run.id, i === 0 ? "{ no work" : work, [newTask("task")]);
      for (const ticket of await state.admit({ executor: "workers" }, ALL_TASKS))
        await state.claimTask(ticket, { worker: "w", leaseMs: 1 });
    }
    while ((await state.expiredTasks()).length < 2);
    await createSweepDuty(60_000).run(context);
    expect((await state.expiredTasks()).map(({ runId }) => runId)).toEqual([runs[0]?.id]);
  }));

it("a run that began between the two looks of a scheduler goes on: none begins beside it, with cancel_other it is cancelled", () =>
  withScheduledMesh(async (mesh) => {
    const schedule = cronSchedule("0 * * * *", { overlap: "cancel_other", catchUp: { mode: "all" } });
    mesh.deploy({ schedules: { "shop.s": schedule }, models: { "shop.m": { schedule: "s" } } });
    await mesh.reconcile();
    mesh.set("2026-01-01T02:00:00Z");
    await mesh.tick();
    const [first, second] = await mesh.runs("shop.s");
    // Another scheduler decided so when there was no second one yet.
    const listRuns: DutyContext["state"]["listRuns"] = async (filter) => {
      if (filter?.status === "running") await mesh.state.beginRun(first?.id ?? "", "{}", [newTask("task")]);
      return mesh.state.listRuns(filter);
    };
    await beginDuty.run({ ...mesh.context, state: { ...mesh.state, listRuns } });
    expect(await mesh.state.getRun(first?.id ?? "")).toMatchObject({
      cancelReason: expect.stringContaining("cancel_other"),
    });
    expect((await mesh.state.getRun(second?.id ?? ""))?.status).toBe("waiting");
  }));
