// The files of deployments where models run: found by their paths, whole whatever happens, loaded with all that they import.
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  loadDeployed,
  loadDeploymentSet,
  materialiseFiles,
  removeMaterialised,
  rootOf,
} from "../../core/deploy/index.ts";
import { loadTypescriptModel } from "../../core/project/index.ts";
import { openState, type StateLocation, type StateStore } from "../../core/state/index.ts";
import { contentOf, type MadeDeployment, newDeployment } from "../support/new-deployment.ts";
import { withTempMesh } from "../support/temp-mesh.ts";
import { startTypeScript } from "../support/typescript-child.ts";

const BY = { actor: "ana", via: "cli" } as const;

describe("files of a deployment", () => {
  let folder: string;
  let location: StateLocation;
  let state: StateStore;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mesh-deployed-"));
    location = { kind: "sqlite", path: join(folder, "state.db") };
    state = await openState(location);
    await state.migrate();
  });
  afterAll(async () => {
    await state.close();
    await rm(folder, { recursive: true });
  });

  const record = async (made: MadeDeployment) => {
    const change = { by: BY, after: (await state.currentDeployments()).sequence };
    await state.recordDeployments([made.deployment], change, contentOf([made]));
    return made.deployment;
  };
  const manyFiles = (count: number) =>
    newDeployment(
      "shop",
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`seeds/s${i}.csv`, `content ${i}`])),
    );
  const isWhole = async (root: string, { deployment, contents }: MadeDeployment) => {
    const place = rootOf(root, deployment);
    for (const [path, content] of Object.entries(contents))
      if ((await readFile(join(place, path), "utf8").catch(() => undefined)) !== content) return false;
    return true;
  };
  const siblings = async (root: string) => readdir(join(root, ".mesh", "deployments", "shop")).catch(() => []);

  it("are written once, and what somebody removed or cut is written again", async () => {
    const root = join(folder, "once");
    const made = manyFiles(3);
    await record(made);
    let reads = 0;
    const counted = {
      readDeploymentFile: (hash: string) => {
        reads++;
        return state.readDeploymentFile(hash);
      },
    };
    await materialiseFiles(root, [made.deployment], counted);
    await materialiseFiles(root, [made.deployment], counted);
    expect(reads).toBe(3);
    expect(await isWhole(root, made)).toBe(true);
    await rm(join(rootOf(root, made.deployment), "projects/shop/seeds/s1.csv"));
    await writeFile(join(rootOf(root, made.deployment), "projects/shop/seeds/s2.csv"), "con");
    await materialiseFiles(root, [made.deployment], counted);
    expect(reads).toBe(5);
    expect(await isWhole(root, made)).toBe(true);
  });

  it("are written by several processes at once without a trace of it", async () => {
    const root = join(folder, "at-once");
    const made = manyFiles(40);
    const { id } = await record(made);
    const children = Array.from({ length: 4 }, () =>
      startTypeScript("./materialise-child.ts", [JSON.stringify(location), root, id]),
    );
    for (const { ended } of children) expect(await ended).toMatchObject({ code: 0 });
    expect(await isWhole(root, made)).toBe(true);
    expect(await siblings(root)).toEqual([id]);
  });

  it("are whole or absent after a kill at any instant", async () => {
    let kills = 0;
    for (const lines of [1, 30, 59]) {
      const root = join(folder, `kill-${lines}`);
      const made = manyFiles(60);
      const { id } = await record(made);
      const child = startTypeScript("./materialise-child.ts", [JSON.stringify(location), root, id]);
      await child.untilLines(lines);
      child.process.kill("SIGKILL");
      if ((await child.ended).signal === "SIGKILL") kills++;
      if (existsSync(rootOf(root, made.deployment))) expect(await isWhole(root, made)).toBe(true);
      await materialiseFiles(root, [made.deployment], state);
      expect(await isWhole(root, made)).toBe(true);
    }
    console.log(`killed ${kills} processes that wrote files of deployments`);
    expect(kills).toBeGreaterThan(0);
  });

  it("that are lost or damaged in the state store are told, and nothing half is left", async () => {
    const root = join(folder, "lost");
    const made = newDeployment("shop", { "seeds/a.csv": "a" });
    await record(made);
    const failing = (content: string | undefined) =>
      materialiseFiles(root, [made.deployment], {
        readDeploymentFile: async () => (content === undefined ? undefined : Buffer.from(content)),
      });
    await expect(failing(undefined)).rejects.toMatchObject({
      code: "deploy/file-lost",
      message: expect.stringContaining("is missing"),
    });
    await expect(failing("other")).rejects.toMatchObject({ message: expect.stringContaining("is damaged") });
    expect(await siblings(root)).toEqual([]);
  });

  it("of deployments that were removed go; a folder that is being written stays, and what another state store knows", async () => {
    const root = join(folder, "sweep");
    const [gone, kept] = [manyFiles(1), manyFiles(1)];
    for (const one of [gone, kept]) await record(one);
    await record(newDeployment("shop"));
    const foreign = manyFiles(1);
    await materialiseFiles(root, [kept.deployment, gone.deployment], state);
    await materialiseFiles(root, [foreign.deployment], { readDeploymentFile: async () => Buffer.from("content 0") });
    await mkdir(`${rootOf(root, gone.deployment)}.x.tmp`);
    const abandoned = `${rootOf(root, gone.deployment)}.y.tmp`;
    await mkdir(abandoned);
    await utimes(abandoned, 1, 1);
    expect(await removeMaterialised(root, state)).toBe(1);
    expect(await state.removeDeployments({ newest: 1, inUse: [kept.deployment.id] })).toContain(gone.deployment.id);
    const [one, other] = await Promise.all([removeMaterialised(root, state), removeMaterialised(root, state)]);
    expect(one + other, "once, however many processes do it").toBe(1);
    expect(await removeMaterialised(root, state)).toBe(0);
    expect(new Set(await siblings(root))).toEqual(
      new Set([kept.deployment.id, foreign.deployment.id, `${gone.deployment.id}.x.tmp`]),
    );
  });

  it("of a deployment recorded and unpacked while others are being removed stay, whenever that happens", async () => {
    const root = join(folder, "between");
    const gone = manyFiles(1);
    await record(gone);
    await materialiseFiles(root, [gone.deployment], state);
    for (let i = 0; i < 2; i++) await record(newDeployment("shop"));
    await state.removeDeployments({ newest: 1, inUse: [] });
    const unpackOne = async () => {
      const made = manyFiles(2);
      await record(made);
      await materialiseFiles(root, [made.deployment], state);
      return made;
    };
    const unpacked: MadeDeployment[] = [];
    const removed = await removeMaterialised(root, {
      async removedDeployments(ids) {
        unpacked.push(await unpackOne());
        const answer = await state.removedDeployments(ids);
        unpacked.push(await unpackOne());
        return answer;
      },
    });
    expect([removed, unpacked.length]).toEqual([1, 2]);
    for (const made of unpacked) expect(await isWhole(root, made)).toBe(true);
    expect(existsSync(rootOf(root, gone.deployment))).toBe(false);
  });
});

