// One broken project, model or test never stops what does not depend on it, and what does is told once, with the cause.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type CompileFolderOptions, compileFolder } from "../support/compile-folder.ts";
import { SHOP_ENV, SHOP_MESH } from "../support/shop-mesh.ts";
import { type TempMesh, withTempMesh } from "../support/temp-mesh.ts";

const ORDERS = "projects/shop/models/orders.sql";
const SHOP_YAML = "projects/shop/models/shop.yml";
const original = (path: string) => SHOP_MESH[path] ?? "";

async function withCompiler(
  files: Readonly<Record<string, string>>,
  use: (mesh: TempMesh, compile: (options?: CompileFolderOptions) => ReturnType<typeof compileFolder>) => Promise<void>,
) {
  await withTempMesh(files, (mesh) =>
    use(mesh, (options = {}) =>
      compileFolder(mesh.root, { env: SHOP_ENV, cacheDir: join(mesh.root, ".mesh/cache"), ...options }),
    ),
  );
}

describe("a broken model, with no version that compiled before", () => {
  const line = {
    "projects/a/models/up.sql": "select 1 as id",
    "projects/a/models/broken.sql": "select idd from {{ ref('up') }}",
    "projects/a/models/broken.yml": "models: [{ name: broken, description: d, config: { access: public } }]\n",
    "projects/a/models/child.sql": "select * from {{ ref('broken') }}",
    "projects/a/models/other.sql": "select * from {{ ref('up') }}",
    "projects/b/models/far.sql": "select * from {{ ref('a', 'broken') }}",
    "projects/b/models/further.sql": "select * from {{ ref('far') }}",
    "projects/b/models/apart.sql": "select 1 as one",
  };

  test("leaves the others compiled, and each one behind it gets exactly one consequence that names the root", async () => {
    await withCompiler(line, async (_mesh, compile) => {
      const { manifest, said, errors } = await compile();
      expect(Object.keys(manifest.models).sort()).toEqual(["a.other", "a.up", "b.apart"]);
      expect(said).toEqual([
        "compile/upstream-broken projects/a/models/child.sql:1",
        "compile/upstream-broken projects/b/models/far.sql:1",
        "compile/upstream-broken projects/b/models/further.sql:1",
        "sql/column-not-found projects/a/models/broken.sql:1",
      ]);
      for (const { code, help } of errors.filter((error) => error.code === "compile/upstream-broken"))
        expect(`${code} ${help}`).toContain("Correct a.broken first (projects/a/models/broken.sql:1)");
    });
  });

  test("whose consequence is no fault of the projects behind it: theirs is not marked stale", async () => {
    await withCompiler(
      { ...line, "projects/a/models/broken.sql": "select id from {{ ref('up') }}" },
      async (mesh, compile) => {
        expect((await compile()).said).toEqual([]);
        await mesh.write({ "projects/a/models/broken.sql": "select idd from {{ ref('up') }}" });
        const { shards, manifest } = await compile();
        expect(shards.filter((shard) => shard.stale).map((shard) => shard.project.name)).toEqual(["a"]);
        expect(Object.keys(manifest.models)).toHaveLength(7);
      },
    );
  });

  test("a project that cannot be read is no reason to say that its models are not public", async () => {
    const unread = {
      ...line,
      "projects/a/models/broken.yml": "models: [",
      "projects/a/models/broken.sql": "select 1 as id",
    };
    await withCompiler(unread, async (_mesh, compile) => {
      const { errors, manifest } = await compile();
      expect(Object.keys(manifest.models)).toEqual(["b.apart"]);
      expect(errors.filter(({ project }) => project === "b").map(({ code }) => code)).toEqual([
        "compile/upstream-broken",
        "compile/upstream-broken",
      ]);
    });
  });

  test("a circle is said once; what reads it is left out", async () => {
    const files = {
      "projects/a/models/one.sql": "select * from {{ ref('two') }}",
      "projects/a/models/two.sql": "select * from {{ ref('one') }}",
      "projects/a/models/three.sql": "select * from {{ ref('two') }}",
      "projects/a/models/four.sql": "select 4 as four",
    };
    await withCompiler(files, async (_mesh, compile) => {
      const { errors, manifest } = await compile();
      expect(errors.filter(({ message }) => /a\.one/.test(message) && /a\.two/.test(message))).not.toEqual([]);
      expect(errors).toHaveLength(2);
      expect(Object.keys(manifest.models)).toEqual(["a.four"]);
    });
  });
});

