// The duty that looks after backfills, on a real state store: windows begin once and in order, never more at once than may, and a cancel leaves no child.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askAfresh, parseWork, resumeRun, type Signal } from "../../core/execute/index.ts";
import type { NewBackfill } from "../../core/state/index.ts";
import { createBackfillsDuty, nextWindows } from "../../scheduler/backfills/index.ts";
import type { DutyContext } from "../../scheduler/duty.ts";
import { beginDuty } from "../../scheduler/schedules/index.ts";
import { sketchManifest } from "../support/manifest.ts";
import { recordedBackfill } from "../support/state-runs.ts";
import { openWaitingMesh, type WaitingMesh } from "../support/waiting-mesh.ts";

const ANA = { actor: "ana", via: "cli" } as const;
const MODEL = "a.orders";
let mesh: WaitingMesh;
let context: DutyContext;
const signals: Signal[] = [];

beforeAll(async () => {
  mesh = await openWaitingMesh();
  await mesh.publish(MODEL);
  const manifest = sketchManifest({
    [MODEL]: {
      kind: "snapshot",
      source: "a.db.orders",
      fingerprint: "f",
      config: { strategy: "incremental", cursor: "id", unique_key: ["id"] },
    },
    "a.full": { kind: "snapshot", source: "a.db.full", fingerprint: "f", config: { strategy: "full" } },
  });
  const some = mesh.context(() => ({}));
  context = { ...some, deployed: async () => ({ ...(await some.deployed()), manifest }) };
  await context.transport.onSignal((signal) => signals.push(signal));
});
afterAll(() => mesh.close());

const ask = (windows: number, change: Partial<NewBackfill> = {}) => recordedBackfill(mesh.state, windows, change);
const look = () => createBackfillsDuty().run(context);
const runsOf = async (id: string) => [...(await mesh.state.listRuns({ backfill: id }))].reverse();

/** Does everything a worker would with the tasks of a run, or fails the first. */
async function work(runId: string, status: "done" | "failed" = "done"): Promise<void> {
  for (;;) {
    const tickets = await mesh.state.admit({ runId }, ({ ready }) =>
      ready.map((task) => ({ runId: task.runId, task: task.id, fence: task.fence })),
    );
    if (tickets.length === 0) {
      const open = (await mesh.state.listTasks(runId)).filter((task) => task.status === "waiting");
      if (open.length === 0) return;
      await mesh.state.stopRun(runId, { by: "test", reason: "its first task ended", status: "skipped" });
      return;
    }
    for (const ticket of tickets) {
      const task = await mesh.state.claimTask(ticket, { worker: "w", leaseMs: 60_000 });
      if (task) await mesh.state.endTask({ runId, task: task.id, fence: task.fence }, { status });
    }
  }
}

describe("a backfill of 365 days", () => {
  test("has one run at a time, in order, behind everything else, each with its window as the plan reads it", async () => {
    const { id } = await ask(5);
    await look();
    await look();
    const [first, ...others] = await runsOf(id);
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      status: "running",
      trigger: "backfill",
      priority: 1_000,
      createdBy: "ana",
      backfill: id,
      options: { window: { from: "0", to: "1" } },
    });
    const plan = JSON.parse((await mesh.state.readWork(first?.id ?? "")) ?? "{}").plan;
    expect(plan.steps[0]).toMatchObject({ kind: "extract", models: [MODEL], window: { from: "0", to: "1" } });
    await mesh.state.cancelBackfill(id, undefined, ANA);
    await look();
  });

  test("cancelled at half leaves no child: what waits and what runs is stopped, nothing begins any more, what was read stays read", async () => {
    const DAYS = 365;
    const { id } = await ask(DAYS, { maxActive: 3 });
    const duties = [createBackfillsDuty(), createBackfillsDuty()];
    let most = 0;
    let done = 0;
    while (done < 180) {
      await Promise.all(duties.map((duty) => duty.run(context)));
      const running = (await runsOf(id)).filter(({ status }) => status === "running" || status === "waiting");
      most = Math.max(most, running.length);
      for (const run of running) {
        await mesh.state.stopRun(run.id, { by: "test", reason: "done", status: "skipped" });
        done++;
      }
    }
    await Promise.all(duties.map((duty) => duty.run(context)));
    const before = await runsOf(id);
    expect(most).toBe(3);
    signals.length = 0;
    await mesh.state.cancelBackfill(id, "wrong year", ANA);
    await look();
    const after = await runsOf(id);
    expect(after.length, "nothing began since").toBe(before.length);
    const children = after.filter(({ status }) => status === "running" || status === "waiting");
    expect(children).toEqual([]);
    expect(after.filter(({ status }) => status === "cancelled")).toHaveLength(3);
    expect(signals.filter(({ topic }) => topic === "stop")).toHaveLength(3);
    expect(await mesh.state.getBackfill(id)).toMatchObject({
      status: "cancelled",
      progress: { running: 0, waiting: 0 },
    });
    await look();
    expect((await runsOf(id)).length).toBe(before.length);
    console.log(
      `cancelled after ${before.length} of ${DAYS} windows, at most ${most} at once, children left: ${children.length}`,
    );
  });
});

