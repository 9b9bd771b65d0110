// What follows from an action over the API: who wakes, what is recorded of it and under whose name, and what a second one is told.
import { describe, expect, test } from "vitest";
import { createInProcessTransport, type Signal } from "../../core/execute/index.ts";
import type { StateStore } from "../../core/state/index.ts";
import { createId } from "../../core/util/index.ts";
import { withApi } from "../support/api-bench.ts";
import { passedBuild } from "../support/state-builds.ts";
import { newRun, newTask, recordedBackfill } from "../support/state-runs.ts";

/** What is sent over the transport, in order. */
function listen() {
  const signals: Signal[] = [];
  const transport = createInProcessTransport();
  return { signals, transport: { ...transport, signal: async (signal: Signal) => void signals.push(signal) } };
}

/** A run of workers that was to make `shop.orders` and was cancelled before it did. */
async function cancelledRun(
  state: StateStore,
  { executor = "workers", pins = {} }: { readonly executor?: "workers" | "process"; readonly pins?: object } = {},
): Promise<string> {
  const id = createId();
  await state.recordRun({
    id,
    command: "run",
    selection: "shop.orders",
    executor,
    trigger: "schedule",
    priority: 50,
    host: "h",
    pid: 1,
  });
  const step = { id: "publish:shop.orders", kind: "publish", models: ["shop.orders"], dependsOn: [], reason: "new" };
  const plan = { steps: [step], upToDate: [], pins, blocked: [], drift: [] };
  const work = { plan, tasks: [], pins, fingerprints: { "shop.orders": "f" }, deployments: {} };
  await state.beginRun(id, JSON.stringify(work), [newTask("t", { models: ["shop.orders"] })]);
  await state.stopRun(id, { by: "x", reason: "enough", status: "cancelled" });
  return id;
}

test("asking, triggering, cancelling, resuming and letting go on tell schedulers and workers at once", async () => {
  const { signals, transport } = listen();
  await withApi(
    async ({ state, json, call }) => {
      const asked = await json("POST", "/v1/runs", { body: { reason: "r" } });
      await json("POST", "/v1/schedules/shop.hourly/trigger", { body: { reason: "r" } });
      expect(signals.splice(0)).toMatchObject([{ topic: "look" }, { topic: "look" }]);
      await json("POST", `/v1/runs/${asked.id}/cancel`, { body: { reason: "r" } });
      expect(signals.splice(0)).toEqual([{ topic: "stop", runId: asked.id }]);
      await json("POST", `/v1/runs/${await cancelledRun(state)}/resume`, { body: { reason: "r" } });
      expect(signals.splice(0)).toMatchObject([{ topic: "look" }]);
      expect((await call("POST", "/v1/schedules/shop.hourly/unpause", { body: {} })).status).toBe(409);
      expect(signals).toEqual([]);
      await json("POST", "/v1/schedules/shop.hourly/pause", { body: { reason: "r" } });
      await json("POST", "/v1/schedules/shop.hourly/unpause", { body: {} });
      expect(signals).toMatchObject([{ topic: "look", why: "shop.hourly goes on" }]);
    },
    { transport },
  );
});

test("cancelling a backfill stops its runs, tells workers of each at once, and is audited with who and why", async () => {
  const { signals, transport } = listen();
  await withApi(
    async ({ state, json, call }) => {
      const { id } = await recordedBackfill(state, 3, { maxActive: 2 });
      const runs = [await state.startWindow(id, 0, newRun()), await state.startWindow(id, 1, newRun())];
      const cancelled = await json("POST", `/v1/backfills/${id}/cancel`, { body: { reason: "wrong month" } });
      expect(cancelled).toMatchObject({ status: "cancelled", cancelledBy: "operator", cancelReason: "wrong month" });
      expect(signals).toEqual(runs.map((run) => ({ topic: "stop", runId: run?.id })));
      for (const run of runs)
        expect(await state.getRun(run?.id ?? "")).toMatchObject({
          status: "cancelled",
          cancelledBy: "operator",
          cancelReason: "wrong month",
        });
      expect(await state.listAudit({ action: "backfill.cancel" })).toMatchObject([
        { actor: "operator", via: "api", subject: id },
      ]);
      const again = await call("POST", `/v1/backfills/${id}/cancel`, { body: { reason: "r" } });
      expect([again.status, await again.json()]).toMatchObject([409, { code: "backfill/is-over" }]);
      expect((await call("POST", "/v1/backfills/none/cancel", { body: { reason: "r" } })).status).toBe(404);
    },
    { transport },
  );
});

test("a backfill is found by the start of its id that no other has", async () => {
  await withApi(async ({ state, json, call }) => {
    for (const id of ["ab1", "ac1"]) await recordedBackfill(state, 1, { id });
    expect([await json("GET", "/v1/backfills/ab"), await json("GET", "/v1/backfills/ac1")]).toMatchObject([
      { id: "ab1" },
      { id: "ac1" },
    ]);
    for (const unclear of ["a", "b1"]) expect((await call("GET", `/v1/backfills/${unclear}`)).status).toBe(404);
  });
});

