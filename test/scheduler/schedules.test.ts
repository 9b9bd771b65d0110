// Owns what a scheduler makes of schedules on a real state store: which runs are recorded, begin, wait, are skipped, and why.
import { describe, expect, it } from "vitest";
import { resumeRun } from "../../core/execute/index.ts";
import type { CatchUp, OverlapPolicy } from "../../core/manifest/index.ts";
import type { NewRun, RunRecord } from "../../core/state/index.ts";
import { createId } from "../../core/util/index.ts";
import { beginDuty } from "../../scheduler/schedules/index.ts";
import { cronSchedule, type ScheduledMesh, withScheduledMesh } from "../support/scheduled-mesh.ts";
import { newTask } from "../support/state-runs.ts";

const MODELS = { "shop.orders": { schedule: "hourly" }, "shop.days": { schedule: "nightly", reads: ["shop.orders"] } };
const hourly = (catchUp: CatchUp, overlap: OverlapPolicy) => cronSchedule("5 * * * *", { catchUp, overlap });

const manual = (more: Partial<NewRun> = {}): NewRun => {
  const id = createId();
  return {
    id,
    command: "trigger",
    selection: "shop.orders",
    executor: "workers",
    trigger: "manual",
    priority: 10,
    host: "here",
    pid: 1,
    ...more,
  };
};

/** The first tick of 1 January has begun and never ends by itself; then everything is off until the morning of the 2nd. */
async function afterAbsence(mesh: ScheduledMesh, catchUp: CatchUp, overlap: OverlapPolicy): Promise<void> {
  mesh.deploy({ schedules: { "shop.hourly": hourly(catchUp, overlap) }, models: MODELS });
  mesh.set("2026-01-01T00:00:00Z");
  await mesh.look();
  mesh.set("2026-01-01T00:05:10Z");
  await mesh.look();
  mesh.set("2026-01-02T02:05:30Z");
  await mesh.look();
}

describe("everything is off for 26 hours while a run goes on", () => {
  const first = "01-01 00:05 running";
  const ticks = (from: number, to: number, status: string) =>
    Array.from({ length: to - from + 1 }, (_, i) => {
      const tick = new Date(Date.UTC(2026, 0, 1, from + i, 5)).toISOString();
      return `${tick.slice(5, 16).replace("T", " ")} ${status}`;
    });
  const cancelled = "01-01 00:05 cancelled";
  const cases: readonly (readonly [CatchUp, OverlapPolicy, readonly string[]])[] = [
    [{ mode: "none" }, "skip", [first, ...ticks(26, 26, "skipped")]],
    [{ mode: "none" }, "buffer_one", [first, ...ticks(26, 26, "waiting")]],
    [{ mode: "none" }, "buffer_all", [first, ...ticks(26, 26, "waiting")]],
    [{ mode: "none" }, "cancel_other", [cancelled, ...ticks(26, 26, "running")]],
    [{ mode: "none" }, "allow", [first, ...ticks(26, 26, "running")]],
    [{ mode: "latest" }, "skip", [first, ...ticks(26, 26, "skipped")]],
    [{ mode: "latest" }, "buffer_one", [first, ...ticks(26, 26, "waiting")]],
    [{ mode: "latest" }, "buffer_all", [first, ...ticks(26, 26, "waiting")]],
    [{ mode: "latest" }, "cancel_other", [cancelled, ...ticks(26, 26, "running")]],
    [{ mode: "latest" }, "allow", [first, ...ticks(26, 26, "running")]],
    [{ mode: "all" }, "skip", [first, ...ticks(1, 26, "skipped")]],
    [{ mode: "all" }, "buffer_one", [first, ...ticks(1, 25, "skipped"), ...ticks(26, 26, "waiting")]],
    [{ mode: "all" }, "buffer_all", [first, ...ticks(1, 26, "waiting")]],
    [{ mode: "all" }, "cancel_other", [cancelled, ...ticks(1, 25, "skipped"), ...ticks(26, 26, "running")]],
    [{ mode: "all" }, "allow", [first, ...ticks(1, 26, "running")]],
    [{ mode: "window", windowMs: 7_200_000 }, "skip", [first, ...ticks(25, 26, "skipped")]],
    [
      { mode: "window", windowMs: 7_200_000 },
      "buffer_one",
      [first, ...ticks(25, 25, "skipped"), ...ticks(26, 26, "waiting")],
    ],
    [{ mode: "window", windowMs: 7_200_000 }, "buffer_all", [first, ...ticks(25, 26, "waiting")]],
    [
      { mode: "window", windowMs: 7_200_000 },
      "cancel_other",
      [cancelled, ...ticks(25, 25, "skipped"), ...ticks(26, 26, "running")],
    ],
    [{ mode: "window", windowMs: 7_200_000 }, "allow", [first, ...ticks(25, 26, "running")]],
  ];
  it.each(cases)("catch-up %j, overlap %s", async (catchUp, overlap, expected) => {
    await withScheduledMesh(async (mesh) => {
      await afterAbsence(mesh, catchUp, overlap);
      // What was cancelled has ended by the next look.
      await mesh.begin();
      expect(await mesh.told("shop.hourly")).toEqual(expected);
    });
  });

  it("with `all`, those that wait begin one after the other, oldest first", async () => {
    await withScheduledMesh(async (mesh) => {
      await afterAbsence(mesh, { mode: "all" }, "buffer_all");
      const begun: string[] = [];
      for (;;) {
        const run = (await mesh.runs("shop.hourly")).find(({ status }) => status === "running");
        if (!run) break;
        begun.push(String(run.logicalAt?.toISOString()));
        await mesh.finish(run);
        await mesh.begin();
      }
      expect(begun).toHaveLength(27);
      expect(begun).toEqual([...begun].sort());
    });
  });

  it("the first tick after it is one that nobody has missed", async () => {
    await withScheduledMesh(async (mesh) => {
      mesh.deploy({ schedules: { "shop.hourly": hourly({ mode: "none" }, "allow") }, models: MODELS });
      await mesh.look();
      mesh.set("2026-01-02T02:30:00Z");
      await mesh.look();
      expect(await mesh.told("shop.hourly")).toEqual([]);
      mesh.set("2026-01-02T03:05:01Z");
      await mesh.look();
      expect(await mesh.told("shop.hourly")).toEqual(["01-02 03:05 running"]);
    });
  });
});

