// F1, F2: workers that are killed, and workers that sleep past their leases and wake up, while a graph full of diamonds is made.
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPostgres } from "../../demo/stores/postgres.ts";
import type { StoreServer } from "../../demo/stores/server-process.ts";
import { expectAllWell, expectRound, type Faults, LONG, notedGraph, withFaults } from "../support/fault-checks.ts";
import { redisProgram, startTestRedis, type TestRedis } from "../support/redis-server.ts";
import { type MeshProcess, type ProcessBed, withProcesses } from "../support/scheduler-processes.ts";

const WORKERS = 3;
const LEASE_MS = 2_000;
const WITHIN_MS = LONG ? 900_000 : 240_000;
/** Enough to bite; the long form goes on as long as there is work. */
const KILLS = LONG ? Number.POSITIVE_INFINITY : 6;
const SLEEPS = LONG ? Number.POSITIVE_INFINITY : 4;

let broker: TestRedis;
let server: StoreServer;

describe.skipIf(redisProgram === undefined)("workers that die or sleep", () => {
  beforeAll(async () => {
    [broker, server] = await Promise.all([startTestRedis(), startPostgres()]);
  });
  afterAll(async () => {
    await broker?.stop();
    await server?.stop();
  });

  const GRAPH = LONG
    ? { layers: 25, width: 20, notedEvery: 3, ms: 30 }
    : { layers: 10, width: 10, notedEvery: 3, ms: 20 };

  test(
    "F1: workers are killed every one to two seconds: every model once, recovered within the lease and two seconds",
    () =>
      withFaults("F1", (faults) =>
        withProcesses(
          notedGraph(GRAPH),
          { redisUrl: broker.url, postgresUrl: server.url, lease: `${LEASE_MS}ms` },
          async (bed) => {
            await bed.setRound(7);
            await bed.deploy();
            await Promise.all([bed.start("scheduler"), ...Array.from({ length: WORKERS }, () => startWorker(bed))]);
            const spared = await startWorker(bed);
            const runs = [await bed.begin()];
            const killed = new Map<string, number>();
            const coming: Promise<MeshProcess>[] = [];
            const stop = keepBreaking(
              bed,
              runs,
              async (worker) => {
                const held = new Set((await tasksOf(bed, runs)).flatMap(({ worker: id }) => id ?? []));
                const id = idOf(worker);
                worker.signal("SIGKILL");
                killed.set(id, Date.now());
                faults.did("killed workers");
                if (held.has(id)) faults.did("killed at work");
                coming.push(startWorker(bed));
                await wait(faults.between(LONG ? 1_000 : 500, LONG ? 2_000 : 1_000));
                return faults.count("killed workers") < KILLS;
              },
              faults,
              spared,
            );
            await finish(bed, runs);
            await stop();
            await Promise.all(coming);
            await expectRound(bed, GRAPH, 7);
            const recoveries = await recoveriesOf(bed, runs, killed);
            const slowest = (what: keyof Recovery) => Math.round(Math.max(0, ...recoveries.map((one) => one[what])));
            console.log(
              `F1: ${recoveries.length} tasks lost; given back after at most ${slowest("givenBackMs")} ms, begun again after ${slowest("begunMs")} ms`,
            );
            expect(faults.count("killed at work")).toBeGreaterThan(0);
            // When it begins again depends on how soon the machine has started another worker.
            expect(slowest("givenBackMs")).toBeLessThan(LEASE_MS + 2_000);
            await expectAllWell(bed, runs);
          },
        ),
      ),
    WITHIN_MS,
  );

  test(
    "F2: workers sleep for one to three leases and wake up: what they still do changes nothing",
    () =>
      withFaults("F2", (faults) =>
        withProcesses(
          notedGraph({ layers: 4, width: LONG ? 30 : 6, ms: 150 }),
          { redisUrl: broker.url, postgresUrl: server.url, lease: `${LEASE_MS}ms` },
          async (bed) => {
            await bed.setRound(3);
            await bed.deploy();
            await Promise.all([bed.start("scheduler"), ...Array.from({ length: WORKERS }, () => startWorker(bed))]);
            const runs = [await bed.begin()];
            const stop = keepBreaking(
              bed,
              runs,
              async (worker) => {
                const before = await heldBy(bed, runs, worker);
                worker.signalAll("SIGSTOP");
                faults.did("stopped workers");
                if (before > 0) faults.did("stopped at work");
                await wait(LEASE_MS * faults.between(1.1, LONG ? 3 : 1.8));
                worker.signalAll("SIGCONT");
                await wait(200);
                return faults.count("stopped workers") < SLEEPS;
              },
              faults,
            );
            await finish(bed, runs);
            await stop();
            await wait(500);
            const zombies = bed.started.flatMap(({ lines }) =>
              lines.filter(({ msg, kind }) => msg === "a task ended" && kind === "lost"),
            );
            faults.did("zombies fenced out", zombies.length);
            expect(zombies.length).toBeGreaterThan(0);
            await expectRound(bed, { layers: 4, width: LONG ? 30 : 6 }, 3);
            await expectAllWell(bed, runs);
          },
        ),
      ),
    WITHIN_MS,
  );
});

