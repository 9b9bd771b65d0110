// The DuckDB adapter: the conformance suite, and the faults only a folder of files has.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmdirSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { MeshError } from "../../core/errors/index.ts";
import type { Build } from "../../core/manifest/index.ts";
import { createId, identityOf } from "../../core/util/index.ts";
import { createEngine } from "../../core/warehouse/duckdb/engine.ts";
import { createDuckdbWarehouse } from "../../core/warehouse/duckdb/index.ts";
import type { Layout } from "../../core/warehouse/duckdb/layout.ts";
import { openStagingFolder } from "../../core/warehouse/duckdb/staging-folder.ts";
import type { Warehouse } from "../../core/warehouse/index.ts";
import { testWarehouse, type WithWarehouse } from "../conformance/warehouse.ts";
import { testParts } from "../conformance/warehouse-parts.ts";
import { startReader } from "../support/readers.ts";
import { startTypeScript } from "../support/typescript-child.ts";

const withWarehouse: WithWarehouse = async (use) => {
  const folder = await mkdtemp(join(tmpdir(), "mesh-warehouse-"));
  const path = join(folder, "warehouse [1]=x");
  const opened: Warehouse[] = [];
  const open = () => {
    const warehouse = createDuckdbWarehouse({ path, threads: 2, memoryLimit: "1GB" });
    opened.push(warehouse);
    return warehouse;
  };
  try {
    const warehouse = open();
    await warehouse.prepare("state-1");
    await use({
      warehouse,
      another: open,
      readServed: (project, sql) => readServed(warehouse.servingLocation(project), sql),
      scratch: async (name, content) => {
        await writeFile(join(folder, name), content);
        return join(folder, name);
      },
      physical: async () =>
        readdirSync(path, { recursive: true })
          .map(String)
          .filter((entry) => /\.(parquet|duckdb|unfinished|tmp|wal)$/.test(entry))
          .sort(),
    });
  } finally {
    for (const warehouse of opened) await warehouse.close();
    await rm(folder, { recursive: true, force: true });
  }
};

/** Opens the serving file read-only, as another program would. */
async function readServed(file: string, sql: string): Promise<readonly (readonly unknown[])[]> {
  const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
  try {
    const connection = await instance.connect();
    return (await (await connection.run(sql)).getRowsJson()) as unknown[][];
  } finally {
    instance.closeSync();
  }
}

testWarehouse("duckdb", withWarehouse);
testParts("duckdb", withWarehouse);

const orders = { schema: "shop", name: "orders" };

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "mesh-warehouse-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Makes one build of the query; gives the problem when there is one. */
async function build(warehouse: Warehouse, sql: string, id = createId()): Promise<Build | MeshError> {
  const session = await warehouse.openSession({ inputs: new Map(), behindViews: new Map() });
  try {
    const made = { id, model: "shop.orders", relation: orders };
    return { ...made, data: await session.create(made, { kind: "select", sql }) };
  } catch (error) {
    if (error instanceof MeshError) return error;
    throw error;
  } finally {
    await session.close();
  }
}

