// F11, F12: a state store that freezes, is cut off, restarts or is locked, and workers whose clocks are wrong by hours.
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type Database from "libsql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPostgres } from "../../demo/stores/postgres.ts";
import type { StoreServer } from "../../demo/stores/server-process.ts";
import { expectAllWell, expectRound, LONG, notedGraph, withFaults } from "../support/fault-checks.ts";
import { redisProgram, startTestRedis, type TestRedis } from "../support/redis-server.ts";
import { withProcesses } from "../support/scheduler-processes.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

const Libsql = createRequire(import.meta.url)("libsql") as typeof Database;
const WITHIN_MS = LONG ? 900_000 : 240_000;
const GRAPH = { layers: LONG ? 12 : 4, width: LONG ? 10 : 3, notedEvery: 3, ms: 100 };
const LEASE_MS = 2_000;

const FAKETIME = ["/usr/lib", "/usr/lib64"]
  .flatMap((folder) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []))
  .map((folder) => join(folder, "faketime", "libfaketime.so.1"))
  .find((file) => existsSync(file));
if (FAKETIME === undefined) console.log("libfaketime is not installed: F12 is skipped");

let broker: TestRedis;
let server: StoreServer;

describe.skipIf(redisProgram === undefined)("the state store fails, clocks are wrong", () => {
  beforeAll(async () => {
    [broker, server] = await Promise.all([startTestRedis(), startPostgres()]);
  });
  afterAll(async () => {
    await broker?.stop();
    await server?.stop();
  });

  test(
    "F11: the way to Postgres freezes for longer than a lease, is cut and dies without a word: no process ends, every model once",
    () =>
      withFaults("F11", async (faults) => {
        const proxy = await startTcpProxy(server.port);
        const url = new URL(server.url);
        url.port = String(proxy.port);
        const through = { STATE_URL: url.href };
        try {
          await withProcesses(
            notedGraph(GRAPH),
            { redisUrl: broker.url, postgresUrl: server.url, lease: `${LEASE_MS}ms` },
            async (bed) => {
              await bed.setRound(faults.seed);
              await bed.deploy();
              const processes = await Promise.all([
                bed.start("scheduler", [], through),
                bed.start("worker", ["--concurrency", "2"], through),
                bed.start("worker", ["--concurrency", "1"]),
              ]);
              const run = await bed.begin();
              for (let i = 0; i < (LONG ? 6 : 1); i++) {
                while ((await bed.notes()).length <= i) await wait(20);
                proxy.freeze();
                await wait(LEASE_MS * 1.5);
                proxy.thaw();
                await wait(300);
                proxy.cut();
                await wait(300);
                proxy.halfOpen();
                await wait(300);
              }
              faults.did("frozen", proxy.counts.frozen);
              faults.did("connections cut", proxy.counts.cut);
              faults.did("connections dead", proxy.counts.halfOpened);
              expect((await bed.untilEnded(run, WITHIN_MS * 0.6)).status).toBe("success");
              expect(processes.map(({ alive }) => alive)).toEqual([true, true, true]);
              await expectRound(bed, GRAPH, faults.seed);
              await expectAllWell(bed, [run]);
            },
          );
        } finally {
          await proxy.stop();
        }
      }),
    WITHIN_MS,
  );

  test(
    "F11: somebody keeps the SQLite file locked for five seconds: no process ends, every model once",
    () =>
      withFaults("F11, SQLite", (faults) =>
        withProcesses(notedGraph(GRAPH), { redisUrl: broker.url, lease: `${LEASE_MS}ms` }, async (bed) => {
          await bed.setRound(9);
          await bed.deploy();
          const processes = await Promise.all([bed.start("scheduler"), bed.start("worker", ["--concurrency", "2"])]);
          const run = await bed.begin();
          while ((await bed.notes()).length < 2) await wait(20);
          const locker = new Libsql(join(bed.mesh.root, "state.db"));
          locker.exec("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE");
          await wait(5_000);
          locker.exec("ROLLBACK");
          locker.close();
          faults.did("locked for five seconds");
          expect((await bed.untilEnded(run, WITHIN_MS * 0.6)).status).toBe("success");
          expect(processes.map(({ alive }) => alive)).toEqual([true, true]);
          await expectRound(bed, GRAPH, 9);
          await expectAllWell(bed, [run]);
        }),
      ),
    WITHIN_MS,
  );

  test.skipIf(FAKETIME === undefined)(
    "F12: workers whose clocks are two hours ahead and behind keep their leases: the database's clock counts",
    () =>
      withFaults("F12", (faults) =>
        withProcesses(
          notedGraph({ ...GRAPH, ms: LEASE_MS * 0.6 }),
          { redisUrl: broker.url, postgresUrl: server.url, lease: `${LEASE_MS}ms` },
          async (bed) => {
            await bed.setRound(5);
            await bed.deploy();
            const at = (offset: string) => ({ LD_PRELOAD: FAKETIME ?? "", FAKETIME: offset, DONT_FAKE_MONOTONIC: "1" });
            await Promise.all([
              bed.start("scheduler"),
              ...["+2h", "-2h"].map((offset) => bed.start("worker", ["--concurrency", "2"], at(offset))),
            ]);
            const run = await bed.begin();
            expect((await bed.untilEnded(run, WITHIN_MS * 0.6)).status).toBe("success");
            const off = (await bed.notes()).map(({ atMs }) => Math.round((atMs - Date.now()) / 3_600_000));
            faults.did("models made two hours ahead", off.filter((hours) => hours === 2).length);
            faults.did("models made two hours behind", off.filter((hours) => hours === -2).length);
            expect(new Set(off)).toEqual(new Set([2, -2]));
            await expectRound(bed, GRAPH, 5);
            for (const task of await bed.state.listTasks(run)) expect(task.losses, task.id).toBe(0);
            await expectAllWell(bed, [run]);
          },
        ),
      ),
    WITHIN_MS,
  );
});