const startWorker = (bed: ProcessBed) => bed.start("worker", ["--concurrency", "2"]);

const idOf = ({ lines }: MeshProcess) => String(lines.find(({ msg }) => msg === "the worker starts")?.id);

const tasksOf = async ({ state }: ProcessBed, runs: readonly string[]) =>
  (await Promise.all(runs.map((run) => state.listTasks(run)))).flat().filter(({ status }) => status === "running");

async function heldBy(bed: ProcessBed, runs: readonly string[], worker: MeshProcess): Promise<number> {
  const id = idOf(worker);
  return (await tasksOf(bed, runs)).filter((task) => task.worker === id).length;
}

/** Breaks one living worker after another until it is stopped or `once` has had enough. */
function keepBreaking(
  bed: ProcessBed,
  runs: readonly string[],
  once: (worker: MeshProcess) => Promise<boolean>,
  { pick }: Faults,
  spared?: MeshProcess,
): () => Promise<void> {
  let going = true;
  const loop = (async () => {
    while (going) {
      const living = bed.started
        .filter(({ kind, alive }) => kind === "worker" && alive)
        .filter((one) => one !== spared);
      // Preferably one that is at work: that is what must survive.
      const held = new Set((await tasksOf(bed, runs)).map(({ worker }) => worker));
      const one = pick(living.filter((worker) => held.has(idOf(worker))));
      if (one) going &&= await once(one);
      else await wait(50);
    }
  })();
  return async () => {
    going = false;
    await loop;
  };
}

/** Waits for the runs. A task that lost three workers by chance was put aside; resuming does it. */
async function finish(bed: ProcessBed, runs: string[]): Promise<void> {
  for (let i = 0; i < runs.length; i++) {
    const run = await bed.untilEnded(runs[i] as string, WITHIN_MS * 0.8);
    if (run.status === "success") continue;
    const unexplained = (await bed.state.listTasks(run.id)).filter(
      ({ status, losses }) => status !== "done" && status !== "skipped" && !(status === "quarantined" && losses === 2),
    );
    expect(unexplained, "tasks that ended badly without having lost three workers").toEqual([]);
    runs.push(await bed.resume(run.id));
  }
}

interface Recovery {
  readonly givenBackMs: number;
  readonly begunMs: number;
}

/** Of each task that a killed worker held, since the kill. */
async function recoveriesOf(
  { state }: ProcessBed,
  runs: readonly string[],
  killed: ReadonlyMap<string, number>,
): Promise<readonly Recovery[]> {
  const attempts = (await Promise.all(runs.map((run) => state.listAttempts(run)))).flat();
  return attempts.flatMap(({ worker, outcome, finishedAt, runId, task, fence }) => {
    const at = killed.get(worker);
    const next = attempts.find((one) => one.runId === runId && one.task === task && one.fence > fence);
    if (at === undefined || outcome !== "lost" || !finishedAt || !next) return [];
    return [{ givenBackMs: finishedAt.getTime() - at, begunMs: next.startedAt.getTime() - at }];
  });
}