describe("duckdb: crashes", () => {
  test("a process killed in the middle of a COPY leaves an orphan that is listed and can be dropped, and nothing else", () =>
    withFolder(async (folder) => {
      const warehouse = createDuckdbWarehouse({ path: folder, threads: 1 });
      await warehouse.prepare("state-1");
      let kills = 0;
      for (let i = 0; i < 3; i++) {
        const child = startTypeScript("warehouse-child.ts", [folder, "build"]);
        await child.untilLines(1);
        child.process.kill("SIGKILL");
        kills += (await child.ended).signal === "SIGKILL" ? 1 : 0;
        expect(await warehouse.listBuilds()).toEqual([child.lines[0]]);
        const left = readdirSync(folder, { recursive: true }).map(String);
        expect(left.filter((path) => path.endsWith(".parquet") && !path.includes("tmp_"))).toEqual([]);
        await warehouse.dropBuilds(await warehouse.listBuilds(), new Set());
        expect(await warehouse.listBuilds()).toEqual([]);
      }
      await warehouse.prepare("state-1");
      expect(readdirSync(join(folder, "tmp"))).toEqual([]);
      expect(await build(warehouse, "select 1 as id")).not.toBeInstanceOf(MeshError);
      await warehouse.close();
      console.log(`processes killed in the middle of a COPY: ${kills}`);
      expect(kills).toBe(3);
    }));

  test("rows that a killed process was staging are removed by the next prepare, those of a live one are not", () =>
    withFolder(async (folder) => {
      const warehouse = createDuckdbWarehouse({ path: folder });
      await warehouse.prepare("state-1");
      const [killed, living] = [1, 2].map(() => startTypeScript("warehouse-child.ts", [folder, "stage"]));
      if (!killed || !living) throw new Error("no children");
      await Promise.all([killed.untilLines(1), living.untilLines(1)]);
      killed.process.kill("SIGKILL");
      expect((await killed.ended).signal).toBe("SIGKILL");
      await warehouse.prepare("state-1");
      expect(readdirSync(join(folder, "tmp"))).toEqual([basename(living.lines[0] ?? "")]);
      living.process.kill("SIGKILL");
      await living.ended;
      await warehouse.close();
    }));

  test("what a process killed while publishing left is removed by the next prepare, a live one's is not", () =>
    withFolder(async (folder) => {
      const warehouse = createDuckdbWarehouse({ path: folder });
      await warehouse.prepare("state-1");
      const dead = spawnSync(process.execPath, ["-e", ""]).pid;
      const name = (...owner: readonly (string | number | undefined)[]) =>
        join(folder, "serving", `shop.duckdb.${[...owner, createId()].join("-")}.tmp`);
      const parent = identityOf(process.ppid);
      const own = [parent.host, parent.pid, ...(parent.process === undefined ? [] : [parent.process])];
      // Also with the names that older versions gave.
      const [left, live, lives] = [name(hostname(), dead), name(hostname(), process.ppid), name(...own)];
      for (const path of [left, `${left}.wal`, live, lives]) await writeFile(path, "");
      if (parent.process !== undefined)
        await writeFile(
          name(hostname(), process.ppid, parent.process.replace(/\..*/, ".1")),
          "its number is another's",
        );
      await warehouse.prepare("state-1");
      expect(readdirSync(join(folder, "serving")).sort()).toEqual([basename(live), basename(lives)].sort());
    }));

  test("what belongs to a process that cannot be seen from here is removed once it has not been freshened for an hour", () =>
    withFolder(async (folder) => {
      const warehouse = createDuckdbWarehouse({ path: folder });
      await warehouse.prepare("state-1");
      const [tmp, serving] = [join(folder, "tmp"), join(folder, "serving")];
      const put = async (path: string, minutes: number) => {
        await mkdir(path);
        const at = new Date(Date.now() - minutes * 60_000);
        await utimes(path, at, at);
        return basename(path);
      };
      const hidden = `${hostname()}-${process.pid}-0123456789ab.5k`;
      const fresh = await put(join(tmp, `${hidden}-${createId()}`), 59);
      await put(join(tmp, `${hidden}-${createId()}`), 61);
      await put(join(serving, `shop.duckdb.${hidden}-${createId()}.tmp`), 61);
      // As older versions named and never freshened them; the first only ends like a name of this host's.
      const older = [
        await put(join(serving, `shop.duckdb.my${hostname()}-999999999-${createId()}.tmp`), 600),
        await put(join(serving, `shop.duckdb.elsewhere-${process.pid}-${createId()}.tmp`), 600),
      ];
      await warehouse.prepare("state-1");
      expect(readdirSync(tmp)).toEqual([fresh]);
      expect(readdirSync(serving).sort()).toEqual(older.sort());
    }));

  test("a process freshens its folders each minute, so that those who cannot see it leave them alone", () =>
    withFolder(async (temporary) => {
      vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
      onTestFinished(() => void vi.useRealTimers());
      const engine = createEngine({ temporary });
      const connection = await engine.connect();
      const found = await connection.run("select current_setting('temp_directory')");
      const spill = String((await found.getRows())[0]?.[0]);
      await mkdir(spill);
      const staging = await openStagingFolder({ temporary } as Layout);
      const long = new Date(0);
      for (const path of [spill, staging.path]) await utimes(path, long, long);
      vi.advanceTimersByTime(60_000);
      for (const path of [spill, staging.path])
        await expect.poll(async () => (await stat(path)).mtimeMs, { interval: 5 }).toBeGreaterThan(Date.now() - 60_000);
      connection.close();
      await Promise.all([staging.remove(), engine.close()]);
      expect(vi.getTimerCount()).toBe(0);
    }));
});