describe("a project that compiled before", () => {
  const breakages: readonly (readonly [what: string, files: Readonly<Record<string, string>>])[] = [
    ["a wrong column", { [ORDERS]: original(ORDERS).replace("o.id", "o.idd") }],
    ["SQL that does not parse", { [ORDERS]: "select from where" }],
    ["a wrong reference", { [ORDERS]: original(ORDERS).replace("ref('countries')", "ref('lands')") }],
    ["a template that does not parse", { [ORDERS]: "{% if %}" }],
    ["YAML that does not parse", { "projects/shop/models/shop.yml": "models: [" }],
    [
      "an unknown key",
      { "projects/shop/models/shop.yml": original("projects/shop/models/shop.yml").replace("columns:", "colums:") },
    ],
    ["a broken macro", { "projects/shop/macros/clean.sql": "{% macro clean(column) %}" }],
    ["a test that cannot be bound", { "projects/shop/tests/no_future.sql": "select dya from {{ ref('orders') }}" }],
  ];

  test.each(breakages)(
    "%s: its last good version stands in, marked stale; the others go on over it",
    async (_what, files) => {
      await withCompiler(SHOP_MESH, async (mesh, compile) => {
        const good = await compile();
        expect(good.said).toEqual([]);
        await mesh.write({ ...files, "projects/board/models/new.sql": "select 1 as one" });

        const broken = await compile();
        expect(broken.manifest.projects.shop).toMatchObject({ stale: true });
        expect(broken.manifest.projects.sales).not.toHaveProperty("stale", true);
        expect(broken.manifest.models["shop.orders"]).toEqual(good.manifest.models["shop.orders"]);
        expect(broken.manifest.models["sales.daily"]).toEqual(good.manifest.models["sales.daily"]);
        expect(broken.manifest.models["board.new"]).toBeDefined();
        expect(broken.errors.length).toBeGreaterThan(0);
        expect(new Set(broken.errors.map((error) => error.project))).toEqual(new Set(["shop"]));
        expect(broken.manifest.diagnostics.filter(({ code }) => code === "compile/stale-project")).toHaveLength(1);
        expect((await compile()).bytes, "again").toBe(broken.bytes);

        await mesh.write(Object.fromEntries(Object.keys(files).map((path) => [path, original(path)])));
        const healed = await compile();
        expect(healed.said).toEqual([]);
        expect(healed.manifest.models["shop.orders"]).toEqual(good.manifest.models["shop.orders"]);
        expect(healed.manifest.projects.shop).not.toHaveProperty("stale", true);
      });
    },
  );

  test("a change to it has no effect while it is broken, and all of it once it compiles", async () => {
    await withCompiler(SHOP_MESH, async (mesh, compile) => {
      const good = await compile();
      await mesh.write({
        "projects/shop/seeds/countries.csv": "code,name,vat\nES,Spain,22\n",
        "projects/shop/models/bad.sql": "select * from {{ ref('nothing') }}",
      });
      const fingerprint = good.model("shop.countries").fingerprint;
      expect((await compile()).model("shop.countries").fingerprint).toBe(fingerprint);
      await mesh.write({ "projects/shop/models/bad.sql": "select 1 as one" });
      expect((await compile()).model("shop.countries").fingerprint).not.toBe(fingerprint);
    });
  });

  test("a broken state is never remembered as the last good one", async () => {
    await withCompiler(SHOP_MESH, async (mesh, compile) => {
      const good = await compile();
      await mesh.write({ [ORDERS]: "select from" });
      await compile();
      await mesh.write({ [ORDERS]: "{% if %}" });
      expect((await compile()).model("shop.orders")).toEqual(good.model("shop.orders"));
    });
  });

  test("several broken at once each have their stand-in, and one that reads the other still does", async () => {
    await withCompiler(SHOP_MESH, async (mesh, compile) => {
      const good = await compile();
      await mesh.write({ [ORDERS]: "select from", "projects/sales/models/weekly.sql": "select from" });
      const { manifest } = await compile();
      expect(Object.keys(manifest.models)).toEqual(Object.keys(good.manifest.models));
      expect([manifest.projects.shop?.stale, manifest.projects.sales?.stale, manifest.projects.board?.stale]).toEqual([
        true,
        true,
        undefined,
      ]);
    });
  });

  test("its new columns, while it is broken elsewhere, are no fault of a project that reads the old ones", async () => {
    await withCompiler(SHOP_MESH, async (mesh, compile) => {
      await compile();
      await mesh.write({
        [ORDERS]: original(ORDERS).replace("as day", "as on_day"),
        [SHOP_YAML]: original(SHOP_YAML).replace("{ name: day,", "{ name: on_day,"),
        "projects/shop/models/bad.sql": "select from",
        "projects/sales/models/new.sql": "select min(day) as first from {{ ref('daily') }}",
      });
      const { manifest, model } = await compile();
      expect([manifest.projects.shop?.stale, manifest.projects.sales?.stale]).toEqual([true, undefined]);
      expect(model("sales.new").columns).toMatchObject([{ name: "first", type: "DATE" }]);
    });
  });

  test("a stand-in whose upstream is gone loses what reads it, with a warning, and keeps the rest", async () => {
    await withCompiler(SHOP_MESH, async (mesh, compile) => {
      await compile();
      await mesh.write({ "projects/board/models/apart.sql": "select 1 as one" });
      await compile();
      // The sales team renames what the board reads, while the board's own project is broken.
      await rm(join(mesh.root, "projects/sales/models/daily.sql"));
      await rm(join(mesh.root, "projects/sales/models/weekly.sql"));
      await rm(join(mesh.root, "projects/sales/models/sales.yml"));
      await mesh.write({ "projects/board/models/apart.sql": "select from" });
      const { manifest } = await compile();
      expect(Object.keys(manifest.models).filter((id) => id.startsWith("board."))).toEqual(["board.apart"]);
      const dropped = manifest.diagnostics.filter(({ code }) => code === "compile/stale-model-dropped");
      expect(dropped.map(({ level, project }) => `${level} ${project}`)).toEqual(["warning board", "warning board"]);
    });
  });

  test("a version of another target or of untyped compiling is no stand-in", async () => {
    await withCompiler(SHOP_MESH, async (mesh, compile) => {
      await compile({ types: false });
      await mesh.write({ [ORDERS]: "select from" });
      expect((await compile()).manifest.models["shop.orders"]).toBeUndefined();
    });
  });

  test("a cache in another folder knows nothing of it", async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), "mesh-cache-"));
    try {
      await withCompiler(SHOP_MESH, async (mesh, compile) => {
        await compile();
        await mesh.write({ [ORDERS]: "select from" });
        expect((await compile({ cacheDir: elsewhere })).manifest.models["shop.orders"]).toBeUndefined();
      });
    } finally {
      await rm(elsewhere, { recursive: true, force: true });
    }
  });
});