const MODEL = `import { defineModel, ref } from "mesh-elt";
import type { Rate } from "../../lib/types.ts";
import rates from "./rates.json";
import { double } from "../../lib/double.ts";
import { round } from "rounding";
import { down } from "#down";
import { join } from "node:path";
const [extra, folder] = [new URL("./extra.txt", import.meta.url), new URL("./", import.meta.url)];
export default defineModel({
  columns: { id: "integer", rate: "double", note: "varchar" },
  deps: { raw: ref("raw") },
  async *rows({ vars }) {
    const { readFile } = await import("node:fs/promises");
    const { late } = await import("../../lib/late.ts");
    const note = (await readFile(extra, "utf8")).trim() + join("/", late) + vars.word;
    yield { id: 1, rate: round(double(rates.eur)), note: down(note) };
  },
});
`;
const FILES = {
  "node_modules/rounding/package.json": '{ "name": "rounding", "version": "1.0.0", "main": "index.js" }',
  "node_modules/rounding/index.js": "exports.round = (value) => Math.round(value);",
  "node_modules/lowering/package.json": '{ "name": "lowering", "version": "1.0.0", "main": "index.js" }',
  "node_modules/lowering/index.js": "exports.down = (text) => text.toLowerCase();",
  // What runs the models gives them mesh itself, whatever is installed beside them.
  "projects/fx/node_modules/mesh-elt/package.json": '{ "name": "mesh-elt", "version": "1.0.0", "main": "index.js" }',
  "projects/fx/node_modules/mesh-elt/index.js": "exports.defineModel = () => undefined;",
  "projects/fx/package.json": '{ "imports": { "#down": "lowering" } }',
  "projects/fx/project.yml": "name: fx\nowner: { team: fx, email: fx@example.com }\nvars: { word: '!' }\n",
  "projects/fx/seeds/raw.csv": "id\n1\n",
  "projects/fx/seeds/seeds.yml": "version: 2\n",
  "projects/fx/models/marts/converted.ts": MODEL,
  "projects/fx/lib/types.ts": "export interface Rate { readonly eur: number }\n",
  "projects/fx/lib/late.ts": 'export const late = "LATE";\n',
  "projects/fx/models/marts/rates.json": '{ "eur": 1.4 }',
  "projects/fx/models/marts/extra.txt": "extra\n",
  "projects/fx/lib/double.ts": 'import { TWO } from "#two";\nexport const double = (value: number) => value * TWO;\n',
  "projects/fx/lib/package.json": '{ "imports": { "#two": "./two.ts" } }',
  "projects/fx/lib/two.ts": "export const TWO = 2;\n",
  "projects/fx/lib/unused.ts": "export const unused = 1;\n",
};

