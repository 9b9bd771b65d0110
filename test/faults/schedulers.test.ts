// F4, F5: schedulers that die at each step of their work, and many processes that start on one tick.

import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StoreServer } from "../../demo/stores/server-process.ts";
import { startPostgres } from "../support/database-servers.ts";
import { expectAllWell, expectRound, LONG, notedGraph, withFaults } from "../support/fault-checks.ts";
import { startPostgresProxy } from "../support/postgres-proxy.ts";
import { redisProgram, startTestRedis, type TestRedis } from "../support/redis-server.ts";
import { withProcesses } from "../support/scheduler-processes.ts";

const WITHIN_MS = LONG ? 900_000 : 240_000;
const GRAPH = LONG ? { layers: 3, width: 3, notedEvery: 3 } : { layers: 2, width: 2, notedEvery: 2 };
const TASKS = GRAPH.layers * GRAPH.width + 1;

let broker: TestRedis;
let server: StoreServer;

describe.skipIf(redisProgram === undefined)("schedulers that die", () => {
  beforeAll(async () => {
    [broker, server] = await Promise.all([startTestRedis(), startPostgres()]);
  });
  afterAll(async () => {
    await broker?.stop();
    await server?.stop();
  });

  /** What the scheduler says to the database as it is killed; the next word is where its connection ends. */
  const STEPS: readonly (readonly [step: string, says: string, andThen?: string])[] = [
    ["looking for runs that wait", "executor"],
    ["giving a run its work", `"run_work"`],
    ["giving a run its tasks", `"task" (`],
    ["committing a run that begins", `"task" (`, "COMMIT"],
    ["admitting tasks", `"queued_at" =`],
    ["committing what was admitted, before it is offered", `"queued_at" =`, "COMMIT"],
  ];

  test(
    "F4: the scheduler is killed at each step from a run that waits to tickets offered: no half run, and the next one goes on",
    () =>
      withFaults("F4", async (faults) => {
        const proxy = await startPostgresProxy(server.port);
        try {
          await withProcesses(
            notedGraph(GRAPH),
            { redisUrl: broker.url, postgresUrl: server.url, lease: LONG ? "2s" : "1s" },
            async (bed) => {
              await bed.deploy();
              const url = new URL(server.url);
              url.port = String(proxy.port);
              const through = { STATE_URL: url.href };
              const runs: string[] = [];
              // Each goes on with what the one before left, and is killed at the next step.
              let [scheduler] = await Promise.all([
                bed.start("scheduler", [], through),
                bed.start("worker", ["--concurrency", "1"]),
              ]);
              for (const [step, says, andThen] of STEPS) {
                await bed.setRound(runs.length * 100);
                const victim = scheduler;
                let hit: () => void = () => undefined;
                const reached = new Promise<void>((resolve) => {
                  hit = resolve;
                });
                const die = () => {
                  victim.signal("SIGKILL");
                  faults.did(step);
                  hit();
                };
                proxy.arm({ at: "client", says }, () =>
                  andThen ? proxy.arm({ at: "client", says: andThen }, die) : die(),
                );
                const run = await bed.ask();
                runs.push(run);
                await Promise.race([
                  reached,
                  wait(30_000).then(() => {
                    throw new Error(`the scheduler never came to ${step}: ${JSON.stringify(victim.lines.slice(-8))}`);
                  }),
                ]);
                await victim.ended;
                const [found, tasks] = [await bed.state.getRun(run), await bed.state.listTasks(run)];
                expect([found?.status, tasks.length], step).toEqual(
                  found?.status === "waiting" ? ["waiting", 0] : [found?.status, TASKS],
                );
                scheduler = await bed.start("scheduler", [], through);
                expect((await bed.untilEnded(run, WITHIN_MS * 0.6)).status, step).toBe("success");
              }
              await expectRound(bed, GRAPH, (runs.length - 1) * 100);
              await expectAllWell(bed, runs);
            },
          );
        } finally {
          await proxy.stop();
        }
      }),
    WITHIN_MS,
  );

  test(
    "F5: two schedulers and four workers start at once on ticks: one run for each schedule and logical date",
    () =>
      withFaults("F5", (faults) =>
        withProcesses(
          {
            "projects/shop/project.yml": `name: shop
owner: { team: Shop, email: shop@example.com }
schedules: { often: { cron: "*/2 * * * * *", timezone: UTC, overlap: allow, catch_up: all } }
defaults: { schedule: often }
`,
            "projects/shop/models/one.sql": "{{ config(materialized='table') }} select 1 as id",
          },
          { redisUrl: broker.url, postgresUrl: server.url, lease: "2s" },
          async (bed) => {
            await bed.deploy();
            const processes = await Promise.all([
              ...Array.from({ length: 2 }, () => bed.start("scheduler")),
              ...Array.from({ length: 4 }, () => bed.start("worker", ["--concurrency", "1"])),
            ]);
            faults.did("processes started at once", processes.length);
            const wanted = LONG ? 40 : 3;
            const scheduled = async () =>
              (await bed.state.listRuns({ limit: 1_000 })).filter(({ schedule }) => schedule !== undefined);
            while ((await scheduled()).filter(({ status }) => status === "success").length < wanted) await wait(200);
            for (const one of processes) if (one.kind === "scheduler") one.signal("SIGTERM");
            await Promise.all(processes.flatMap(({ kind, ended }) => (kind === "scheduler" ? [ended] : [])));
            const runs = await scheduled();
            faults.did("ticks", runs.length);
            const dates = runs.map(({ scheduleKey }) => scheduleKey);
            expect(dates.length).toBe(new Set(dates).size);
            const times = runs.map(({ logicalAt }) => logicalAt?.getTime() ?? Number.NaN).sort((a, b) => a - b);
            for (const [i, at] of times.entries()) if (i > 0) expect(at - (times[i - 1] ?? 0)).toBe(2_000);
          },
        ),
      ),
    WITHIN_MS,
  );
});