test("a running child learns of the cancel, and the backfill ends when the child has", async () => {
  const { id } = await ask(3);
  await look();
  const [run] = await runsOf(id);
  const [ticket] = await mesh.state.admit({ runId: run?.id ?? "" }, ({ ready }) =>
    ready.map((task) => ({ runId: task.runId, task: task.id, fence: task.fence })),
  );
  const task = ticket && (await mesh.state.claimTask(ticket, { worker: "w", leaseMs: 60_000 }));
  if (!task) throw new Error("no task");
  const ref = { runId: task.runId, task: task.id, fence: task.fence };
  await mesh.state.cancelBackfill(id, "no", ANA);
  await look();
  expect(await mesh.state.renewLeases("w", [ref], 60_000)).toMatchObject([{ state: "cancelled" }]);
  expect(await mesh.state.getBackfill(id)).toMatchObject({ status: "running" });
  await mesh.state.endTask(ref, { status: "cancelled" });
  await look();
  expect(await mesh.state.getBackfill(id)).toMatchObject({ status: "cancelled", progress: { cancelled: 3 } });
});

test("a window's run that somebody resumes takes the place of the next window until it has ended, and its window is done then", async () => {
  const { id } = await ask(2);
  await look();
  const [first] = await runsOf(id);
  await work(first?.id ?? "", "failed");
  const resumed = await resumeRun(first?.id ?? "", { by: "ana" }, mesh.state);
  await look();
  expect(await runsOf(id), "no other window begins meanwhile").toHaveLength(2);
  expect(await mesh.state.listWindows({ backfill: id })).toMatchObject([
    { status: "running", runId: resumed.id },
    { status: "waiting" },
  ]);
  await mesh.state.beginRun(resumed.id, (await mesh.state.readWork(first?.id ?? "")) ?? "", []);
  await look();
  const next = (await runsOf(id)).at(-1);
  expect(next).toMatchObject({ status: "running", options: { window: { from: "1", to: "2" } } });
  expect(await mesh.state.getBackfill(id)).toMatchObject({ status: "running", progress: { done: 1, running: 1 } });
  await mesh.state.cancelBackfill(id, undefined, ANA);
  await look();
});

test("a window's run that is resumed waits for its turn; afresh it reads its window again, before the windows that wait", async () => {
  const { id } = await ask(3);
  await look();
  const [first] = await runsOf(id);
  await work(first?.id ?? "", "failed");
  await look();
  const second = (await runsOf(id)).at(-1);
  const resumed = await resumeRun(first?.id ?? "", { by: "ana" }, mesh.state);
  const text = (await mesh.state.readWork(first?.id ?? "")) ?? "";
  expect(await mesh.state.beginRun(resumed.id, text, []), "another window is being read").toBe(false);
  await mesh.state.stopRun(resumed.id, { by: "ana", reason: "afresh", status: "cancelled" });

  const { manifest } = await context.deployed();
  const asked = await askAfresh(first?.id ?? "", "the store is back", manifest, mesh.state, ANA);
  const window = { from: "0", to: "1" };
  expect(asked).toMatchObject({ backfill: id, resumes: first?.id, options: { window }, priority: 10 });
  await look();
  expect(await mesh.state.getRun(asked.id), "another window is being read").toMatchObject({ status: "waiting" });
  await work(second?.id ?? "");
  await look();
  expect(await mesh.state.getRun(asked.id)).toMatchObject({ status: "running" });
  const { plan } = parseWork((await mesh.state.readWork(asked.id)) ?? "", asked.id);
  expect(plan.steps[0]).toMatchObject({ kind: "extract", window });
  expect(await mesh.state.listWindows({ backfill: id })).toMatchObject([
    { status: "running", runId: asked.id },
    { runId: second?.id },
    { status: "waiting" },
  ]);
  await work(asked.id);
  await look();
  expect((await mesh.state.listWindows({ backfill: id }))[2], "the next one's turn").toMatchObject({
    status: "running",
  });
  await mesh.state.cancelBackfill(id, undefined, ANA);
  await expect(askAfresh(first?.id ?? "", "again", manifest, mesh.state, ANA)).rejects.toMatchObject({
    code: "backfill/is-over",
  });
  await look();
});

test("paused, no window begins; unpaused, it goes on", async () => {
  const { id } = await ask(1);
  await mesh.state.pause({ kind: "model", name: MODEL }, ANA);
  await look();
  expect(await runsOf(id)).toEqual([]);
  await mesh.state.unpause({ kind: "model", name: MODEL }, ANA);
  await mesh.state.pause({ kind: "system", name: "" }, ANA);
  await look();
  expect(await runsOf(id)).toEqual([]);
  await mesh.state.unpause({ kind: "system", name: "" }, ANA);
  await look();
  const [run] = await runsOf(id);
  expect(run).toMatchObject({ status: "running" });
  await work(run?.id ?? "");
  await look();
  expect((await mesh.state.getBackfill(id))?.status).not.toBe("running");
});

