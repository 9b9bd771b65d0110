// Owns whom a sweep blames for a lease that ended: the task, or a state store that was away from the sweep as it was from the worker.
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createInProcessTransport } from "../../core/execute/index.ts";
import { openState, type StateStore } from "../../core/state/index.ts";
import type { StoreServer } from "../../demo/stores/server-process.ts";
import { createSweepDuty } from "../../scheduler/engine/index.ts";
import { startPostgres } from "../support/database-servers.ts";
import { keepLog } from "../support/scheduler-log.ts";
import { claimedTask, newRun, newTask } from "../support/state-runs.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";

const LEASE_MS = 1_000;
const WORK = JSON.stringify({ plan: { steps: [], pins: {} }, tasks: [], pins: {}, deployments: {}, fingerprints: {} });

let server: StoreServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  await server?.stop();
});

/** A worker that takes a task and is never heard of again, and the sweep of a scheduler behind a proxy that looked once before. */
async function withDeadWorker(
  schema: string,
  use: (bed: { proxy: TcpProxy; state: StateStore; sweep: () => Promise<void>; runId: string }) => Promise<void>,
): Promise<void> {
  const proxy = await startTcpProxy(server.port);
  const url = new URL(server.url);
  url.port = String(proxy.port);
  const open = (connection: string) => openState({ kind: "postgres", connection, schema });
  const state = await open(server.url);
  await state.migrate();
  const behind = await open(url.href);
  try {
    const run = newRun({ executor: "workers" });
    await state.recordRun(run);
    await state.beginRun(run.id, WORK, [newTask("task")]);
    const duty = createSweepDuty(LEASE_MS);
    const context = {
      state: behind,
      transport: createInProcessTransport(),
      deployed: () => Promise.reject(new Error("not asked for")),
      scheduleTime: () => state.now(),
      signal: new AbortController().signal,
      log: keepLog().log,
    };
    const sweep = () => duty.run(context);
    await sweep();
    await claimedTask(state, run.id, "task", { leaseMs: LEASE_MS });
    await use({ proxy, state, sweep, runId: run.id });
  } finally {
    await behind.close();
    await state.close();
    await proxy.stop();
  }
}

const untilExpired = async (state: StateStore) => {
  while ((await state.expiredTasks()).length === 0) await wait(20);
};

test("a task whose lease ended while the sweep looked again and again has lost its worker", () =>
  withDeadWorker("looked", async ({ state, sweep, runId }) => {
    while ((await state.listAttempts(runId))[0]?.outcome === undefined) await sweep();
    expect(await state.listTasks(runId)).toMatchObject([{ status: "ready", losses: 1 }]);
    expect(await state.listAttempts(runId)).toMatchObject([{ outcome: "lost" }]);
  }));

test("a task whose lease ended while the state store was frozen for the sweep too is not blamed for it", () =>
  withDeadWorker("frozen", async ({ proxy, state, sweep, runId }) => {
    proxy.freeze();
    const looking = sweep();
    await untilExpired(state);
    await wait(LEASE_MS / 5);
    proxy.thaw();
    await looking;
    expect(proxy.counts.frozen).toBe(1);
    expect(await state.listTasks(runId)).toMatchObject([{ status: "ready", losses: 0 }]);
    expect(await state.listAttempts(runId)).toMatchObject([{ outcome: "returned" }]);
  }));
