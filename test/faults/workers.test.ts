// F1, F2: workers that are killed, and workers that sleep past their leases and wake up, while a graph full of diamonds is made.
import { availableParallelism, loadavg } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StoreServer } from "../../demo/stores/server-process.ts";
import { startPostgres } from "../support/database-servers.ts";
import {
  expectAllWell,
  expectRound,
  type Faults,
  LONG,
  notedGraph,
  notedModel,
  withFaults,
} from "../support/fault-checks.ts";
import { expectPoolsHeld, POOLS, watchLeases } from "../support/fault-pools.ts";
import { redisProgram, startTestRedis, type TestRedis } from "../support/redis-server.ts";
import { type MeshProcess, type ProcessBed, withProcesses } from "../support/scheduler-processes.ts";

const WORKERS = LONG ? 3 : 2;
const LEASE_MS = LONG ? 2_000 : 1_500;
const WITHIN_MS = LONG ? 900_000 : 240_000;
/** Enough to bite; the long form goes on as long as there is work. */
const KILLS = LONG ? Number.POSITIVE_INFINITY : 3;
/** Each costs the children of a worker their lives: without an end, workers that are slow to start new ones would never do any work. */
const SLEEPS = LONG ? 40 : 2;
/** Kills while another worker has nothing to do. */
const KILLS_BESIDE_A_FREE_ONE = LONG ? 10 : 2;
/** Tasks that wait for a processor for longer than this say nothing about the scheduler. */
const LOAD_PER_PROCESSOR = 4;

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
    ? { layers: 25, width: 20, notedEvery: 3, ms: 30, pooled: true }
    : { layers: 5, width: 6, notedEvery: 2, ms: 150, pooled: true };

  test(
    "F1: workers are killed one after another: every model once, pools hold, what they held begins again within the lease and two seconds where somebody is free",
    () =>
      withFaults("F1", (faults) =>
        withProcesses(
          { ...notedGraph(GRAPH), "projects/shop/models/alone.ts": notedModel(500) },
          { redisUrl: broker.url, postgresUrl: server.url, lease: `${LEASE_MS}ms`, pools: POOLS },
          async (bed) => {
            await bed.setRound(7);
            await bed.deploy();
            const [, spared] = await Promise.all([
              bed.start("scheduler"),
              startWorker(bed),
              ...Array.from({ length: WORKERS }, () => startWorker(bed)),
            ]);
            const runs = [await bed.begin()];
            const leases = watchLeases(bed, runs);
            const killed = new Map<string, number>();
            const coming: Promise<MeshProcess>[] = [];
            const kill = (worker: MeshProcess) => {
              worker.signal("SIGKILL");
              killed.set(idOf(worker), Date.now());
              faults.did("killed workers");
              coming.push(startWorker(bed));
            };
            const stop = keepBreaking(
              bed,
              runs,
              async (worker) => {
                if ((await heldBy(bed, runs, worker)) > 0) faults.did("killed at work");
                kill(worker);
                await wait(faults.between(LONG ? 1_000 : 300, LONG ? 2_000 : 800));
                return faults.count("killed workers") < KILLS;
              },
              faults,
              spared,
            );
            await finish(bed, runs);
            await stop();
            await Promise.all(coming);
            await expectRound(bed, GRAPH, 7);
            expect(faults.count("killed at work")).toBeGreaterThan(0);
            tellRecoveries("in the middle of the graph", await recoveriesOf(bed, runs, killed));

            killed.clear();
            const alone: string[] = [];
            for (let i = 0; i < KILLS_BESIDE_A_FREE_ONE; i++) {
              const [noted, run] = [(await bed.notes()).length, await bed.begin(["alone"])];
              alone.push(run);
              while ((await bed.notes()).length === noted) await wait(10);
              const holder = (await tasksOf(bed, [run]))[0]?.worker;
              kill(bed.started.find((one) => one.kind === "worker" && idOf(one) === holder) as MeshProcess);
              await bed.untilSucceeded(run);
              await Promise.all(coming);
            }
            const recoveries = await recoveriesOf(bed, alone, killed);
            const load = tellRecoveries("beside a free worker", recoveries);
            expect(recoveries.length).toBe(KILLS_BESIDE_A_FREE_ONE);
            if (load < LOAD_PER_PROCESSOR)
              for (const { begunMs } of recoveries) expect(begunMs).toBeLessThan(LEASE_MS + 2_000);
            await expectPoolsHeld(bed, runs, await leases.stop());
            await expectAllWell(bed, [...runs, ...alone]);
          },
        ),
      ),
    WITHIN_MS,
  );

  const SLEEPERS = { layers: 3, width: LONG ? 30 : 5, ms: LONG ? 150 : 300, pooled: true };

  test(
    "F2: workers sleep for longer than a lease and wake up: what they still do changes nothing, and pools hold",
    () =>
      withFaults("F2", (faults) =>
        withProcesses(
          notedGraph(SLEEPERS),
          { redisUrl: broker.url, postgresUrl: server.url, lease: `${LEASE_MS}ms`, pools: POOLS },
          async (bed) => {
            await bed.setRound(3);
            await bed.deploy();
            await Promise.all([bed.start("scheduler"), ...Array.from({ length: WORKERS }, () => startWorker(bed))]);
            const runs = [await bed.begin()];
            const leases = watchLeases(bed, runs);
            const stop = keepBreaking(
              bed,
              runs,
              async (worker) => {
                const before = await heldBy(bed, runs, worker);
                worker.signalAll("SIGSTOP");
                faults.did("stopped workers");
                if (before > 0) faults.did("stopped at work");
                await wait(LEASE_MS * faults.between(1.1, LONG ? 3 : 1.5));
                worker.signalAll("SIGCONT");
                await wait(200);
                return faults.count("stopped workers") < SLEEPS || (!LONG && zombies(bed).length === 0);
              },
              faults,
            );
            await finish(bed, runs);
            await stop();
            await wait(500);
            faults.did("zombies fenced out", zombies(bed).length);
            expect(zombies(bed).length).toBeGreaterThan(0);
            await expectRound(bed, SLEEPERS, 3);
            await expectPoolsHeld(bed, runs, await leases.stop());
            await expectAllWell(bed, runs);
          },
        ),
      ),
    WITHIN_MS,
  );
});

const zombies = ({ started }: ProcessBed) =>
  started.flatMap(({ lines }) => lines.filter(({ msg, kind }) => msg === "a task ended" && kind === "lost"));

const startWorker = (bed: ProcessBed) => bed.start("worker", ["--concurrency", LONG ? "2" : "1"]);

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

/** Prints them with the load of each processor in the last minute, and gives that. */
function tellRecoveries(where: string, recoveries: readonly Recovery[]): number {
  const load = (loadavg()[0] ?? 0) / availableParallelism();
  const each = recoveries.map(
    ({ givenBackMs, begunMs }) => `${Math.round(givenBackMs)}+${Math.round(begunMs - givenBackMs)}`,
  );
  console.log(
    `F1: ${recoveries.length} tasks lost ${where}, lease ${LEASE_MS} ms, load ${load.toFixed(1)} a processor; milliseconds from the kill to giving back, and on to beginning again: ${each.join(", ")}`,
  );
  return load;
}
