// Owns a deployed mesh with schedulers and workers as real processes that a test kills, stops and replaces. What is expected of them is in
// `fault-checks.ts`; which faults there are is the tests'.
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { loadDeployed } from "../../core/deploy/index.ts";
import { beginRun, resumeRun } from "../../core/execute/index.ts";
import * as pipeline from "../../core/pipeline.ts";
import { openState, type RunRecord, type StateLocation, type StateStore } from "../../core/state/index.ts";
import { beginResumed } from "../../scheduler/engine/index.ts";
import { transportNameOf } from "../../scheduler/transport/index.ts";
import { ensureBuilt } from "./built-cli.ts";
import { processAlive } from "./process-alive.ts";
import { newRun } from "./state-runs.ts";
import { CLI, runMeshHere, type TempMesh, withTempMesh } from "./temp-mesh.ts";

export type MeshProcessKind = "scheduler" | "worker";

export interface LogLine {
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface MeshProcess {
  readonly kind: MeshProcessKind;
  readonly pid: number;
  /** What it logged so far. */
  readonly lines: readonly LogLine[];
  readonly alive: boolean;
  /** When it was killed and stopped. */
  readonly broken: readonly number[];
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
  /** The process alone; its children find out. SIGKILL counts as a fault only when the test says so. */
  signal(name: NodeJS.Signals): void;
  /** It and all below it, as when a machine pauses. */
  signalAll(name: NodeJS.Signals): void;
}

export interface BedOptions {
  readonly redisUrl: string;
  /** SQLite in the mesh's folder unless told. */
  readonly postgresUrl?: string;
  readonly lease?: string;
  readonly pools?: Readonly<Record<string, number>>;
  /** Of the SQLite file, in the mesh's folder. */
  readonly statePath?: string;
  /** Of another installation than the repository's. */
  readonly cli?: string;
  /** Before the state store is opened. */
  readonly prepare?: (root: string) => Promise<void>;
}

export interface ProcessBed {
  readonly mesh: TempMesh;
  /** What its processes find in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The test's own connection, past every proxy. */
  readonly state: StateStore;
  readonly started: readonly MeshProcess[];
  /** What its queues in Redis are named by. */
  readonly transportName: string;
  deploy(): Promise<void>;
  /** Resolves when it serves its endpoints. */
  start(
    kind: MeshProcessKind,
    args?: readonly string[],
    env?: Readonly<Record<string, string>>,
    through?: readonly string[],
  ): Promise<MeshProcess>;
  /** Records a run for workers; a scheduler begins it. */
  ask(select?: readonly string[]): Promise<string>;
  /** Plans and begins a run for workers here. */
  begin(select?: readonly string[], priority?: number): Promise<string>;
  /** Asks for what a run left undone, and begins it. */
  resume(runId: string): Promise<string>;
  untilEnded(runId: string, withinMs?: number): Promise<RunRecord>;
  /** Rejects with what its tasks ended with, when it did not succeed. */
  untilSucceeded(runId: string, withinMs?: number): Promise<void>;
  /** What the models themselves wrote down, outside the state store. */
  notes(): Promise<readonly Note[]>;
  setRound(round: number): Promise<void>;
  /** Every process of the bed that still runs, its children's children too. */
  survivors(): readonly number[];
}

export interface Note {
  readonly model: string;
  readonly what: "begin" | "end";
  readonly pid: number;
  /** The worker's process. */
  readonly parent: number;
  readonly atMs: number;
}

const MARK = "MESH_TEST_BED";
let schemas = 0;

export async function withProcesses<T>(
  files: Readonly<Record<string, string>>,
  { redisUrl, postgresUrl, lease = "3s", pools = {}, statePath = "state.db", cli = CLI, prepare }: BedOptions,
  use: (bed: ProcessBed) => Promise<T>,
): Promise<T> {
  await ensureBuilt();
  const schema = `faults_${process.pid}_${schemas++}`;
  const name = schema.replaceAll("_", "-");
  const state =
    postgresUrl === undefined
      ? `{ kind: "sqlite", path: "${statePath}" }`
      : `{ kind: "postgres", connection: "\${STATE_URL}", schema: "${schema}" }`;
  const config = `import { defineMesh } from "mesh-elt";
export default defineMesh({
  name: "${name}",
  defaultTarget: "dev",
  targets: { dev: { warehouse: { kind: "duckdb", path: "wh" }, state: ${state} } },
  scheduler: { lease: "${lease}", pools: ${JSON.stringify(pools)} },
});
`;
  return withTempMesh({ "mesh.config.ts": config, ...files }, async (mesh) => {
    const location: StateLocation =
      postgresUrl === undefined
        ? { kind: "sqlite", path: join(mesh.root, statePath) }
        : { kind: "postgres", connection: postgresUrl, schema };
    await prepare?.(mesh.root);
    const store = await openState(location);
    await store.migrate();
    const [notesFile, roundFile] = [join(mesh.root, "notes.txt"), join(mesh.root, "round.txt")];
    const env = {
      REDIS_URL: redisUrl,
      ...(postgresUrl !== undefined && { STATE_URL: postgresUrl }),
      MESH_TEST_NOTES: notesFile,
      MESH_TEST_ROUND: roundFile,
      [MARK]: mesh.root,
    };
    const started: MeshProcess[] = [];
    const setRound = (round: number) => writeFile(roundFile, String(round));
    await setRound(0);
    const untilEnded = async (runId: string, withinMs = 120_000): Promise<RunRecord> => {
      for (const endMs = Date.now() + withinMs; ; await wait(50)) {
        // The store may be what is being broken.
        const run = await store.getRun(runId).catch(() => undefined);
        if (run && run.status !== "waiting" && run.status !== "running") return run;
        if (Date.now() > endMs)
          throw new Error(await describeRun(run ?? { id: runId, status: "unknown" }, store, started));
      }
    };
    await mkdir(join(mesh.root, "wh"), { recursive: true });
    try {
      return await use({
        mesh,
        env,
        state: store,
        started,
        transportName: transportNameOf({ name, target: { name: "dev" } }),
        setRound,
        async deploy() {
          const { code, stdout, stderr } = await runMeshHere(mesh.root, ["deploy"], env);
          if (code !== 0) throw new Error(`mesh deploy ended with ${code}: ${stdout}${stderr}`);
        },
        async start(kind, args = [], some = {}, through = []) {
          const one = await startProcess(kind, args, { cli, cwd: mesh.root, env: { ...env, ...some }, through });
          started.push(one);
          return one;
        },
        async ask(select = []) {
          const run = newRun({ executor: "workers", selection: select.join(" "), options: { select } });
          if (!(await store.recordRun(run))) throw new Error("the run was not recorded");
          return run.id;
        },
        async begin(select = [], priority = 10) {
          const run = await store.recordRun(newRun({ executor: "workers", selection: select.join(" "), priority }));
          if (!run) throw new Error("the run was not recorded");
          const { manifest, ids } = await loadDeployed(store);
          const facts = await pipeline.gatherFacts(store, manifest);
          const plan = pipeline.plan(manifest, facts, select.length > 0 ? { select } : {});
          await beginRun(run.id, { plan, manifest, executor: "workers", deployments: ids }, store);
          return run.id;
        },
        async resume(runId) {
          const run = await resumeRun(runId, { by: "test" }, store);
          await beginResumed(run, store);
          return run.id;
        },
        untilEnded,
        async untilSucceeded(runId, withinMs) {
          const run = await untilEnded(runId, withinMs);
          if (run.status !== "success") throw new Error(await describeRun(run, store, started));
        },
        async notes() {
          const text = await readFile(notesFile, "utf8").catch(() => "");
          return text.split("\n").flatMap((line) => {
            const [model, what, pid, parent, at] = line.split(" ");
            return model && (what === "begin" || what === "end")
              ? [{ model, what, pid: Number(pid), parent: Number(parent), atMs: Number(at) } as const]
              : [];
          });
        },
        survivors: () => marked(mesh.root),
      });
    } finally {
      for (const one of started) {
        one.signalAll("SIGKILL");
        await one.ended;
      }
      for (const pid of marked(mesh.root)) kill(pid, "SIGKILL");
      await store.close();
    }
  });
}

async function startProcess(
  kind: MeshProcessKind,
  args: readonly string[],
  {
    cli,
    cwd,
    env,
    through,
  }: { readonly cli: string; readonly cwd: string; readonly env: object; readonly through: readonly string[] },
): Promise<MeshProcess> {
  const [program = process.execPath, ...rest] = [
    ...through,
    process.execPath,
    cli,
    kind,
    "--log-level",
    "debug",
    "--grace",
    "5s",
    ...args,
  ];
  const child: ChildProcess = spawn(program, rest, {
    cwd,
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: LogLine[] = [];
  let [rest_, errors] = ["", ""];
  let serve: (value: unknown) => void = () => undefined;
  const serving = new Promise((resolve) => {
    serve = resolve;
  });
  child.stdout?.on("data", (chunk: Buffer) => {
    const parts = (rest_ + chunk.toString()).split("\n");
    rest_ = parts.pop() ?? "";
    for (const part of parts) {
      if (!part.startsWith("{")) continue;
      const line = JSON.parse(part) as LogLine;
      lines.push(line);
      if (line.msg === "health and metrics are served") serve(undefined);
    }
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(`${signal ?? code}`));
  });
  const early = ended.then((how) => {
    throw new Error(`mesh ${kind} ended with ${how} before it served: ${errors}${JSON.stringify(lines)}`);
  });
  early.catch(() => undefined);
  await Promise.race([serving, early]);
  const pid = child.pid as number;
  const broken: number[] = [];
  const noteBreak = (name: NodeJS.Signals) => {
    if (name === "SIGKILL" || name === "SIGSTOP") broken.push(Date.now());
  };
  return {
    kind,
    pid,
    lines,
    ended,
    broken,
    get alive() {
      return child.exitCode === null && child.signalCode === null;
    },
    signal(name) {
      noteBreak(name);
      child.kill(name);
    },
    signalAll(name) {
      noteBreak(name);
      for (const one of [pid, ...descendants(pid)]) kill(one, name);
    },
  };
}

function kill(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone.
  }
}

/** Parent of each process that runs. */
function parents(): ReadonlyMap<number, number> {
  return new Map(
    readdirSync("/proc").flatMap((name) => {
      if (!/^\d+$/.test(name)) return [];
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        return [[Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])] as const];
      } catch {
        return [];
      }
    }),
  );
}

