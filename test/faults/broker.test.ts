// F6, F7, F8, F10: a Redis that is killed, forgets everything, is away when runs are asked for, or cannot be reached properly.
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { TaskRecord } from "../../core/state/index.ts";
import { openClient } from "../../scheduler/redis/index.ts";
import { openQueues } from "../../scheduler/transport/index.ts";
import { expectAllWell, expectRound, type Faults, LONG, notedGraph, withFaults } from "../support/fault-checks.ts";
import { expectPoolsHeld, POOLS, watchLeases } from "../support/fault-pools.ts";
import { redisProgram, startTestRedis, type TestRedis } from "../support/redis-server.ts";
import { type ProcessBed, withProcesses } from "../support/scheduler-processes.ts";
import { SOON_MS } from "../support/soon.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

const WITHIN_MS = LONG ? 900_000 : 240_000;
const GRAPH = LONG
  ? { layers: 15, width: 12, notedEvery: 3, ms: 50, pooled: true }
  : { layers: 4, width: 4, notedEvery: 2, ms: 80, pooled: true };
const TIMES = LONG ? 12 : 2;
const LEASE = LONG ? "2s" : "1500ms";

const PERSISTENCE = {
  "nothing kept": {},
  "RDB kept": { save: "1 1" },
  "AOF kept": { appendonly: "yes", appendfsync: "everysec" },
} as const;

async function withRun(
  broker: TestRedis,
  faults: Faults,
  breakIt: (bed: ProcessBed) => Promise<void>,
  redisUrl = broker.url,
): Promise<void> {
  await withProcesses(notedGraph(GRAPH), { redisUrl, lease: LEASE, pools: POOLS }, async (bed) => {
    await bed.setRound(faults.seed);
    await bed.deploy();
    await Promise.all([
      bed.start("scheduler", [], { REDIS_URL: broker.url }),
      ...[1, 2].map(() => bed.start("worker", ["--concurrency", LONG ? "2" : "1"])),
    ]);
    const run = await bed.begin();
    const leases = watchLeases(bed, [run]);
    await breakIt(bed);
    await bed.untilSucceeded(run, WITHIN_MS * 0.6);
    await expectRound(bed, GRAPH, faults.seed);
    await expectPoolsHeld(bed, [run], await leases.stop());
    await expectAllWell(bed, [run]);
  });
}

/** Until the models have noted so many things more. */
async function untilGone(bed: ProcessBed, notes: number): Promise<void> {
  const from = (await bed.notes()).length;
  for (const endMs = Date.now() + 20_000; (await bed.notes()).length < from + notes && Date.now() < endMs; )
    await wait(20);
}

/** A task whose ticket is on its way. */
async function untilQueued({ state }: ProcessBed): Promise<TaskRecord> {
  for (;;) {
    const [run] = await state.listRuns({ limit: 1 });
    const tasks = await state.listTasks(run?.id ?? "");
    const queued = tasks.find(({ status }) => status === "queued");
    if (queued) return queued;
    const last = tasks.find(({ status }) => status !== "done");
    if (last === undefined) throw new Error("the run ended before a queue was deleted");
  }
}