describe("resuming", () => {
  test("asks for what is left with the same inputs; it is audited with who and what", async () => {
    await withApi(async ({ state, json }) => {
      const ended = await cancelledRun(state);
      const resumed = await json("POST", `/v1/runs/${ended}/resume`, { body: { reason: "store is back" } });
      expect(resumed).toMatchObject({ status: "waiting", trigger: "resume", resumes: ended, createdBy: "operator" });
      expect(resumed.priority, "somebody waits for it").toBe(10);
      expect(await state.listAudit({ action: "run.resume" })).toMatchObject([
        { actor: "operator", via: "api", subject: resumed.id, detail: { resumes: ended, reason: "store is back" } },
      ]);
    });
  });

  test("afresh asks for a run of the models that are left, by what is published then", async () => {
    await withApi(async ({ state, json }) => {
      const ended = await cancelledRun(state);
      const body = { fresh: true, reason: "store is back" };
      const asked = await json("POST", `/v1/runs/${ended}/resume`, { body });
      expect(asked).toMatchObject({ status: "waiting", trigger: "manual", selection: "shop.orders" });
      expect(asked).not.toHaveProperty("resumes");
      expect(await state.listAudit({ action: "run.resume" })).toMatchObject([
        { actor: "operator", via: "api", subject: asked.id, detail: { reason: expect.stringContaining(ended) } },
      ]);
    });
  });

  test("what its process did, or what reads builds that are gone, is not done by workers", async () => {
    await withApi(async ({ state, call }) => {
      const resume = async (id: string) => {
        const response = await call("POST", `/v1/runs/${id}/resume`, { body: { reason: "r" } });
        return [response.status, ((await response.json()) as { code: string }).code];
      };
      expect(await resume(await cancelledRun(state, { executor: "process" }))).toEqual([409, "run/resumed-here-only"]);
      expect(await resume(await cancelledRun(state, { pins: { "fin.x": "gone" } }))).toEqual([409, "run/inputs-gone"]);
      const kept = { "fin.x": await passedBuild(state, "fin.x") };
      expect((await resume(await cancelledRun(state, { pins: kept })))[0]).toBe(202);
    });
  });

  test.each([false, true])("a run that goes on, or was never there, is not resumed (fresh: %s)", async (fresh) => {
    await withApi(async ({ json, call }) => {
      const { id } = await json("POST", "/v1/runs", { body: { reason: "r" } });
      const body = { fresh, reason: "r" };
      const open = await call("POST", `/v1/runs/${id}/resume`, { body });
      expect([open.status, await open.json()]).toMatchObject([409, { code: "run/still-open" }]);
      expect((await call("POST", "/v1/runs/none/resume", { body })).status).toBe(404);
    });
  });
});

test("a schedule that is not deployed is neither paused nor let go on", async () => {
  await withApi(async ({ state, call }) => {
    for (const [verb, body] of [
      ["pause", { reason: "r" }],
      ["unpause", {}],
    ] as const) {
      const response = await call("POST", `/v1/schedules/shop.hourli/${verb}`, { body });
      expect([verb, response.status, await response.json()]).toMatchObject([
        verb,
        404,
        { code: "schedule/not-deployed" },
      ]);
    }
    expect(await state.listPauses()).toEqual([]);
  });
});

test("an incident is acknowledged once and resolved once, by name; then it is told how it stands", async () => {
  await withApi(async ({ state, json, call }) => {
    const now = await state.now();
    const { version } = await state.readServiceLevels(now);
    const cause = { kind: "store" as const, id: "shop.db", project: "shop", owner: { team: "Shop" }, why: "w" };
    const seen = { openedAt: now, lastSeenAt: now, reopened: 0 };
    await state.recordServiceLevels(version, {
      at: now,
      levels: [],
      changes: [],
      slots: [],
      forgotten: [],
      incidents: [{ id: "i", status: "open", severity: "page", cause, affected: [], ...seen }],
      alerts: [],
      silenced: [],
    });
    const settle = (verb: string) => call("POST", `/v1/incidents/i/${verb}`, { body: { reason: `we ${verb}` } });
    expect((await settle("acknowledge")).status).toBe(200);
    const again = await settle("acknowledge");
    expect([again.status, await again.json()]).toMatchObject([409, { code: "api/incident-settled" }]);
    expect(await (await settle("resolve")).json()).toMatchObject({ status: "resolved" });
    expect((await settle("resolve")).status).toBe(409);
    expect((await call("POST", "/v1/incidents/none/resolve", { body: { reason: "r" } })).status).toBe(404);
    expect(await json<{ items: unknown[] }>("GET", "/v1/audit?subject=i")).toMatchObject({
      items: [
        { actor: "operator", via: "api", action: "incident.resolve", detail: { why: "we resolve" } },
        { actor: "operator", via: "api", action: "incident.acknowledge", detail: { why: "we acknowledge" } },
      ],
    });
  });
});
