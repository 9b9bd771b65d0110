// F28: runs one after another for a while, and everything that can fail failing in between as a seed says. MESH_SOAK_MINUTES sets how long.
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { openClient } from "../../scheduler/redis/index.ts";
import { expectAllWell, expectRound, LONG, notedGraph, withFaults } from "../support/fault-checks.ts";
import { redisProgram, startTestRedis } from "../support/redis-server.ts";
import { withProcesses } from "../support/scheduler-processes.ts";

const FOR_MS = Number(process.env.MESH_SOAK_MINUTES ?? (LONG ? 20 : 0.2)) * 60_000;
const WITHIN_MS = FOR_MS + (LONG ? 600_000 : 240_000);
const GRAPH = { layers: 3, width: 3, notedEvery: 2, ms: 50 };
const LEASE_MS = LONG ? 2_000 : 1_500;
/** What a scheduler may hold more at the end than after its first run. */
const GROWTH_MB = 80;

describe.skipIf(redisProgram === undefined)("for a long time", () => {
  test(
    "F28: workers are killed and stopped, Redis is killed and forgets, run after run: every run whole, and the scheduler grows by nothing",
    () =>
      withFaults("F28", async (faults) => {
        const broker = await startTestRedis();
        const client = openClient(broker.address, { name: "the test", use: "listening" });
        client.on("error", () => undefined);
        try {
          await withProcesses(notedGraph(GRAPH), { redisUrl: broker.url, lease: `${LEASE_MS}ms` }, async (bed) => {
            await bed.deploy();
            const scheduler = await bed.start("scheduler");
            const start = () => bed.start("worker", ["--concurrency", LONG ? "2" : "1"]);
            await Promise.all([start(), start()]);
            const livingWorker = () => faults.pick(bed.started.filter(({ kind, alive }) => kind === "worker" && alive));
            const kinds: Readonly<Record<string, () => Promise<void>>> = {
              "workers killed": async () => {
                livingWorker()?.signal("SIGKILL");
                await start();
              },
              "workers stopped": async () => {
                const worker = livingWorker();
                worker?.signalAll("SIGSTOP");
                await wait(LEASE_MS * faults.between(1.1, LONG ? 2 : 1.5));
                worker?.signalAll("SIGCONT");
              },
              "Redis killed": async () => {
                await broker.kill();
                await wait(faults.between(0, 1_000));
                await broker.restart();
              },
              "everything deleted in Redis": async () => void (await client.flushall()),
            };
            const runs: string[] = [];
            const sizes: number[] = [];
            for (const endMs = Date.now() + FOR_MS; Date.now() < endMs || runs.length === 0; ) {
              const round = runs.length * 10;
              await bed.setRound(round);
              let run = await bed.begin();
              runs.push(run);
              await wait(faults.between(0, 500));
              // Each once before any comes again.
              const few = Math.min(...Object.keys(kinds).map(faults.count));
              const what = faults.pick(Object.keys(kinds).filter((kind) => faults.count(kind) === few)) as string;
              await kinds[what]?.();
              faults.did(what);
              // One that lost three workers by chance is put aside, and done when it is resumed.
              while ((await bed.untilEnded(run, 120_000)).status !== "success") {
                run = await bed.resume(run);
                runs.push(run);
              }
              await expectRound(bed, GRAPH, round);
              sizes.push(rssMb(scheduler.pid));
            }
            console.log(
              `F28: ${runs.length} runs; the scheduler held ${sizes[0]} MB after the first, ${sizes.at(-1)} MB after the last`,
            );
            expect((sizes.at(-1) ?? 0) - (sizes[0] ?? 0)).toBeLessThan(GROWTH_MB);
            await expectAllWell(bed, runs);
          });
        } finally {
          client.disconnect();
          await broker.stop();
        }
      }),
    WITHIN_MS,
  );
});

const rssMb = (pid: number) =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024);