describe.skipIf(redisProgram === undefined)("Redis fails", () => {
  // In the short form the one that loses everything; the transport's own tests have the others.
  test.each(Object.entries(PERSISTENCE).slice(0, LONG ? 3 : 1))(
    "F6: it is killed and started again in the middle of a run, %s: every model once",
    (kept, settings) =>
      withFaults(`F6, ${kept}`, async (faults) => {
        const broker = await startTestRedis(settings);
        try {
          await withRun(broker, faults, async (bed) => {
            for (let i = 0; i < TIMES; i++) {
              await untilGone(bed, 2);
              await broker.kill();
              faults.did("Redis killed");
              await wait(faults.between(0, 1_500));
              await broker.restart();
            }
          });
        } finally {
          await broker.stop();
        }
      }),
    WITHIN_MS,
  );

  test(
    "F7: everything in it, or one queue, is deleted again and again: every model once",
    () =>
      withFaults("F7", async (faults) => {
        const broker = await startTestRedis();
        const client = openClient(broker.address, { name: "the test", use: "listening" });
        client.on("error", () => undefined);
        try {
          await withRun(broker, faults, async (bed) => {
            const queues = openQueues(client, bed.transportName, { report: () => undefined, settle: () => undefined });
            for (let i = 0; i < TIMES; i++) {
              await untilGone(bed, 1);
              const queue = queues.queue((await untilQueued(bed)).workerClass);
              const jobs = Object.values(await queue.getJobCounts()).reduce((sum, count) => sum + count, 0);
              await queue.obliterate({ force: true });
              faults.did("queues deleted");
              faults.did("jobs deleted with their queue", jobs);
              await untilGone(bed, 1);
              await client.flushall();
              faults.did("everything deleted");
            }
            await queues.close();
            expect(faults.count("jobs deleted with their queue")).toBeGreaterThan(0);
          });
        } finally {
          client.disconnect();
          await broker.stop();
        }
      }),
    WITHIN_MS,
  );

  test(
    "F8: it is away at ticks and while a run is asked for: both are recorded at once and done when it is back",
    () =>
      withFaults("F8", async (faults) => {
        const broker = await startTestRedis();
        try {
          await withProcesses(
            {
              "projects/shop/project.yml": `name: shop
owner: { team: Shop, email: shop@example.com }
schedules: { often: { cron: "*/2 * * * * *", timezone: UTC, overlap: allow, catch_up: all } }
`,
              "projects/shop/models/ticked.sql": "{{ config(materialized='table', schedule='often') }} select 1 as id",
              "projects/shop/models/asked.sql": "{{ config(materialized='table') }} select 1 as id",
            },
            { redisUrl: broker.url, lease: "2s" },
            async (bed) => {
              await bed.deploy();
              const scheduler = await bed.start("scheduler");
              await bed.start("worker", ["--concurrency", "1"]);
              await broker.kill();
              faults.did("Redis away");
              const askedMs = performance.now();
              const asked = await bed.ask(["asked"]);
              expect(performance.now() - askedMs).toBeLessThan(SOON_MS);
              await wait(LONG ? 60_000 : 3_000);
              const away = (await bed.state.listRuns({ limit: 1_000 })).filter(
                ({ schedule }) => schedule !== undefined,
              );
              expect(away.length).toBeGreaterThan(0);
              faults.did("ticks while it was away", away.length);
              expect((await bed.state.getRun(asked))?.status).toBe("running");
              await broker.restart();
              await bed.untilSucceeded(asked, WITHIN_MS * 0.6);
              for (const { id } of away) await bed.untilSucceeded(id, WITHIN_MS * 0.6);
              expect(scheduler.alive).toBe(true);
            },
          );
        } finally {
          await broker.stop();
        }
      }),
    WITHIN_MS,
  );

  test(
    "F10: the way between workers and Redis freezes, is slow, is cut and dies without a word: every model once",
    () =>
      withFaults("F10", async (faults) => {
        const broker = await startTestRedis();
        const proxy = await startTcpProxy(broker.address.port);
        const url = new URL(broker.url);
        url.port = String(proxy.port);
        try {
          await withRun(
            broker,
            faults,
            async (bed) => {
              proxy.delay(LONG ? 500 : 100);
              await untilGone(bed, 1);
              proxy.delay(0);
              for (let i = 0; i < (LONG ? TIMES : 1); i++) {
                proxy.freeze();
                await wait(LONG ? 8_000 : 3_000);
                proxy.thaw();
                await untilGone(bed, 1);
                proxy.cut();
                await wait(300);
                proxy.halfOpen();
                await untilGone(bed, 1);
              }
              const { delayed, frozen, cut, halfOpened } = proxy.counts;
              faults.did("pieces late", delayed);
              faults.did("frozen", frozen);
              faults.did("connections cut", cut);
              faults.did("connections dead", halfOpened);
              for (const times of [frozen, cut, halfOpened]) expect(times).toBeGreaterThan(0);
            },
            url.href,
          );
        } finally {
          await proxy.stop();
          await broker.stop();
        }
      }),
    WITHIN_MS,
  );
});
