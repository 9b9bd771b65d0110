// F27: deliveries that are doubled, late, reordered and dropped, over both transports and on both state stores.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createInProcessTransport, type Transport } from "../../core/execute/index.ts";
import type { StoreServer } from "../../demo/stores/server-process.ts";
import { createBullmqTransport } from "../../scheduler/transport/index.ts";
import { expectValues } from "../conformance/run-engine.ts";
import { type ChaosTransport, withChaos } from "../support/chaos-transport.ts";
import { startPostgres } from "../support/database-servers.ts";
import { diamonds, setRound, withEngine } from "../support/engine-rig.ts";
import { type Faults, LONG, withFaults } from "../support/fault-checks.ts";
import { redisProgram, startTestRedis } from "../support/redis-server.ts";
import { expectInvariants } from "../support/run-invariants.ts";
import { silentLog } from "../support/scheduler-log.ts";

const [LAYERS, WIDTH] = LONG ? [20, 20] : [5, 6];
/** Short, so that what is dropped is offered again soon. */
const LEASE_MS = 1_000;

let server: StoreServer | undefined;
let schemas = 0;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());

const STATES = {
  SQLite: () => `{ kind: "sqlite", path: "state.db" }`,
  Postgres: () =>
    `{ kind: "postgres", connection: ${JSON.stringify(server?.url)}, schema: "chaos_${process.pid}_${schemas++}" }`,
};

async function survive(state: string, inner: () => Promise<Transport>, faults: Faults): Promise<void> {
  const made: ChaosTransport[] = [];
  const openTransport = async () => {
    const chaos = withChaos(await inner(), { seed: faults.seed + made.length, share: 0.1, delayMs: 300 });
    made.push(chaos);
    return chaos;
  };
  await withEngine(
    diamonds(LAYERS, WIDTH),
    { state, openTransport },
    { workers: 3, leaseMs: LEASE_MS },
    async (rig) => {
      await setRound(rig.mesh, 40);
      const runId = await rig.begin();
      expect((await rig.ended(runId)).status).toBe("success");
      await expectInvariants(rig.state, runId);
      await expectValues(rig, LAYERS, WIDTH, 40);
      for (const task of await rig.state.listTasks(runId)) expect(task.attempt, task.id).toBe(0);
    },
  );
  for (const { counts } of made)
    for (const what of ["doubled", "delayed", "reordered", "dropped"] as const) faults.did(what, counts[what]);
  expect(faults.count("dropped") + faults.count("doubled")).toBeGreaterThan(0);
  for (const chaos of made) await chaos.close();
}

describe.each(["SQLite", "Postgres"] as const)(
  "F27: chaos on the way, state in %s",
  (kind) => {
    test("in one process: every model once, none before its parents", () =>
      withFaults(`F27 in-process, ${kind}`, async (faults) => {
        // All processes of a mesh share it: closing one's own must leave the others'.
        const shared = createInProcessTransport();
        const inner = async () => ({ ...shared, close: async () => undefined });
        await survive(STATES[kind](), inner, faults).finally(() => shared.close());
      }));

    test.skipIf(redisProgram === undefined)("over BullMQ: every model once, none before its parents", () =>
      withFaults(`F27 BullMQ, ${kind}`, async (faults) => {
        const broker = await startTestRedis();
        const redis = { address: broker.address, place: "the test's Redis", secrets: [] };
        try {
          await survive(
            STATES[kind](),
            async () => createBullmqTransport({ redis, meshName: "chaos", log: silentLog }),
            faults,
          );
        } finally {
          await broker.stop();
        }
      }),
    );
  },
  LONG ? 600_000 : 60_000,
);