describe("duckdb: publishing", () => {
  test("two processes publish while readers look, fresh and held open: no reader sees an error or a mixture", () =>
    withFolder(async (folder) => {
      const warehouse = createDuckdbWarehouse({ path: folder });
      await warehouse.prepare("state-1");
      const first = (await build(warehouse, "select 'first' as writer, 0 as n")) as Build;
      await warehouse.publish("shop", [{ relation: orders, build: first }], new Map(), 1);
      const file = warehouse.servingLocation("shop");
      const held = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
      const holding = await held.connect();

      const query = "select string_agg(writer || '/' || n || '/' || build_id, ',') from orders, _mesh.publications";
      const readers = [0, 1].map(() => startReader(file, query));
      onTestFinished(async () => void (await Promise.all(readers.map((reader) => reader.stop()))));
      // The writers go on until each reader has seen enough of them, however the processors are shared.
      let publications = 0;
      do {
        const writers = [0, 1].map(() => startTypeScript("warehouse-child.ts", [folder, "publish", "25"]));
        for (let i = 1; i <= 25; i++) {
          await writers[i % 2]?.untilLines(i);
          expect((await (await holding.run("select writer from orders")).getRows())[0]).toEqual(["first"]);
        }
        for (const writer of writers) expect(await writer.ended).toMatchObject({ code: 0, errors: "" });
        publications += 50;
      } while (readers.some(({ seen }) => seen.reads <= 20 || seen.values.length <= 5));
      for (const { seen } of readers) {
        expect(seen.errors).toEqual([]);
        // One row: the relation and what the file says about itself never belong to different publications.
        expect(seen.values.every((value) => value.split(",").length === 1)).toBe(true);
        console.log(
          `reads while ${publications} publications happened: ${seen.reads}, versions seen: ${seen.values.length}`,
        );
      }
      held.closeSync();
      expect(readdirSync(join(folder, "serving")).sort()).toEqual(["shop.duckdb", "shop.json"]);
      await warehouse.close();
    }));

  test("a serving file and a mark that do not belong together count as nothing served", () =>
    withFolder(async (folder) => {
      const warehouse = createDuckdbWarehouse({ path: folder });
      await warehouse.prepare("state-1");
      const one = (await build(warehouse, "select 1 as id")) as Build;
      const publish = (sequence: number) =>
        warehouse.publish("shop", [{ relation: orders, build: one }], new Map(), sequence);
      await publish(1);
      const mark = await readFile(join(folder, "serving", "shop.json"));
      await publish(2);
      await writeFile(join(folder, "serving", "shop.json"), mark);
      expect(await warehouse.publishedSequence("shop")).toBe(0);
      await writeFile(join(folder, "serving", "shop.json"), "{ half");
      expect(await warehouse.publishedSequence("shop")).toBe(0);
      await publish(3);
      expect(await warehouse.publishedSequence("shop")).toBe(3);
      await rename(folder, `${folder}-moved`);
      const moved = createDuckdbWarehouse({ path: `${folder}-moved` });
      expect(await moved.publishedSequence("shop")).toBe(0);
      await rename(`${folder}-moved`, folder);
      await rm(warehouse.servingLocation("shop"));
      expect(await warehouse.publishedSequence("shop")).toBe(0);
      await warehouse.close();
    }));
});