test("a pause of the system, the project or the snapshot holds a window back that is resumed, whether its run goes on or is planned afresh", async () => {
  const { manifest } = await context.deployed();
  const { id } = await ask(2, { maxActive: 2 });
  await look();
  const [first, second] = await runsOf(id);
  await work(first?.id ?? "", "failed");
  await work(second?.id ?? "", "failed");
  const asked = [
    await resumeRun(first?.id ?? "", { by: "ana" }, mesh.state),
    await askAfresh(second?.id ?? "", "the store is back", manifest, mesh.state, ANA),
  ];
  const statuses = () => Promise.all(asked.map(async (run) => (await mesh.state.getRun(run.id))?.status));
  for (const subject of [
    { kind: "system", name: "" },
    { kind: "project", name: "a" },
    { kind: "model", name: MODEL },
  ] as const) {
    await mesh.state.pause(subject, ANA);
    await look();
    await beginDuty.run(context);
    expect(await statuses(), subject.kind).toEqual(["waiting", "waiting"]);
    await mesh.state.unpause(subject, ANA);
  }
  await mesh.state.pause({ kind: "project", name: "another" }, ANA);
  await look();
  await beginDuty.run(context);
  expect(await statuses()).toEqual(["running", "running"]);
  await mesh.state.unpause({ kind: "project", name: "another" }, ANA);
  await mesh.state.cancelBackfill(id, undefined, ANA);
  await look();
});

test("one that cannot be looked after keeps no other from being looked after", async () => {
  const [bad, good] = [await ask(1), await ask(1)];
  const state = {
    ...mesh.state,
    listWindows: (of: Parameters<typeof mesh.state.listWindows>[0]) =>
      "backfill" in of && of.backfill === bad.id ? Promise.reject(new Error("torn")) : mesh.state.listWindows(of),
  };
  await createBackfillsDuty().run({ ...context, state });
  expect([(await runsOf(bad.id)).length, (await runsOf(good.id)).length]).toEqual([0, 1]);
  for (const { id } of [bad, good]) {
    for (const run of (await mesh.state.cancelBackfill(id, "over", ANA)) ?? [])
      await mesh.state.stopRun(run.id, { by: "test", reason: "over", status: "cancelled" });
    await mesh.state.finishBackfill(id);
  }
});

test("what cannot be read again fails with the reason, window by window, and is never taken for done", async () => {
  await mesh.publish("a.full");
  const { id } = await ask(2, { model: "a.full" });
  for (let round = 0; round < 4; round++) await look();
  const runs = await runsOf(id);
  expect(runs.map(({ status }) => status)).toEqual(["failed", "failed"]);
  expect(runs[0]?.reason).toContain("a range of it cannot be read again: all of the source is read every time");
  expect(await mesh.state.getBackfill(id)).toMatchObject({ status: "failed", progress: { failed: 2, done: 0 } });
});

test("next windows: in their order, as many as are free, none of a cancelled one", () => {
  const status = fc.constantFrom("waiting", "running", "done", "failed", "cancelled");
  fc.assert(
    fc.property(fc.array(status), fc.integer({ min: 1, max: 5 }), fc.boolean(), (statuses, maxActive, cancelled) => {
      const windows = statuses.map((one, rank) => ({ rank, status: one as "waiting" }));
      const next = nextWindows({ maxActive, ...(cancelled && { cancelRequestedAt: new Date() }) }, windows);
      const active = windows.filter((one) => (one.status as string) === "running").length;
      const waiting = windows.flatMap(({ rank, status: one }) => (one === "waiting" ? [rank] : []));
      expect(next).toEqual(cancelled ? [] : waiting.slice(0, Math.max(0, maxActive - active)));
    }),
  );
});

test("schedulers that look, die and look again never run more than may, and end with every window read once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 3 }),
      fc.infiniteStream(fc.constantFrom("look", "both", "work", "fail")),
      async (windows, maxActive, acts) => {
        const { id } = await ask(windows, { maxActive });
        let steps = 0;
        for (const act of acts) {
          const open = (await runsOf(id)).filter(({ status }) => status === "running" || status === "waiting");
          expect(open.length).toBeLessThanOrEqual(maxActive);
          if (act === "both") await Promise.all([look(), look()]);
          else if (act === "look" || open[0]?.status !== "running") await look();
          else await work(open[0].id, act === "fail" ? "failed" : "done");
          if ((await mesh.state.getBackfill(id))?.status !== "running") break;
          expect(++steps, "it comes to an end").toBeLessThan(2_000);
        }
        const runs = (await mesh.state.listWindows({ backfill: id })).map(({ runId }) => runId);
        expect(new Set(runs).size).toBe(windows);
        expect(await runsOf(id)).toHaveLength(windows);
      },
    ),
    { numRuns: 25 },
  );
}, 120_000);
