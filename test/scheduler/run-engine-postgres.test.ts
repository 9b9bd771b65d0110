// Runs of workers with the state in Postgres: over a transport in memory, and over BullMQ with a real Redis.
import { afterAll, beforeAll, describe } from "vitest";
import { createInProcessTransport } from "../../core/execute/index.ts";
import type { StoreServer } from "../../demo/stores/server-process.ts";
import { createBullmqTransport } from "../../scheduler/transport/index.ts";
import { testRunEngine } from "../conformance/run-engine.ts";
import { startPostgres } from "../support/database-servers.ts";
import { redisProgram, startTestRedis } from "../support/redis-server.ts";
import { silentLog } from "../support/scheduler-log.ts";

let server: StoreServer;
let schemas = 0;
const state = () => `{ kind: "postgres", connection: ${JSON.stringify(server.url)}, schema: "engine_${schemas++}" }`;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

testRunEngine({
  name: "in-process transport, Postgres",
  async start() {
    const transport = createInProcessTransport();
    return { state: state(), openTransport: async () => transport, close: () => transport.close() };
  },
});

describe.skipIf(redisProgram === undefined)("with a redis-server", () =>
  testRunEngine({
    name: "BullMQ, Postgres",
    async start() {
      const broker = await startTestRedis();
      const redis = { address: broker.address, place: "the test's Redis", secrets: [] };
      const opened: { close(): Promise<void> }[] = [];
      return {
        state: state(),
        async openTransport() {
          const transport = createBullmqTransport({ redis, meshName: "engine", log: silentLog });
          opened.push(transport);
          return transport;
        },
        async close() {
          for (const transport of opened) await transport.close();
          await broker.stop();
        },
      };
    },
  }),
);
