// F11, F12: a state store that freezes, is cut off, breaks down or is locked, and clocks that are wrong by hours and jump.
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type Database from "libsql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ticksBetween } from "../../core/sla/index.ts";
import type { StoreServer } from "../../demo/stores/server-process.ts";
import { startPostgres } from "../support/database-servers.ts";
import { expectAllWell, expectRound, LONG, notedGraph, notedModel, withFaults } from "../support/fault-checks.ts";
import { redisProgram, startTestRedis, type TestRedis } from "../support/redis-server.ts";
import { startRestartingPostgres } from "../support/restarting-postgres.ts";
import { type MeshProcess, type ProcessBed, withProcesses } from "../support/scheduler-processes.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { createWrongClock, faketimeLibrary, HOUR_MS, type WrongClock } from "../support/wrong-clock.ts";

const Libsql = createRequire(import.meta.url)("libsql") as typeof Database;
const WITHIN_MS = LONG ? 900_000 : 240_000;
const GRAPH = { layers: LONG ? 12 : 4, width: LONG ? 10 : 3, notedEvery: 3, ms: 100 };
const LEASE_MS = LONG ? 2_000 : 1_500;

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
        const graph = Array.from({ length: GRAPH.width }, (_, i) => `m0_${i}+`);
        try {
          await withProcesses(
            { ...notedGraph(GRAPH), "projects/shop/models/alone.ts": notedModel(LEASE_MS * 1.5) },
            { redisUrl: broker.url, postgresUrl: server.url, lease: `${LEASE_MS}ms` },
            async (bed) => {
              await bed.setRound(faults.seed);
              await bed.deploy();
              const processes = await Promise.all([
                bed.start("scheduler", [], through),
                bed.start("worker", ["--concurrency", "2"], through),
                ...(LONG ? [bed.start("worker", ["--concurrency", "1"])] : []),
              ]);
              const run = await bed.begin(graph);
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
              await bed.untilSucceeded(run, WITHIN_MS * 0.6);
              // Leases are renewed over what is left.
              const alone = await bed.begin(["alone"]);
              await bed.untilSucceeded(alone);
              for (const task of await bed.state.listTasks(alone)) expect(task.losses, task.id).toBe(0);
              expect(processes.every(({ alive }) => alive)).toBe(true);
              await expectRound(bed, GRAPH, faults.seed);
              await expectAllWell(bed, [run, alone]);
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
          const processes = await Promise.all([
            bed.start("scheduler"),
            bed.start("worker", ["--concurrency", LONG ? "2" : "1"]),
          ]);
          const run = await bed.begin();
          while ((await bed.notes()).length < 2) await wait(20);
          const locker = new Libsql(join(bed.mesh.root, "state.db"));
          locker.exec("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE");
          await wait(5_000);
          locker.exec("ROLLBACK");
          locker.close();
          faults.did("locked for five seconds");
          await bed.untilSucceeded(run, WITHIN_MS * 0.6);
          expect(processes.map(({ alive }) => alive)).toEqual([true, true]);
          await expectRound(bed, GRAPH, 9);
          await expectAllWell(bed, [run]);
        }),
      ),
    WITHIN_MS,
  );

  const RESTARTS = LONG ? 12 : 2;

  test(
    "F11: Postgres breaks down and starts again in the middle of a run, at once and after more than a lease: no process ends, every model once",
    () =>
      withFaults("F11, restart", async (faults) => {
        const own = await startRestartingPostgres();
        try {
          await withProcesses(
            notedGraph(GRAPH),
            { redisUrl: broker.url, postgresUrl: own.url, lease: `${LEASE_MS}ms` },
            async (bed) => {
              await bed.setRound(faults.seed);
              await bed.deploy();
              const processes = await Promise.all([
                bed.start("scheduler"),
                bed.start("worker", ["--concurrency", LONG ? "2" : "1"]),
                ...(LONG ? [bed.start("scheduler"), bed.start("worker", ["--concurrency", "1"])] : []),
              ]);
              const run = await bed.begin();
              for (let i = 0; i < RESTARTS; i++) {
                await untilNotesGrow(bed);
                await own.breakDown();
                const downMs = i % 2 === 0 ? 0 : LEASE_MS * (LONG ? faults.between(1, 3) : 1.2);
                await wait(downMs);
                await own.restart();
                faults.did("broken down");
                if (downMs > 0) faults.did("away for longer than a lease");
              }
              const { status } = await bed.untilEnded(run, WITHIN_MS * 0.6);
              const bad = (await bed.state.listTasks(run)).filter((task) => task.status !== "done");
              expect([status, bad]).toEqual(["success", []]);
              expect(processes.map(({ alive }) => alive)).toEqual(processes.map(() => true));
              // A store that was away is no task's fault.
              for (const task of await bed.state.listTasks(run)) expect(task.losses, task.id).toBe(0);
              expectNoCrashLoop(processes, faults.count("broken down"));
              await expectRound(bed, GRAPH, faults.seed);
              await expectAllWell(bed, [run]);
            },
          );
        } finally {
          await own.stop();
        }
      }),
    WITHIN_MS,
  );

  /** No less: a process that waits for a processor for so long loses its leases by the right clock too. */
  const CLOCKED_LEASE_MS = 2_000;
  const CLOCKED = { layers: LONG ? 10 : 3, width: 3, ms: CLOCKED_LEASE_MS * 0.6 };
  const TICKS = { cron: "*/2 * * * * *", timezone: "UTC" };

  test.skipIf(faketimeLibrary === undefined)(
    "F12: clocks of schedulers and workers are hours off, jump back by an hour and forward by a day: ticks and leases go by the database's clock",
    () =>
      withFaults("F12", (faults) =>
        withProcesses(
          {
            ...notedGraph(CLOCKED),
            "projects/clock/project.yml": `name: clock
owner: { team: Clock, email: clock@example.com }
schedules:
  often: { cron: "${TICKS.cron}", timezone: ${TICKS.timezone}, overlap: allow, catch_up: all }
  daily: { cron: "0 0 * * *", timezone: UTC, overlap: allow, catch_up: all }
`,
            "projects/clock/models/often.sql": "{{ config(materialized='table', schedule='often') }} select 1 as id",
            "projects/clock/models/daily.sql": "{{ config(materialized='table', schedule='daily') }} select 1 as id",
          },
          { redisUrl: broker.url, postgresUrl: server.url, lease: `${CLOCKED_LEASE_MS}ms` },
          async (bed) => {
            await bed.setRound(faults.seed);
            await bed.deploy();
            const before = await bed.state.now();
            const startAt = async (
              kind: "scheduler" | "worker",
              name: string,
              offsetMs: number,
              args: string[] = [],
            ) => {
              const clock = await createWrongClock(bed.mesh.root, name, offsetMs);
              return { clock, process: await bed.start(kind, args, clock.env) };
            };
            const two = ["--concurrency", "2"];
            const [scheduler, behind, ahead, ...more] = await Promise.all([
              startAt("scheduler", "scheduler", 0),
              startAt("worker", "behind", -2 * HOUR_MS, two),
              startAt("worker", "ahead", 2 * HOUR_MS, two),
              ...(LONG ? [startAt("scheduler", "second", 2 * HOUR_MS)] : []),
            ]);
            const run = await bed.begin(["project:shop"]);
            const jump = async ({ clock }: { clock: WrongClock }, byMs: number) => {
              await clock.set(clock.offsetMs + byMs);
              faults.did(byMs < 0 ? "put back by an hour" : "put forward by a day");
            };
            const [back, forward] = [-HOUR_MS, 24 * HOUR_MS];
            await untilNotesGrow(bed);
            await Promise.all([jump(scheduler, back), jump(behind, back), jump(ahead, forward)]);
            await untilTicked(bed, await bed.state.now());
            await jump(scheduler, forward);
            await untilTicked(bed, await bed.state.now());
            for (let i = 0; LONG && i < 20; i++) {
              const one = faults.pick([scheduler, behind, ahead, ...more]) as { clock: WrongClock };
              await jump(one, faults.random() < 0.5 ? back : forward);
              await wait(faults.between(0, 2 * CLOCKED_LEASE_MS));
            }
            await bed.untilSucceeded(run, WITHIN_MS * 0.6);
            const offHours = (await bed.notes()).map(({ atMs }) => Math.round((atMs - Date.now()) / HOUR_MS));
            const said = scheduler.process.lines.map(({ time }) => new Date(String(time)).getTime() - Date.now());
            expect([...new Set(said.map((ms) => Math.round(ms / HOUR_MS)))]).toEqual(
              expect.arrayContaining([0, -1, 23]),
            );
            for (const hours of [-3, 26]) {
              const times = offHours.filter((one) => one === hours).length;
              faults.did(`models that noted ${hours} hours`, times);
              expect(times, `notes of ${hours} hours`).toBeGreaterThan(0);
            }
            for (const task of await bed.state.listTasks(run)) expect(task.losses, task.id).toBe(0);
            const ticked = await expectGoldenTicks(bed, before);
            faults.did("ticks", ticked.length);
            await expectRound(bed, CLOCKED, faults.seed);
            await expectAllWell(bed, [run, ...ticked]);
          },
        ),
      ),
    WITHIN_MS,
  );

  async function untilTicked(bed: ProcessBed, at: Date): Promise<void> {
    for (const endMs = Date.now() + 30_000; ; await wait(50)) {
      const often = (await bed.state.listSchedules()).find(({ id }) => id === "clock.often");
      if (often && often.lastLogicalAt >= at) return;
      if (Date.now() > endMs) throw new Error(`no tick since ${at.toISOString()}: ${JSON.stringify(often)}`);
    }
  }

  /** Ends the schedulers: what they recorded are the ticks by the database's clock, each once and none before its time. Gives the runs. */
  async function expectGoldenTicks(bed: ProcessBed, before: Date): Promise<readonly string[]> {
    const last = await bed.state.now();
    await untilTicked(bed, last);
    const runs = async () =>
      (await bed.state.listRuns({ limit: 10_000 })).filter(({ trigger }) => trigger === "schedule");
    while ((await runs()).some(({ status }) => status === "waiting" || status === "running")) await wait(50);
    for (const one of bed.started) if (one.kind === "scheduler") one.signal("SIGTERM");
    await Promise.all(bed.started.flatMap(({ kind, ended }) => (kind === "scheduler" ? [ended] : [])));
    const [ended, recorded] = [await bed.state.now(), await runs()];
    for (const { id, definition, since, lastLogicalAt } of await bed.state.listSchedules()) {
      expect(since >= before && since <= last, `${id} is in force since ${since.toISOString()}`).toBe(true);
      const timing = { cron: definition.cron ?? "", timezone: definition.timezone };
      const golden = await ticksBetween(timing, since, lastLogicalAt, 100_000);
      const times = recorded.flatMap(({ schedule, logicalAt }) => (schedule === id && logicalAt ? [logicalAt] : []));
      expect(
        times.sort((one, other) => one.getTime() - other.getTime()),
        id,
      ).toEqual(golden);
      // Nothing is left out at the end either.
      const [missed] = await ticksBetween(timing, lastLogicalAt, last, 1);
      expect(missed, `${id} was not looked at since ${lastLogicalAt.toISOString()}`).toBeUndefined();
      expect(lastLogicalAt <= ended, `${id} is ahead of the database`).toBe(true);
    }
    for (const { schedule, logicalAt, startedAt } of recorded)
      expect(startedAt.getTime(), `${schedule} before its time`).toBeGreaterThanOrEqual(logicalAt?.getTime() ?? 0);
    return recorded.map(({ id }) => id);
  }
});

/** Resolves when a model has noted something that it had not before. */
async function untilNotesGrow(bed: ProcessBed): Promise<void> {
  const { length } = await bed.notes();
  for (const endMs = Date.now() + 60_000; (await bed.notes()).length === length; await wait(20))
    if (Date.now() > endMs) throw new Error("no model noted anything for a minute");
}

/** Children go on without the state store or end with it, but not again and again; an outage is told, not recited. */
function expectNoCrashLoop(processes: readonly MeshProcess[], outages: number): void {
  for (const { kind, pid, lines } of processes) {
    const deaths = lines.filter(({ msg }) => /^a child process (ended|could not|did not)/.test(msg));
    expect(deaths.length, `${kind} ${pid}: ${JSON.stringify(deaths)}`).toBeLessThanOrEqual(outages);
    const troubles = lines.filter(({ level }) => level === "warn" || level === "error");
    expect(troubles.length, `${kind} ${pid}: ${JSON.stringify(troubles)}`).toBeLessThanOrEqual(30 * outages);
  }
}