describe("a run of a schedule", () => {
  it("has its schedule's models and no others; what they read is pinned, so hourly never waits for nightly", async () => {
    await withScheduledMesh(async (mesh) => {
      mesh.deploy({
        schedules: { "shop.hourly": cronSchedule("0 * * * *"), "shop.nightly": cronSchedule("0 2 * * *") },
        models: {
          "shop.base": { schedule: "nightly" },
          "shop.often": { schedule: "hourly", reads: ["shop.base"] },
          "shop.own": { schedule: "hourly" },
        },
      });
      mesh.set("2026-01-01T00:30:00Z");
      await mesh.look();
      mesh.set("2026-01-01T01:00:01Z");
      await mesh.look();
      const [run] = await mesh.runs("shop.hourly");
      expect(run).toMatchObject({ status: "running", priority: 50, trigger: "schedule", createdBy: "shop.hourly" });
      expect(run?.reason).toBe("due at 2026-01-01 01:00 UTC");
      const models = (await mesh.state.listTasks(run?.id ?? "")).flatMap((task) => task.models);
      expect(models).toEqual(["shop.own"]);
      const { plan } = JSON.parse((await mesh.state.readWork(run?.id ?? "")) as string);
      expect(plan.blocked, "base was never built").toMatchObject([{ model: "shop.often" }]);
      expect(await mesh.runs("shop.nightly")).toEqual([]);
    });
  });

  it("of a schedule without models is skipped, and says so", async () => {
    await withScheduledMesh(async (mesh) => {
      mesh.deploy({ schedules: { "shop.empty": cronSchedule("0 * * * *") }, models: MODELS });
      await mesh.look();
      mesh.set("2026-01-01T01:00:00Z");
      await mesh.look();
      expect(await mesh.runs("shop.empty")).toMatchObject([
        { status: "skipped", reason: "no model runs by shop.empty" },
      ]);
    });
  });

  it("that waits when its schedule goes is skipped", async () => {
    await withScheduledMesh(async (mesh) => {
      mesh.deploy({ schedules: { "shop.hourly": cronSchedule("0 * * * *") }, models: MODELS });
      await mesh.look();
      mesh.set("2026-01-01T01:00:00Z");
      await mesh.tick();
      mesh.deploy({ schedules: {}, models: MODELS });
      await mesh.look();
      expect(await mesh.runs("shop.hourly")).toMatchObject([
        { status: "skipped", reason: "the schedule shop.hourly is no more" },
      ]);
      mesh.set("2026-01-02T01:00:00Z");
      await mesh.look();
      expect(await mesh.runs("shop.hourly")).toHaveLength(1);
    });
  });

  it("is not due for ticks before its schedule came, or changed its times", async () => {
    await withScheduledMesh(async (mesh) => {
      mesh.deploy({
        schedules: { "shop.hourly": cronSchedule("0 * * * *", { catchUp: { mode: "all" } }) },
        models: MODELS,
      });
      mesh.set("2026-01-01T10:30:00Z");
      await mesh.look();
      mesh.set("2026-01-01T11:30:00Z");
      await mesh.look();
      mesh.deploy({
        schedules: { "shop.hourly": cronSchedule("15 * * * *", { catchUp: { mode: "all" } }) },
        models: MODELS,
      });
      await mesh.look();
      mesh.set("2026-01-01T12:20:00Z");
      await mesh.look();
      expect((await mesh.told("shop.hourly")).map((line) => line.slice(0, 11))).toEqual(["01-01 11:00", "01-01 12:15"]);
    });
  });

  it("does not come while it is paused; what was missed follows its catch-up", async () => {
    await withScheduledMesh(async (mesh) => {
      mesh.deploy({ schedules: { "shop.hourly": cronSchedule("0 * * * *") }, models: MODELS });
      await mesh.look();
      const [subject, by] = [{ kind: "project", name: "shop" } as const, { actor: "ana", via: "cli" } as const];
      await mesh.state.pause(subject, by);
      for (const now of ["2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z", "2026-01-01T03:00:00Z"]) {
        mesh.set(now);
        await mesh.look();
      }
      expect(await mesh.told("shop.hourly")).toEqual([]);
      await mesh.state.unpause(subject, by);
      await mesh.look();
      expect(await mesh.told("shop.hourly")).toEqual(["01-01 03:00 running"]);
    });
  });
});

