// Measures the whole scheduler with real processes: rate and latency of a graph of diamonds by `mesh scheduler` and `mesh worker` over a
// redis-server, state in SQLite and in Postgres; beside it `mesh run` of the same graph, and the bare statements. What a waiting ticket takes of
// Redis is in `transport.ts`.
import { mkdtemp, rm } from "node:fs/promises";
import { hostname, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { openState, type RunRecord, type StateLocation, type StateStore } from "../core/state/index.ts";
import { createId } from "../core/util/index.ts";
import { startPostgres } from "../demo/stores/postgres.ts";
import { findServerProgram, joinDevelopmentRedis, openClient } from "../scheduler/redis/index.ts";
import { createBullmqTransport, transportNameOf } from "../scheduler/transport/index.ts";
import { bareStatements, type DiamondShape, STATE_URL, WARMING, writeDiamondMesh } from "./diamond-mesh.ts";
import { dueSchedules } from "./due-schedules.ts";
import type { Bench, Figure } from "./figure.ts";
import { cpuSecondsOf, type MeshProcess, runMesh, startMeshProcess } from "./mesh-processes.ts";
import { measureRun, type RunMeasures } from "./run-measures.ts";

const WORKERS = [1, 2, 4];
const LOG = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
/** Wider than all workers: they are never idle, and what a task waits for is mostly a worker. */
const WIDE = 50;
/** Narrower than one worker: what a task waits for is the scheduler alone. */
const NARROW = 2;
const NARROW_MODELS = 200;

/** --size: models, 1,000 unless told. */
const bench: Bench = async ({ size = 1_000, tell }) => {
  const root = await mkdtemp(join(tmpdir(), "mesh-bench-scheduler-"));
  const postgres = await startPostgres();
  const wide = { models: size, width: Math.min(WIDE, Math.ceil(size / 2)) };
  const narrow = { models: Math.min(NARROW_MODELS, size), width: NARROW };
  const figures: Figure[] = [];
  try {
    const bareMs = await bareStatements(join(root, "bare"), wide);
    figures.push({ name: `bare DuckDB, ${size} models, one connection`, value: bareMs / 1_000, unit: "s" });
    const alone = await inOneProcess(join(root, "run"), wide);
    const peer = { what: "mesh run", value: alone.wallMs };
    figures.push(...tellRun("mesh run, one process, sqlite", alone, wide, { what: "bare DuckDB", value: bareMs }));
    tell(`mesh run measured, load ${loadNow()}`);
    for (const kind of ["sqlite", "postgres"] as const) {
      for (const workers of WORKERS) {
        const place = `${kind}-${workers}`;
        const state: StateLocation =
          kind === "sqlite"
            ? { kind, path: join(root, place, "state.db") }
            : { kind, connection: postgres.url, schema: `bench_${workers}` };
        const runs = await byWorkers(join(root, place), state, workers, [wide, narrow], [postgres.pid]);
        const name = `${kind}, ${workers} ${workers === 1 ? "worker" : "workers"}`;
        for (const { shape, measures } of runs)
          figures.push(...tellRun(name, measures, shape, shape === wide ? peer : undefined));
        tell(`${name} measured, load ${loadNow()}${runs.map(({ measures }) => sayShort(measures)).join("")}`);
      }
      figures.push(...(await dueSchedules(join(root, `due-${kind}`), kind, postgres.url)));
      tell(`schedules over ${kind} measured, load ${loadNow()}`);
    }
    return figures;
  } finally {
    await postgres.stop();
    await rm(root, { recursive: true, force: true });
  }
};

const loadNow = () => loadavg()[0]?.toFixed(1) ?? "";

/** For whoever waits for the rest. */
const sayShort = ({ wallMs, cpuSeconds, waits }: RunMeasures) =>
  `\n  wall ${(wallMs / 1_000).toFixed(1)} s, CPU ${cpuSeconds.toFixed(1)} s, ${waits.map(({ what, ms }) => `${what} ${ms}`).join(", ")}`;

interface Measured {
  readonly shape: DiamondShape;
  readonly measures: RunMeasures;
}

async function inOneProcess(root: string, shape: DiamondShape): Promise<RunMeasures> {
  const location: StateLocation = { kind: "sqlite", path: join(root, "state.db") };
  await writeDiamondMesh(root, shape, location);
  const before = ownChildren();
  await runMesh(["run", "--exclude", ...WARMING], { cwd: root, env: {} });
  const cpuSeconds = ownChildren() - before;
  const state = await openState(location);
  try {
    const [run] = await state.listRuns({});
    if (run === undefined) throw new Error("mesh run recorded no run");
    return await measureRun(run, shape, cpuSeconds, state);
  } finally {
    await state.close();
  }
}

/** Of this process's children that have ended. */
const ownChildren = () => cpuSecondsOf([process.pid]) - process.cpuUsage().user / 1e6 - process.cpuUsage().system / 1e6;

/** One mesh for each shape: a scheduler and so many workers, warm when the run is asked for. */
async function byWorkers(
  root: string,
  location: StateLocation,
  workers: number,
  shapes: readonly DiamondShape[],
  servers: readonly number[],
): Promise<readonly Measured[]> {
  const measured: Measured[] = [];
  for (const shape of shapes) {
    const home = `${root}-${shape.width}`;
    const place: StateLocation =
      location.kind === "sqlite"
        ? { kind: "sqlite", path: join(home, "state.db") }
        : { ...location, schema: `${location.schema}_${shape.width}` };
    await writeDiamondMesh(home, shape, place);
    const redis = await joinDevelopmentRedis(home, { program: await findServerProgram() });
    const started: MeshProcess[] = [];
    let state: StateStore | undefined;
    const transport = createBullmqTransport({
      redis: { address: redis.address, place: "the bench's", secrets: [] },
      meshName: transportNameOf({ name: "bench", target: { name: "dev" } }),
      log: LOG,
    });
    try {
      const env = { [STATE_URL]: location.kind === "postgres" ? location.connection : undefined };
      await runMesh(["deploy"], { cwd: home, env });
      started.push(await startMeshProcess(["scheduler"], { cwd: home, env }));
      started.push(
        ...(await Promise.all(Array.from({ length: workers }, () => startMeshProcess(["worker"], { cwd: home, env })))),
      );
      state = await openState(place);
      const ask = async (select: readonly string[]): Promise<RunRecord> => {
        const id = createId();
        await (state as StateStore).recordRun({
          id,
          command: "run",
          selection: select.join(" "),
          executor: "workers",
          trigger: "manual",
          priority: 10,
          options: select.length > 0 ? { select } : {},
          host: hostname(),
          pid: process.pid,
        });
        await transport.signal({ topic: "look", why: "a run was asked for" });
        return untilEnded(id, state as StateStore);
      };
      await ask(WARMING);
      const pids = [...started.map(({ pid }) => pid), ...servers, await pidOf(redis.address)];
      const before = cpuSecondsOf(pids);
      const run = await ask([]);
      measured.push({ shape, measures: await measureRun(run, shape, cpuSecondsOf(pids) - before, state) });
    } finally {
      await state?.close();
      await transport.close();
      await Promise.all(started.map((one) => one.stop()));
      await redis.close();
    }
  }
  return measured;
}

async function pidOf(address: Parameters<typeof openClient>[0]): Promise<number> {
  const client = openClient(address, { name: "bench", use: "once" });
  const pid = Number(/process_id:(\d+)/.exec(await client.info("server"))?.[1]);
  client.disconnect();
  return pid;
}

async function untilEnded(id: string, state: StateStore): Promise<RunRecord> {
  for (;;) {
    const run = await state.getRun(id);
    if (run?.status === "success") return run;
    if (run?.status !== "waiting" && run?.status !== "running") throw new Error(`the run ended as ${run?.status}`);
    await wait(200);
  }
}

function tellRun(
  name: string,
  measures: RunMeasures,
  { models, width }: DiamondShape,
  peer: { readonly what: string; readonly value: number } | undefined,
): readonly Figure[] {
  const title = `${name}, ${models} models in layers of ${width}`;
  const { wallMs, steps, tasks, cpuSeconds, waits } = measures;
  const seconds = wallMs / 1_000;
  const against = peer && { against: { what: peer.what, ratio: wallMs / peer.value } };
  const bars: Readonly<Record<string, string>> =
    width === NARROW
      ? { "published -> child started p50": "< 50 ms", "published -> child started p99": "< 500 ms" }
      : {};
  return [
    { name: `${title}: wall`, value: seconds, unit: "s", ...against },
    { name: `${title}: CPU of all processes`, value: cpuSeconds, unit: "s" },
    { name: `${title}: steps`, value: steps / seconds, unit: "/s" },
    { name: `${title}: tasks`, value: tasks / seconds, unit: "/s" },
    ...waits.map(({ what, ms }) => {
      const bar = bars[what];
      return { name: `${title}: ${what}`, value: ms, unit: "ms", ...(bar !== undefined && { bar }) };
    }),
  ];
}

export default bench;
