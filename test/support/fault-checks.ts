// Owns what must hold whatever was broken: the seed and the count of faults, the graph whose values prove its order, the invariants. Breaks nothing.
import { existsSync } from "node:fs";
import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "vitest";
import type { AttemptRecord, BuildRecord } from "../../core/state/index.ts";
import { expectInvariants } from "./run-invariants.ts";
import type { Note, ProcessBed } from "./scheduler-processes.ts";
import { runMeshHere } from "./temp-mesh.ts";

/** `npm run test:faults`: more of everything. */
export const LONG = process.env.MESH_FAULTS === "long";

export interface Faults {
  readonly seed: number;
  /** From 0 up to 1. */
  random(): number;
  between(from: number, to: number): number;
  pick<T>(some: readonly T[]): T | undefined;
  /** Says that a fault happened. */
  did(what: string, times?: number): void;
  count(what: string): number;
}

/** Numbers of a seed, the same on every machine; the seed is told, and `MESH_FAULT_SEED` sets it. Fails when nothing was broken. */
export async function withFaults<T>(name: string, use: (faults: Faults) => Promise<T>): Promise<T> {
  const seed = Number(process.env.MESH_FAULT_SEED ?? Math.floor(Math.random() * 1e6));
  const counts = new Map<string, number>();
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const told = () => [...counts].map(([what, times]) => `${what} ${times}`).join(", ") || "nothing";
  try {
    const result = await use({
      seed,
      random,
      between: (from, to) => from + random() * (to - from),
      pick: (some) => some[Math.floor(random() * some.length)],
      did: (what, times = 1) => counts.set(what, (counts.get(what) ?? 0) + times),
      count: (what) => counts.get(what) ?? 0,
    });
    if ([...counts.values()].every((times) => times === 0)) throw new Error(`${name}: no fault was injected`);
    return result;
  } finally {
    console.log(`${name}: seed ${seed}: ${told()}`);
  }
}

/** A TypeScript model that notes its beginning and its end, with the process it is in and that one's worker. */
export const notedModel = (
  ms: number,
  busy = false,
  deps = "",
  value = "round()",
) => `import { appendFileSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { defineModel, ref } from "mesh-elt";
const note = (what: string) =>
  appendFileSync(
    process.env.MESH_TEST_NOTES ?? "",
    \`\${[basename(import.meta.url, ".ts"), what, process.pid, process.env.MESH_PARENT_PID, Date.now()].join(" ")}\\n\`,
  );
const round = () => BigInt(readFileSync(process.env.MESH_TEST_ROUND ?? "", "utf8"));
const most = async (...inputs: AsyncIterable<{ v: bigint }>[]) => {
  let found = -1n;
  for (const input of inputs) for await (const { v } of input) if (BigInt(v) > found) found = BigInt(v);
  return found + 1n;
};
void round; void most;
export default defineModel({
  columns: { v: "bigint" },
  deps: { ${deps} },
  async *rows({ a, b }: { a: AsyncIterable<{ v: bigint }>; b: AsyncIterable<{ v: bigint }> }) {
    note("begin");
    const v = ${value};
    ${busy ? `for (const end = Date.now() + ${ms}; Date.now() < end; );` : `await new Promise((done) => setTimeout(done, ${ms}));`}
    void a; void b;
    yield { v };
    note("end");
  },
});
`;

export interface GraphShape {
  readonly layers: number;
  readonly width: number;
  /** How long a TypeScript model takes at least. */
  readonly ms?: number;
  readonly busy?: boolean;
  /** Every so many-th layer is TypeScript, which takes notes; the rest is SQL. The first always is. */
  readonly notedEvery?: number;
  /** Of each layer the first two models are in the pool `one`, the next three in `two`; see `POOLS`. */
  readonly pooled?: boolean;
}

/** Layers in which every model reads two of the layer above and adds one: a child of another round than its parents shows by its value. */
export function notedGraph({ layers, width, ms = 0, busy = false, notedEvery = 1, pooled = false }: GraphShape) {
  const files: Record<string, string> = {};
  const name = (layer: number, i: number) => `m${layer}_${i % width}`;
  for (let layer = 0; layer < layers; layer++)
    for (let i = 0; i < width; i++) {
      const [a, b] = [name(layer - 1, i), name(layer - 1, i + 1)];
      const noted = layer % notedEvery === 0;
      files[`projects/shop/models/${name(layer, i)}.${noted ? "ts" : "sql"}`] =
        layer === 0
          ? notedModel(ms, busy)
          : noted
            ? notedModel(ms, busy, `a: ref("${a}"), b: ref("${b}")`, "await most(a, b)")
            : `{{ config(materialized='table') }}
select greatest(a.v, b.v) + 1 as v from {{ ref('${a}') }} a, {{ ref('${b}') }} b
`;
    }
  if (!pooled) return files;
  const models = Array.from({ length: layers }, (_, layer) =>
    Array.from({ length: Math.min(width, 5) }, (_, i) => ({
      name: name(layer, i),
      config: { pools: [i < 2 ? "one" : "two"] },
    })),
  );
  return { ...files, "projects/shop/models/pools.yml": JSON.stringify({ version: 2, models: models.flat() }) };
}

