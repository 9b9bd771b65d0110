// Measures the whole scheduler with real processes: rate and latency of a graph of diamonds by `mesh scheduler` and `mesh worker` over a
// redis-server, state in SQLite and in Postgres; beside it `mesh run` of the same graph, and the bare statements. Shows each figure as soon as
// it is known. What a waiting ticket takes of Redis is in `transport.ts`.
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, hostname, loadavg, tmpdir } from "node:os";
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
import { cpuSecondsOf, runMesh, startMeshProcess } from "./mesh-processes.ts";
import { measureRun, type RunMeasures } from "./run-measures.ts";

const WORKERS = [1, 2, 4];
const LOG = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
/** Wider than all workers: they are never idle, and what a task waits for is mostly a worker. */
const WIDE = 50;
/** Narrower than one worker: what a task waits for is the scheduler alone. */
const NARROW = 2;
const NARROW_MODELS = 200;
/** More workers change nothing where two tasks at most are ready. */
const NARROW_WORKERS = 2;

/** What it is compared with. */
interface Peers {
  readonly bareMs: number;
  readonly runMs: number;
}

/** --size: models, 1,000 unless told. */
const bench: Bench = async ({ size = 1_000, tell, show }) => {
  const root = await mkdtemp(join(tmpdir(), "mesh-bench-scheduler-"));
  const postgres = await startPostgres();
  const wide = { models: size, width: Math.min(WIDE, Math.ceil(size / 2)) };
  const narrow = { models: Math.min(NARROW_MODELS, size), width: NARROW };
  const figures: Figure[] = [];
  const keep = (figure: Figure) => {
    figures.push(figure);
    show(figure);
  };
  const startedMs = performance.now();
  const tellTime = (what: string) =>
    tell(`${what}: after ${((performance.now() - startedMs) / 1_000).toFixed(0)} s, load ${loadavg()[0]?.toFixed(1)}`);
  try {
    const bareMs = await bareStatements(join(root, "bare"), wide);
    keep({ name: `bare DuckDB, ${size} models, one connection: models`, value: (size / bareMs) * 1_000, unit: "/s" });
    const runMs = await inOneProcess(join(root, "run"), wide, bareMs, keep);
    tellTime("mesh run measured");
    for (const kind of ["sqlite", "postgres"] as const) {
      const location = (name: string): StateLocation =>
        kind === "sqlite"
          ? { kind, path: join(root, name, "state.db") }
          : { kind, connection: postgres.url, schema: `bench_${name.replaceAll("-", "_")}` };
      const measure = async (shape: DiamondShape, workers: number, peers?: Peers) => {
        const name = `${kind}-${workers}-${shape.width}`;
        const title = `${kind}, ${workers} ${workers === 1 ? "worker" : "workers"}, layers of ${shape.width}`;
        const servers = kind === "postgres" ? [postgres.pid] : [];
        await byWorkers({ root: join(root, name), state: location(name), shape, workers, servers, title, peers, keep });
        tellTime(`${title} measured`);
      };
      for (const workers of WORKERS) await measure(wide, workers, { bareMs, runMs });
      await measure(narrow, NARROW_WORKERS);
      for (const figure of await dueSchedules(join(root, `due-${kind}`), kind, postgres.url)) keep(figure);
    }
    tellTime("all measured");
    return figures;
  } finally {
    await postgres.stop();
    await rm(root, { recursive: true, force: true });
  }
};

/** Milliseconds from its first task to its end. */
async function inOneProcess(
  root: string,
  shape: DiamondShape,
  bareMs: number,
  keep: (figure: Figure) => void,
): Promise<number> {
  const location: StateLocation = { kind: "sqlite", path: join(root, "state.db") };
  await writeDiamondMesh(root, shape, location);
  const before = ownChildren();
  await runMesh(["run", "--exclude", ...WARMING], { cwd: root, env: {} });
  const cpuSeconds = ownChildren() - before;
  const state = await openState(location);
  try {
    const [run] = await state.listRuns({});
    if (run === undefined) throw new Error("mesh run recorded no run");
    const { wallMs, tasks } = await measureRun(run, availableParallelism(), state);
    const title = "mesh run, one process, sqlite";
    keep({
      name: `${title}: tasks`,
      value: (tasks / wallMs) * 1_000,
      unit: "/s",
      against: { what: "bare DuckDB", ratio: bareMs / wallMs },
    });
    keep({ name: `${title}: CPU with its start, per task`, value: (cpuSeconds / tasks) * 1_000, unit: "ms" });
    return wallMs;
  } finally {
    await state.close();
  }
}

/** Of this process's children that have ended. */
const ownChildren = () => cpuSecondsOf([process.pid]) - process.cpuUsage().user / 1e6 - process.cpuUsage().system / 1e6;

interface Measuring {
  readonly root: string;
  readonly state: StateLocation;
  readonly shape: DiamondShape;
  readonly workers: number;
  /** Processes of the database. */
  readonly servers: readonly number[];
  readonly title: string;
  readonly peers: Peers | undefined;
  readonly keep: (figure: Figure) => void;
}

