// `mesh run` over the demo is killed at random instants: what is published stays whole, and the next run goes on.
import { createHash } from "node:crypto";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { readFooter } from "../../core/rows/index.ts";
import { openState } from "../../core/state/index.ts";
import { fillStores, type StoreAddresses } from "../../demo/fill-stores.ts";
import { ensureBuilt } from "../support/built-cli.ts";
import { startPostgres } from "../support/database-servers.ts";
import { LONG } from "../support/fault-checks.ts";
import { type Reader, startReader } from "../support/readers.ts";
import { runMesh, runMeshHere, startMesh } from "../support/temp-mesh.ts";

const KILLS = LONG ? 60 : 4;
vi.setConfig({ testTimeout: LONG ? 3_600_000 : 600_000 });
const OPTIONS = {
  flights: 3_000,
  customers: 300,
  bookings: 1_000,
  keep: false,
  fresh: false,
  mariadb: false,
  help: false,
};
const REPOSITORY = join(import.meta.dirname, "../..");

let root: string;
let server: Awaited<ReturnType<typeof startPostgres>>;
let stores: StoreAddresses;
let env: Record<string, string>;
const readers: Reader[] = [];

beforeAll(async () => {
  await ensureBuilt();
  root = await mkdtemp(join(tmpdir(), "mesh-kill-"));
  for (const part of ["projects", "macros", "mesh.config.ts"])
    await cp(join(REPOSITORY, part), join(root, part), { recursive: true });
  server = await startPostgres();
  stores = { postgresUrlOf: server.urlOf, catalogFile: join(root, "catalog.db") };
  env = {
    FLIGHTS_DB_URL: server.urlOf("flights_db"),
    CUSTOMERS_DB_URL: server.urlOf("customers_db"),
    BOOKINGS_DB_URL: server.urlOf("bookings_db"),
    PAYMENTS_DB_URL: server.urlOf("payments_db"),
    CATALOG_DB_FILE: stores.catalogFile,
    MESH_PROTECT_KEY: createHash("sha256").update("a key for tests").digest("hex"),
  };
  await oneDayFurther();
}, 120_000);

afterAll(async () => {
  for (const reader of readers) await reader.stop();
  await server?.stop();
  await rm(root, { recursive: true, force: true });
});

const oneDayFurther = () => fillStores(stores, root, OPTIONS, () => undefined);
const warehouse = () => join(root, ".mesh/warehouse");
const servingFile = (project: string) => join(warehouse(), `serving/${project}.duckdb`);

/** A fixed sequence for a seed, so that a failure can be repeated. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Every published build passed its tests and each of its files holds the rows that were recorded, by its own footer. */
async function checkPublished(): Promise<number> {
  const state = await openState({ kind: "sqlite", path: join(root, ".mesh/state.db") });
  try {
    const publications = [...(await state.published()).values()];
    const builds = await state.getBuilds(publications.map((publication) => publication.buildId));
    for (const { model, buildId } of publications) {
      const build = builds.get(buildId);
      expect(build?.status, model).toBe("passed");
      if (build?.data?.kind !== "files") continue;
      for (const file of build.data.files)
        expect((await readFooter(join(warehouse(), file.path))).rows, `${model}: ${file.path}`).toBe(file.rows);
    }
    return publications.length;
  } finally {
    await state.close();
  }
}

/** Folders of builds that are physically there. */
async function physicalBuilds(): Promise<readonly string[]> {
  const entries = await readdir(join(warehouse(), "builds"), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return [...new Set(files.map((file) => file.split("/").at(-2) ?? ""))];
}

it(`survives ${KILLS} kills: published tables stay the last complete builds, readers see no error, the next run succeeds, nothing is left over`, async () => {
  const seed = Number(process.env.MESH_FAULT_SEED ?? 20261123);
  const random = randomNumbers(seed);
  const started = performance.now();
  const first = await runMesh(root, ["run", "--quiet"], env);
  expect(first.stderr + first.stdout).not.toMatch(/error\[/);
  expect(first.code, first.stderr + first.stdout).toBe(0);
  // Of the last run that was not killed: the machine may have had more to do before.
  let wholeRunMs = performance.now() - started;
  const published = await checkPublished();
  readers.push(
    startReader(servingFile("bookings"), "select count(*) from daily_bookings"),
    startReader(servingFile("finance"), "select count(*) from revenue_by_route"),
  );
  const allReadAgain = () => Promise.all(readers.map((reader) => reader.readAgain()));
  await allReadAgain();

  let killed = 0;
  let finished = 0;
  while (killed < KILLS && killed + finished < KILLS * 3) {
    await oneDayFurther();
    const begun = performance.now();
    const child = startMesh(root, ["run", "--quiet"], env);
    await Promise.race([child.done, new Promise((resolve) => setTimeout(resolve, random() * wholeRunMs))]);
    child.kill("SIGKILL");
    const { signal, code, stderr } = await child.done;
    if (signal === "SIGKILL") killed++;
    else {
      expect(code, stderr).toBe(0);
      finished++;
      wholeRunMs = performance.now() - begun;
    }
    expect(await checkPublished()).toBe(published);
    await allReadAgain();
  }
  console.log(
    `kill-run: seed ${seed}, ${killed} runs killed, ${finished} finished before the kill, a whole run takes ${Math.round(wholeRunMs)} ms`,
  );
  expect(killed).toBeGreaterThanOrEqual(KILLS);

  const last = await runMeshHere(root, ["run", "--quiet"], env);
  expect(last.code, last.stderr).toBe(0);
  expect(await checkPublished()).toBe(published);
  await allReadAgain();
  const cleaned = await runMeshHere(root, ["clean"], env);
  expect(cleaned.code, cleaned.stderr).toBe(0);

  const state = await openState({ kind: "sqlite", path: join(root, ".mesh/state.db") });
  const known = new Set(
    (await state.listBuilds({ statuses: ["passed"] })).flatMap((build) =>
      build.data?.kind === "files" ? build.data.files.map((file) => file.path.split("/").at(-2)) : [build.id],
    ),
  );
  expect((await state.listRuns({ status: "running" })).length).toBe(0);
  await state.close();
  expect((await physicalBuilds()).filter((id) => !known.has(id))).toEqual([]);

  await allReadAgain();
  for (const { seen } of readers) expect(seen.errors).toEqual([]);
});