/** Every model shows the value that only the given round can have given it. */
export async function expectRound(
  { mesh, env }: ProcessBed,
  { layers, width }: GraphShape,
  round: number,
): Promise<void> {
  const expected = Array.from({ length: layers }, (_, layer) =>
    Array.from({ length: width }, (_, i) => [`m${layer}_${i}`, String(round + layer)]),
  ).flat();
  const selects = expected.map(([model]) => `select '${model}' as model, v from {{ ref('shop', '${model}') }}`);
  const opened = await mesh.open({ env: { ...process.env, ...env } });
  try {
    const { rows } = await opened.show({ inline: selects.join(" union all ") }, expected.length + 1);
    expect(rows.map((row) => row.map(String)).sort()).toEqual(expected.sort());
  } finally {
    await opened.close();
  }
}

/**
 * After everything: the runs ended and are whole, nothing is held, and what `mesh clean` leaves in the warehouse is what the state store knows.
 * Ends the processes of the bed that still run.
 */
export async function expectAllWell(bed: ProcessBed, runs: readonly string[]): Promise<void> {
  for (const run of runs) await expectInvariants(bed.state, run);
  await expectStartsExplained(bed, runs);
  expect((await bed.state.verifyAudit()).intact).toBe(true);
  for (const one of bed.started) {
    one.signalAll("SIGCONT");
    one.signal("SIGTERM");
  }
  await Promise.all(bed.started.map(({ ended }) => ended));
  // Children die with their parents, but not in the same instant.
  for (const endMs = Date.now() + 5_000; bed.survivors().length > 0 && Date.now() < endMs; ) await wait(50);
  expect(bed.survivors(), "processes that outlived their parents").toEqual([]);
  const { code, stdout, stderr } = await runMeshHere(bed.mesh.root, ["clean"], bed.env);
  expect(code, stdout + stderr).toBe(0);
  const builds = await bed.state.listBuilds({ statuses: ["building", "built", "passed", "rejected"] });
  // A build with the rows of the one before shares its files, in that one's folder.
  const claimed = new Set(builds.flatMap((build) => [build.id, ...filesOf(build).flatMap((path) => path.split("/"))]));
  expect(
    (await buildFolders(bed.mesh.root)).filter((id) => !claimed.has(id)),
    "folders that no build claims",
  ).toEqual([]);
  const shown = await bed.state.getBuilds([...(await bed.state.published()).values()].map(({ buildId }) => buildId));
  const missing = [...shown.values()].flatMap((build) =>
    filesOf(build).filter((path) => !existsSync(join(bed.mesh.root, "wh", path))),
  );
  expect(missing, "files of published builds that are not there").toEqual([]);
}

const filesOf = ({ data }: BuildRecord) => (data?.kind === "files" ? data.files.map(({ path }) => path) : []);

async function buildFolders(root: string): Promise<readonly string[]> {
  const builds = join(root, "wh", "builds");
  const below = async (path: string) => (await readdir(path).catch(() => [])).map((name) => join(path, name));
  const models = (await Promise.all((await below(builds)).map(below))).flat();
  return (await Promise.all(models.map(below))).flat().map((path) => decodeURIComponent(path.split("/").at(-1) ?? ""));
}

/** What the models noted outside the state store: nothing began that is no attempt of the worker it began in. */
async function expectStartsExplained(bed: ProcessBed, runs: readonly string[]): Promise<void> {
  const attempts = (await Promise.all(runs.map((run) => bed.state.listAttempts(run)))).flat();
  expect(unexplainedStarts(attempts, await bed.notes()), "models that began without an attempt").toEqual([]);
}

/** Of each model in each worker: how much more often it noted its beginning than the worker had an attempt at it. */
export function unexplainedStarts(
  attempts: readonly Pick<AttemptRecord, "task" | "worker">[],
  notes: readonly Note[],
): readonly string[] {
  const explained = new Map<string, number>();
  const count = (what: string, by: number) => explained.set(what, (explained.get(what) ?? 0) + by);
  for (const { task, worker } of attempts)
    count(`${task.slice(task.lastIndexOf(".") + 1)} in ${pidOfWorker(worker)}`, 1);
  for (const { model, what, parent } of notes) if (what === "begin") count(`${model} in ${parent}`, -1);
  return [...explained].flatMap(([what, left]) => (left < 0 ? [`${what}: ${-left} times too often`] : []));
}

/** Ids of processes are `host.pid.random`. */
export const pidOfWorker = (worker: string) => Number(worker.split(".").at(-2));

/** Of every published build. */
export async function expectFilesOfPublished({ state, mesh }: ProcessBed): Promise<void> {
  const shown = [...(await state.published()).values()].map(({ buildId }) => buildId);
  for (const build of (await state.getBuilds(shown)).values())
    for (const { path } of build.data?.kind === "files" ? build.data.files : [])
      await access(join(mesh.root, "wh", path));
}