describe("TypeScript models", () => {
  it("are deployed with all that they import, and load where only that is", () =>
    withTempMesh(FILES, async ({ open, root }) => {
      // A folder may have several names.
      await symlink(root, join(root, "link"));
      const mesh = await open({ cwd: join(root, "link") });
      const result = await mesh.deploy({ by: BY });
      expect(result.projects.flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
      const state = await mesh.state();
      const { manifest, deployments } = await loadDeployed(state);
      const deployment = deployments.get("fx");
      expect(deployment?.vars).toEqual({ word: "!" });
      expect(deployment?.files.map(({ path }) => path)).toEqual([
        "projects/fx/lib/double.ts",
        "projects/fx/lib/late.ts",
        "projects/fx/lib/package.json",
        "projects/fx/lib/two.ts",
        "projects/fx/models/marts/converted.ts",
        "projects/fx/models/marts/extra.txt",
        "projects/fx/models/marts/rates.json",
        "projects/fx/package.json",
        "projects/fx/seeds/raw.csv",
      ]);

      // A worker's folder: its configuration and installed packages, no project.
      const worker = await mkdtemp(join(tmpdir(), "mesh-worker-"));
      try {
        await cp(join(root, "node_modules"), join(worker, "node_modules"), { recursive: true });
        await rm(join(root, "projects"), { recursive: true });
        await materialiseFiles(worker, deployments.values(), state);
        const place = rootOf(worker, deployment ?? { id: "", project: "" });
        const file = manifest.models["fx.converted"]?.location.file ?? "";
        const model = await loadTypescriptModel(place, file);
        const rows: unknown[] = [];
        const input = { signal: new AbortController().signal, isIncremental: false, vars: deployment?.vars ?? {} };
        for await (const row of model.rows(input)) rows.push(row);
        expect(rows).toEqual([{ id: 1, rate: 3, note: "extra/late!" }]);
        const seed = manifest.models["fx.raw"]?.location.file ?? "";
        expect(await readFile(join(place, seed), "utf8")).toBe("id\n1\n");
        // Loading twice, and again after files were checked, changes nothing.
        await materialiseFiles(worker, deployments.values(), state);
        await loadTypescriptModel(place, file);
      } finally {
        await rm(worker, { recursive: true });
      }
    }));

  it("are deployed with the folders that they name and all that is in them, save packages and what is hidden", () =>
    withTempMesh(
      {
        "node_modules/rounding/package.json": '{ "name": "rounding", "version": "1.0.0", "main": "index.js" }',
        "node_modules/rounding/places.txt": "2",
        "projects/fx/data/2024/a.json": '{ "eur": 1 }',
        "projects/fx/data/2024/parse.ts": 'export { two } from "../../lib/two.ts";\n',
        "projects/fx/data/b.json": '{ "eur": 2 }',
        "projects/fx/data/.secret": "x",
        "projects/fx/data/node_modules/x/index.js": "",
        "projects/fx/lib/two.ts": "export const two = 2;\n",
        "projects/fx/lib/unused.ts": "",
        "projects/fx/models/marts/beside.txt": "beside",
        "projects/fx/models/marts/converted.ts": `import { defineModel } from "mesh-elt";
const data = new URL("../../data", import.meta.url);
const here = new URL(".", import.meta.url);
export default defineModel({
  columns: { id: "integer", note: "varchar" },
  async *rows() {
    const { readdir, readFile } = await import("node:fs/promises");
    const names = (await readdir(data, { recursive: true })).sort().join();
    const { two } = await import(new URL("../../data/2024/parse.ts", import.meta.url).href);
    const places = await readFile(new URL(import.meta.resolve("rounding/places.txt")), "utf8");
    yield { id: two, note: names + (await readFile(new URL("beside.txt", here), "utf8")) + places };
  },
});
`,
      },
      async ({ open, root, write }) => {
        const mesh = await open();
        const result = await mesh.deploy({ by: BY });
        expect(result.projects.flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
        const state = await mesh.state();
        const { deployments } = await loadDeployed(state);
        const deployment = deployments.get("fx");
        expect(deployment?.files.map(({ path }) => path)).toEqual([
          "projects/fx/data/2024/a.json",
          "projects/fx/data/2024/parse.ts",
          "projects/fx/data/b.json",
          "projects/fx/lib/two.ts",
          "projects/fx/models/marts/beside.txt",
          "projects/fx/models/marts/converted.ts",
        ]);
        await materialiseFiles(root, deployments.values(), state);
        const place = rootOf(root, deployment ?? { id: "", project: "" });
        const model = await loadTypescriptModel(place, "projects/fx/models/marts/converted.ts");
        const rows: unknown[] = [];
        const input = { signal: new AbortController().signal, isIncremental: false, vars: {} };
        for await (const row of model.rows(input)) rows.push(row);
        expect(rows).toEqual([{ id: 2, note: "2024,2024/a.json,2024/parse.ts,b.jsonbeside2" }]);
        await write({ "projects/fx/data/2024/c.json": "{}" });
        expect((await (await open()).deploy({ by: BY })).projects).toMatchObject([{ status: "deployed" }]);
      },
    ));

  it("are deployed anew when a file that they import changed, or a variable that they see", () =>
    withTempMesh(FILES, async ({ open, write }) => {
      const status = async () => (await (await open()).deploy({ by: BY })).projects.map((one) => one.status);
      expect(await status()).toEqual(["deployed"]);
      expect(await status()).toEqual(["unchanged"]);
      await write({ "projects/fx/lib/unused.ts": "export const unused = 2;\n" });
      expect(await status()).toEqual(["unchanged"]);
      await write({ "projects/fx/lib/two.ts": "export const TWO = 3;\n" });
      expect(await status()).toEqual(["deployed"]);
      await write({ "projects/fx/project.yml": FILES["projects/fx/project.yml"].replace("'!'", "'?'") });
      expect(await status()).toEqual(["deployed"]);
    }));

  it("that import what would not be there are refused, with the file", () =>
    withTempMesh(
      {
        "projects/fx/models/a.ts": `import { defineModel } from "mesh-elt";
import { own } from "own";
export default defineModel({ columns: { id: "integer" }, *rows() { yield { id: own }; } });
`,
        "projects/fx/node_modules/own/package.json": '{ "name": "own", "version": "1.0.0", "main": "index.js" }',
        "projects/fx/node_modules/own/index.js": "exports.own = 1;",
      },
      async ({ open, write, root }) => {
        const problem = async () => {
          const [outcome] = (await (await open()).deploy({ by: BY })).projects;
          expect(outcome?.status).toBe("broken");
          return outcome?.diagnostics.map(({ code, location }) => `${code} ${location?.file}`);
        };
        expect(await problem()).toEqual(["deploy/import-not-shared projects/fx/models/a.ts"]);
        const outside = `${root}-outside.ts`;
        await writeFile(outside, "export const own = 1;\n");
        await write({
          "projects/fx/models/a.ts": `import { defineModel } from "mesh-elt";
import { own } from ${JSON.stringify(outside)};
export default defineModel({ columns: { id: "integer" }, *rows() { yield { id: own }; } });
`,
        });
        expect(await problem()).toEqual(["deploy/import-outside projects/fx/models/a.ts"]);
        const reading = (path: string) => ({
          "projects/fx/models/a.ts": `import { defineModel } from "mesh-elt";
const other = new URL(${JSON.stringify(path)}, import.meta.url);
export default defineModel({ columns: { id: "integer" }, *rows() { yield { id: other.href.length }; } });
`,
        });
        await write(reading(`../../../../${basename(outside)}`));
        expect(await problem()).toEqual(["deploy/import-outside projects/fx/models/a.ts"]);
        await rm(outside);
        await write({ ...reading("./large.bin"), "projects/fx/models/large.bin": "" });
        await truncate(join(root, "projects/fx/models/large.bin"), 64 * 1024 * 1024 + 1);
        expect(await problem()).toEqual(["deploy/file-too-large projects/fx/models/large.bin"]);
        await truncate(join(root, "projects/fx/models/large.bin"));
        await write(Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`projects/fx/many/${i}.txt`, ""])));
        await write(reading("../many/"));
        expect(await problem()).toEqual(["deploy/folder-too-large projects/fx/models/a.ts"]);
        await write(reading("../../../.."));
        expect(await problem()).toEqual(["deploy/import-outside projects/fx/models/a.ts"]);
        await write(reading("../node_modules/own/index.js"));
        expect(await problem()).toEqual(["deploy/import-by-path projects/fx/models/a.ts"]);
        await write({
          "projects/fx/models/a.ts": `import { defineModel } from "mesh-elt";
import { own } from "../node_modules/own/index.js";
export default defineModel({ columns: { id: "integer" }, *rows() { yield { id: own }; } });
`,
        });
        expect(await problem()).toEqual(["deploy/import-by-path projects/fx/models/a.ts"]);
      },
    ));
});