/** A mesh of its own with a scheduler and so many workers, warm when the run is asked for. */
async function byWorkers(measuring: Measuring): Promise<void> {
  const { root, shape, workers, servers } = measuring;
  await writeDiamondMesh(root, shape, measuring.state);
  const redis = await joinDevelopmentRedis(root, { program: await findServerProgram() });
  const env = {
    [STATE_URL]: measuring.state.kind === "postgres" ? measuring.state.connection : undefined,
  };
  const watch = openClient(redis.address, { name: "bench", use: "once" });
  const transport = createBullmqTransport({
    redis: { address: redis.address, place: "the bench's", secrets: [] },
    meshName: transportNameOf({ name: "bench", target: { name: "dev" } }),
    log: LOG,
  });
  let state: StateStore | undefined;
  let started: Awaited<ReturnType<typeof startMeshProcess>>[] = [];
  try {
    await runMesh(["deploy"], { cwd: root, env });
    const roles = ["scheduler", ...Array.from({ length: workers }, () => "worker")];
    started = await Promise.all(roles.map((role) => startMeshProcess([role], { cwd: root, env })));
    state = await openState(measuring.state);
    const [scheduler, ...fleet] = started.map(({ pid }) => pid) as [number, ...number[]];
    const cpu = async () => ({
      scheduler: cpuSecondsOf([scheduler]),
      workers: cpuSecondsOf(fleet),
      database: servers.length === 0 ? 0 : cpuSecondsOf(servers),
      redis: cpuSecondsOf([Number(/process_id:(\d+)/.exec(await watch.info("server"))?.[1])]),
    });
    await askFor(WARMING, state, transport);
    const [usedBefore, movedBefore] = [await cpu(), await movedBy(watch)];
    const run = await askFor([], state, transport);
    const [used, moved] = [await cpu(), await movedBy(watch)];
    const measures = await measureRun(run, workers * availableParallelism(), state);
    tellRun(measures, measuring);
    for (const part of ["scheduler", "workers", "database", "redis"] as const) {
      const seconds = used[part] - usedBefore[part];
      if (part === "database" && servers.length === 0) continue;
      const name = `${measuring.title}: CPU of ${part}, per task`;
      measuring.keep({ name, value: (seconds / measures.tasks) * 1_000, unit: "ms" });
    }
    for (const part of ["bytes", "commands"] as const) {
      const value = (moved[part] - movedBefore[part]) / measures.steps;
      measuring.keep({ name: `${measuring.title}: Redis, per step`, value, unit: part });
    }
  } finally {
    await state?.close();
    watch.disconnect();
    await transport.close();
    await Promise.all(started.map((one) => one.stop()));
    await redis.close();
  }
}

/** Asks for a run as `mesh trigger` does, and waits for its end. */
async function askFor(
  select: readonly string[],
  state: StateStore,
  transport: ReturnType<typeof createBullmqTransport>,
): Promise<RunRecord> {
  const id = createId();
  await state.recordRun({
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
  for (;;) {
    const run = await state.getRun(id);
    if (run?.status === "success") return run;
    if (run?.status !== "waiting" && run?.status !== "running") throw new Error(`the run ended as ${run?.status}`);
    await wait(200);
  }
}

/** Bytes in and out, and commands, since the server began. */
async function movedBy(client: ReturnType<typeof openClient>) {
  const stats = await client.info("stats");
  const of = (name: string) => Number(new RegExp(`${name}:(\\d+)`).exec(stats)?.[1]);
  return {
    bytes: of("total_net_input_bytes") + of("total_net_output_bytes"),
    commands: of("total_commands_processed"),
  };
}

/** Of the narrow graph, where nothing is queued. */
const BARS: Readonly<Record<string, string>> = {
  "published -> child claimed p50": "< 50 ms",
  "published -> child claimed p99": "< 500 ms",
};

function tellRun({ wallMs, steps, tasks, waits }: RunMeasures, { title, shape, peers, keep }: Measuring): void {
  const seconds = wallMs / 1_000;
  keep({ name: `${title}: wall of ${shape.models} models`, value: seconds, unit: "s" });
  keep({
    name: `${title}: tasks`,
    value: tasks / seconds,
    unit: "/s",
    ...(peers && { against: { what: "mesh run", ratio: peers.runMs / wallMs } }),
  });
  keep({
    name: `${title}: steps`,
    value: steps / seconds,
    unit: "/s",
    ...(peers && { against: { what: "bare DuckDB", ratio: peers.bareMs / wallMs } }),
  });
  for (const { what, share, ms } of waits) {
    const stage = `${what} p${share * 100}`;
    const bar = peers ? undefined : BARS[stage];
    keep({ name: `${title}: ${stage}`, value: ms, unit: "ms", ...(bar !== undefined && { bar }) });
  }
}

export default bench;