describe("a run that waits", () => {
  const by = { actor: "ana", via: "cli" } as const;

  it("does not begin while its schedule, its project or everything is paused, whoever asked for it", async () => {
    await withScheduledMesh(async (mesh) => {
      mesh.deploy({ schedules: { "shop.hourly": cronSchedule("0 * * * *") }, models: MODELS });
      await mesh.look();
      mesh.set("2026-01-01T01:00:00Z");
      await mesh.tick();
      const named = await mesh.state.recordRun(manual({ schedule: "shop.hourly", scheduleKey: "manual" }));
      const free = await mesh.state.recordRun(manual());
      const waiting = async () => {
        await mesh.begin();
        const runs = [...(await mesh.runs("shop.hourly")), ...(await mesh.state.listRuns({ status: "waiting" }))];
        return new Set(runs.filter(({ status }) => status === "waiting").map(({ id }) => id));
      };
      await mesh.state.pause({ kind: "system", name: "" }, by);
      expect((await waiting()).size).toBe(3);
      await mesh.state.unpause({ kind: "system", name: "" }, by);
      await mesh.state.pause({ kind: "schedule", name: "shop.hourly" }, by);
      const held = await waiting();
      expect([held.size, held.has(named?.id ?? ""), held.has(free?.id ?? "")]).toEqual([2, true, false]);
      await mesh.state.unpause({ kind: "schedule", name: "shop.hourly" }, by);
      expect((await waiting()).size).toBe(0);
    });
  });

  it("for somebody begins before one of the clock, and less urgent ones last", async () => {
    await withScheduledMesh(async (mesh) => {
      mesh.deploy({ schedules: { "shop.hourly": cronSchedule("0 * * * *") }, models: MODELS });
      await mesh.look();
      mesh.set("2026-01-01T01:00:00Z");
      await mesh.tick();
      const late = await mesh.state.recordRun(manual({ priority: 900 }));
      const asked = await mesh.state.recordRun(manual());
      const begun: string[] = [];
      const state = { ...mesh.state };
      const watched = {
        ...mesh.context,
        state: {
          ...state,
          beginRun: (...given: Parameters<typeof state.beginRun>) => {
            begun.push(given[0]);
            return state.beginRun(...given);
          },
        },
      };
      await beginDuty.run(watched);
      const [ticked] = await mesh.runs("shop.hourly");
      expect(begun).toEqual([asked?.id, ticked?.id, late?.id]);
    });
  });

  it("takes the place of one that goes on by cancelling it, under the schedule's name, and its workers hear of it", async () => {
    await withScheduledMesh(async (mesh) => {
      const stopped: string[] = [];
      await mesh.context.transport.onSignal((signal) => {
        if (signal.topic === "stop") stopped.push(signal.runId);
      });
      mesh.deploy({
        schedules: { "shop.hourly": cronSchedule("0 * * * *", { overlap: "cancel_other" }) },
        models: MODELS,
      });
      await mesh.look();
      for (const now of ["2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z"]) {
        mesh.set(now);
        await mesh.look();
      }
      const [first] = await mesh.runs("shop.hourly");
      expect(first).toMatchObject({
        cancelledBy: "shop.hourly",
        cancelReason: expect.stringContaining("cancel_other"),
      });
      expect(stopped).toEqual([first?.id]);
    });
  });

  it("is not due for ticks of the zone its schedule had before", async () => {
    await withScheduledMesh(async (mesh) => {
      const daily = (timezone: string) => ({
        schedules: { "shop.daily": cronSchedule("0 6 * * *", { timezone, catchUp: { mode: "all" } }) },
        models: { "shop.m": { schedule: "daily" } },
      });
      mesh.deploy(daily("UTC"));
      await mesh.look();
      // At 06:00 in New York it is 11:00.
      mesh.set("2026-01-01T12:00:00Z");
      await mesh.reconcile();
      mesh.deploy(daily("America/New_York"));
      await mesh.look();
      expect(await mesh.runs("shop.daily")).toEqual([]);
      mesh.set("2026-01-02T11:00:00Z");
      await mesh.look();
      expect((await mesh.told("shop.daily")).map((line) => line.slice(0, 11))).toEqual(["01-02 11:00"]);
    });
  });
});