describe("what is deployed", () => {
  const PROJECT = (cron: string) =>
    `name: shop\nowner: { team: shop, email: s@example.com }\nschedules: { hourly: { cron: "${cron}", timezone: UTC } }\n`;

  it("is the same object while nothing changes; a run that began keeps its graph when a node goes, an edge comes and a cron changes", () =>
    withTempMesh(
      {
        "projects/shop/project.yml": PROJECT("5 * * * *"),
        "projects/shop/seeds/raw.csv": "id\n1\n",
        "projects/shop/models/a.sql": "select * from {{ ref('raw') }}\n",
        "projects/shop/models/b.sql": "select * from {{ ref('a') }}\n",
        "projects/other/models/one.sql": "select 1 as one\n",
      },
      async ({ open, write, root }) => {
        const mesh = await open();
        await mesh.deploy({ by: BY });
        const state = await mesh.state();
        const first = await loadDeployed(state);
        expect(await loadDeployed(state)).toBe(first);
        const ids = [...first.deployments.values()].map(({ id }) => id);
        await materialiseFiles(root, first.deployments.values(), state);

        await rm(join(root, "projects/shop/models/b.sql"));
        await write({
          "projects/shop/project.yml": PROJECT("10 * * * *"),
          "projects/shop/seeds/raw.csv": "id\n2\n",
          "projects/shop/models/c.sql": "select * from {{ ref('raw') }}\n",
          "projects/shop/models/a.sql": "select * from {{ ref('c') }}\n",
        });
        await (await open()).deploy({ by: BY });

        const next = await loadDeployed(state);
        expect(next).not.toBe(first);
        expect(Object.keys(next.manifest.models)).toEqual(["other.one", "shop.a", "shop.c", "shop.raw"]);
        expect(next.manifest.models["shop.a"]?.dependsOn.models).toEqual(["shop.c"]);
        expect(next.manifest.projects.shop?.schedules.hourly?.cron).toBe("10 * * * *");

        const inFlight = await loadDeploymentSet(state, [...ids].reverse());
        expect(inFlight).toBe(first);
        // Another process, which has never seen it.
        const elsewhere = await openState({ kind: "sqlite", path: join(root, "state.db") });
        const reread = await loadDeploymentSet(elsewhere, ids);
        expect(reread.manifest).toEqual(first.manifest);
        expect(Object.keys(reread.manifest.models)).toEqual(["other.one", "shop.a", "shop.b", "shop.raw"]);
        expect(reread.manifest.models["shop.a"]?.dependsOn.models).toEqual(["shop.raw"]);
        expect(reread.manifest.projects.shop?.schedules.hourly?.cron).toBe("5 * * * *");
        await elsewhere.close();
        const seedOf = async ({ deployments, manifest }: typeof first) => {
          await materialiseFiles(root, deployments.values(), state);
          const place = rootOf(root, deployments.get("shop") ?? { id: "", project: "" });
          return readFile(join(place, manifest.models["shop.raw"]?.location.file ?? ""), "utf8");
        };
        expect([await seedOf(first), await seedOf(next)]).toEqual(["id\n1\n", "id\n2\n"]);
      },
    ));

  it("that is gone is told, and what replaced it is taken", () =>
    withTempMesh({ "projects/one/models/a.sql": "select 1 as a\n" }, async ({ open }) => {
      const state = await (await open()).state();
      expect((await loadDeployed(state)).manifest.models).toEqual({});
      await expect(loadDeploymentSet(state, ["no-such"])).rejects.toMatchObject({ code: "deploy/gone" });
      let asked = 0;
      const replaced = { sequence: 1, ids: new Map([["one", "no-such"]]) };
      const current: StateStore["currentDeployments"] = async () =>
        asked++ === 0 ? replaced : state.currentDeployments();
      const { ids } = await loadDeployed({ ...state, currentDeployments: current });
      expect([asked, ids]).toEqual([2, {}]);
    }));
});