function descendants(pid: number, among = parents()): readonly number[] {
  return [...among].flatMap(([child, parent]) => (parent === pid ? [child, ...descendants(child, among)] : []));
}

/** Processes that were started with the bed's environment, whoever their parent is now. */
function marked(root: string): readonly number[] {
  return [...parents().keys()].filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").includes(`${MARK}=${root}\0`) && processAlive(pid);
    } catch {
      return false;
    }
  });
}

/** What is left of a run's tasks and why, and what each process said last. */
async function describeRun(
  { id, status }: { readonly id: string; readonly status: string },
  state: StateStore,
  started: readonly MeshProcess[],
): Promise<string> {
  const tasks = (await state.listTasks(id).catch(() => [])).filter((task) => task.status !== "done");
  const last = started.flatMap(({ kind, pid, alive, lines }) => {
    const wrong = lines.filter(({ level }) => level === "warn" || level === "error").slice(-12);
    const said = [...new Set([...wrong, ...lines.slice(-6)])].map((line) => `  ${JSON.stringify(line)}`);
    return [`${kind} ${pid}${alive ? "" : ", which ended"}:`, ...said];
  });
  const left = tasks.map(
    ({ id: task, status: how, worker, fence, losses, error }) =>
      `${task} ${how} ${worker ?? ""} fence ${fence}, losses ${losses} ${error ? `${error.code}: ${error.message}` : ""}`,
  );
  return [`run ${id} is ${status}`, ...left.slice(0, 20), ...last].join("\n");
}