describe("a run that somebody asked for", () => {
  it("begins beside its schedule's runs, and does not stand in their way", async () => {
    await withScheduledMesh(async (mesh) => {
      mesh.deploy({ schedules: { "shop.hourly": cronSchedule("0 * * * *", { overlap: "skip" }) }, models: MODELS });
      await mesh.look();
      const asked = await mesh.state.recordRun(manual({ schedule: "shop.hourly", scheduleKey: "manual-1" }));
      await mesh.begin();
      mesh.set("2026-01-01T01:00:00Z");
      await mesh.look();
      const second = await mesh.state.recordRun(manual({ schedule: "shop.hourly", scheduleKey: "manual-2" }));
      await mesh.begin();
      const statusOf = async (run: RunRecord | undefined) => (await mesh.state.getRun(run?.id ?? ""))?.status;
      expect([await statusOf(asked), await statusOf(second)]).toEqual(["running", "running"]);
      expect((await mesh.runs("shop.hourly")).filter(({ trigger }) => trigger === "schedule")).toMatchObject([
        { status: "running" },
      ]);
    });
  });

  it("to resume another begins with what that one left", async () => {
    await withScheduledMesh(async (mesh) => {
      mesh.deploy({ schedules: { "shop.hourly": cronSchedule("0 * * * *") }, models: MODELS });
      await mesh.look();
      mesh.set("2026-01-01T01:00:00Z");
      await mesh.look();
      const [run] = await mesh.runs("shop.hourly");
      await mesh.finish(run as RunRecord);
      const resumed = await resumeRun(run?.id ?? "", { by: "ana" }, mesh.state);
      await mesh.begin();
      expect(await mesh.state.getRun(resumed.id)).toMatchObject({ status: "running", trigger: "resume" });
      expect((await mesh.state.listTasks(resumed.id)).map(({ id }) => id)).toContain("build:shop.orders");
      await mesh.finish(resumed);
      const again = await resumeRun(run?.id ?? "", { by: "ana" }, mesh.state);
      await mesh.begin();
      expect(await mesh.state.getRun(again.id)).toMatchObject({ status: "running" });
    });
  });

  it("to resume one of a newer version waits for a newer scheduler", async () => {
    await withScheduledMesh(async (mesh) => {
      mesh.deploy({ schedules: { "shop.hourly": cronSchedule("0 * * * *") }, models: MODELS });
      await mesh.look();
      mesh.set("2026-01-01T01:00:00Z");
      await mesh.look();
      const [known] = await mesh.runs("shop.hourly");
      const work = JSON.parse((await mesh.state.readWork(known?.id ?? "")) ?? "");
      const failed = await mesh.state.recordRun(manual({}));
      await mesh.state.beginRun(failed?.id ?? "", JSON.stringify({ ...work, version: 99 }), [newTask("task")]);
      await mesh.finish(failed as RunRecord);
      const waits = await mesh.state.recordRun(manual({ trigger: "resume", resumes: failed?.id ?? "" }));
      await mesh.begin();
      await mesh.begin();
      expect(await mesh.state.getRun(waits?.id ?? "")).toMatchObject({ status: "waiting" });
    });
  });

  it("for what is not there has failed, and says why", async () => {
    await withScheduledMesh(async (mesh) => {
      mesh.deploy({ schedules: {}, models: MODELS });
      const asked = await mesh.state.recordRun(manual({ selection: "shop.nothing" }));
      await mesh.begin();
      expect(await mesh.state.getRun(asked?.id ?? "")).toMatchObject({
        status: "failed",
        reason: expect.stringContaining("shop.nothing"),
      });
    });
  });
});