describe("duckdb: the disk", () => {
  test("a marker of another layout version is refused, and one that is no JSON too", () =>
    withFolder(async (folder) => {
      const warehouse = createDuckdbWarehouse({ path: folder });
      for (const marker of ['{"schemaVersion": 99, "stateId": "x"}', "nonsense", "[]"]) {
        await writeFile(join(folder, "warehouse.json"), marker);
        await expect(warehouse.prepare("x")).rejects.toMatchObject({ code: "warehouse/schema-unknown" });
      }
    }));

  test("a file cut short is told as damaged", () =>
    withFolder(async (folder) => {
      const warehouse = createDuckdbWarehouse({ path: folder });
      await warehouse.prepare("state-1");
      const made = (await build(warehouse, "select i as id from range(100000) t(i)")) as Build;
      const path = join(folder, made.data.kind === "files" ? (made.data.files[0]?.path ?? "") : "");
      await truncate(path, 1000);
      const opening = warehouse.openSession({ inputs: new Map([[made.model, made]]), behindViews: new Map() });
      await expect(opening).rejects.toMatchObject({
        code: "warehouse/build-file-damaged",
        message: expect.stringContaining(path),
      });
      await warehouse.close();
    }));

  test("a query that needs more than the memory limit and the disk's rest is told so", () =>
    withFolder(async (folder) => {
      const warehouse = createDuckdbWarehouse({ path: folder, memoryLimit: "20MB", threads: 1 });
      await warehouse.prepare("state-1");
      // A list of one row cannot be spilled.
      const problem = await build(warehouse, "select list(md5(i::varchar)) as l from range(3000000) t(i)");
      expect(problem).toMatchObject({
        code: "warehouse/out-of-memory",
        message: expect.stringMatching(/limit of 1\d\.\d MiB/),
      });
      expect(await warehouse.listBuilds()).toEqual([]);
      await warehouse.close();
    }));

  const mounted = (options: string) => {
    const folder = mkdtempSync(join(tmpdir(), "mesh-mount-"));
    const done = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
    if (done.status === 0) return folder;
    rmdirSync(folder);
    return undefined;
  };
  const unmount = (folder: string) => {
    spawnSync("umount", ["-l", folder]);
    rmdirSync(folder);
  };

  test("a full disk fails a build and a publish with a code, leaves nothing, and work goes on after", async (context) => {
    const folder = mounted("size=4m");
    if (folder === undefined) return context.skip("this user may not mount a tmpfs");
    const warehouse = createDuckdbWarehouse({ path: folder, threads: 1 });
    try {
      await warehouse.prepare("state-1");
      const big = "select md5(i::varchar) as m, md5((i + 1)::varchar) as n from range(300000) t(i)";
      expect(await build(warehouse, big)).toMatchObject({ code: "warehouse/disk-full", retryable: true });
      const columns = [{ name: "v", type: "VARCHAR" }];
      const noise = async function* () {
        for (let i = 0; i < 200; i++) yield Buffer.from(`${randomBytes(40_000).toString("base64")}\n`);
      };
      const session = await warehouse.openSession({ inputs: new Map(), behindViews: new Map() });
      const landing = session.create(
        { id: createId(), model: "shop.orders", relation: orders },
        { kind: "csv-stream", columns, parts: [{ open: noise }] },
      );
      await expect(landing).rejects.toMatchObject({ code: "warehouse/disk-full" });
      await session.close();
      expect(await warehouse.listBuilds()).toEqual([]);

      const small = (await build(warehouse, "select 1 as id")) as Build;
      await warehouse.publish("shop", [{ relation: orders, build: small }], new Map(), 1);
      const filler = join(folder, "filler");
      await writeFile(filler, Buffer.alloc(4 * 1024 * 1024)).catch(() => undefined);
      await expect(warehouse.publish("shop", [{ relation: orders, build: small }], new Map(), 2)).rejects.toMatchObject(
        { code: "warehouse/disk-full" },
      );
      expect(await readServed(warehouse.servingLocation("shop"), "select id from orders")).toEqual([[1]]);
      expect(await warehouse.publishedSequence("shop")).toBe(1);
      await rm(filler);
      await warehouse.publish("shop", [{ relation: orders, build: small }], new Map(), 3);
      expect(await warehouse.publishedSequence("shop")).toBe(3);
    } finally {
      await warehouse.close();
      unmount(folder);
    }
  });

  test("a read-only warehouse is told as such, by every way of writing", async (context) => {
    const folder = mounted("size=4m");
    if (folder === undefined) return context.skip("this user may not mount a tmpfs");
    const warehouse = createDuckdbWarehouse({ path: folder, threads: 1 });
    try {
      await warehouse.prepare("state-1");
      const made = (await build(warehouse, "select 1 as id")) as Build;
      spawnSync("mount", ["-o", "remount,ro", folder]);
      const problem = { code: "warehouse/not-writable", message: expect.stringContaining(folder) };
      expect(await build(warehouse, "select 1 as id")).toMatchObject(problem);
      await expect(warehouse.publish("shop", [{ relation: orders, build: made }], new Map(), 1)).rejects.toMatchObject(
        problem,
      );
      await expect(warehouse.dropBuilds([made.id], new Set())).rejects.toMatchObject(problem);
      await expect(createDuckdbWarehouse({ path: join(folder, "new") }).prepare("state-1")).rejects.toMatchObject({
        code: problem.code,
      });
      const facts = await warehouse.check();
      expect(facts.find((fact) => !fact.ok)).toMatchObject({
        what: expect.stringContaining("not writable"),
        help: expect.any(String),
      });
    } finally {
      await warehouse.close();
      unmount(folder);
    }
  });
});