it("a model that took its workers down is left out of scheduled runs until it changes or somebody asks for it", async () => {
  await withScheduledMesh(async (mesh) => {
    const schedules = { "shop.hourly": cronSchedule("0 * * * *", { overlap: "allow" }) };
    const deployed = (fingerprint: string) =>
      mesh.deploy({
        schedules,
        models: { "shop.bad": { schedule: "hourly", fingerprint }, "shop.good": { schedule: "hourly" } },
      });
    const modelsAt = async (now: string) => {
      mesh.set(now);
      await mesh.look();
      const run = (await mesh.runs("shop.hourly")).at(-1) as RunRecord;
      return (await mesh.state.listTasks(run.id)).flatMap((task) => task.models).sort();
    };
    deployed("f1");
    await mesh.look();
    expect(await modelsAt("2026-01-01T01:00:00Z")).toEqual(["shop.bad", "shop.good"]);
    const [run] = await mesh.runs("shop.hourly");
    const tickets = await mesh.state.admit({ executor: "workers" }, ({ ready }) =>
      ready.map((task) => ({ ...task, task: task.id })),
    );
    for (const ticket of tickets) {
      const task = await mesh.state.claimTask(ticket, { worker: "w", leaseMs: 60_000 });
      const status = task?.models[0] === "shop.bad" ? "quarantined" : "done";
      if (task) await mesh.state.endTask({ runId: task.runId, task: task.id, fence: task.fence }, { status });
    }
    expect(await modelsAt("2026-01-01T02:00:00Z")).toEqual(["shop.good"]);
    const { plan } = JSON.parse(
      (await mesh.state.readWork((await mesh.runs("shop.hourly")).at(-1)?.id ?? "")) as string,
    );
    expect(plan.blocked).toEqual([{ model: "shop.bad", reason: expect.stringContaining(run?.id ?? "?") }]);
    const asked = await mesh.state.recordRun(manual({ selection: "shop.bad" }));
    await mesh.begin();
    expect((await mesh.state.listTasks(asked?.id ?? "")).flatMap((task) => task.models)).toEqual(["shop.bad"]);
    deployed("f2");
    expect(await modelsAt("2026-01-01T03:00:00Z")).toEqual(["shop.bad", "shop.good"]);
  });
});

it("ticks of a schedule that waits for data too pass without a run", async () => {
  await withScheduledMesh(async (mesh) => {
    const waits = cronSchedule("0 * * * *", { on: "cron_after_all_new", upstream: ["other.m"] });
    mesh.deploy({ schedules: { "shop.hourly": waits }, models: MODELS });
    await mesh.look();
    mesh.set("2026-01-01T02:10:00Z");
    await mesh.look();
    expect(await mesh.runs("shop.hourly")).toEqual([]);
    expect(await mesh.state.listSchedules()).toMatchObject([{ nextAt: new Date("2026-01-01T03:00:00Z") }]);
  });
});
