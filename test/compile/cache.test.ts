// What compiling remembers never shows: a warm compile gives the bytes of a cold one, whatever was changed in between.
import { readdir, readFile, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CompileFolderOptions, compileFolder, compileWarmAndCold } from "../support/compile-folder.ts";
import { SHOP_ENV, SHOP_MESH } from "../support/shop-mesh.ts";
import { type TempMesh, withTempMesh } from "../support/temp-mesh.ts";

interface Edit {
  readonly what: string;
  /** Path to new content; null deletes. */
  readonly files?: Readonly<Record<string, string | null>>;
  readonly options?: CompileFolderOptions;
  /** Set when the mesh is broken afterwards. */
  readonly breaks?: true;
}

const changed = (path: string, from: string | RegExp, to: string): Readonly<Record<string, string>> => {
  const before = SHOP_MESH[path] ?? "";
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${path} has no ${from}`);
  return { [path]: after };
};

const ORDERS = "projects/shop/models/orders.sql";
const SHOP_YAML = "projects/shop/models/shop.yml";
const SNAPSHOTS = "projects/shop/models/snapshots.yml";
const TOTALS = "projects/board/models/totals.sql";

const EDITS: readonly Edit[] = [
  { what: "the query of a model", files: changed(ORDERS, "o.created_at >=", "o.created_at >") },
  { what: "a comment that moves every line", files: { [ORDERS]: `-- one\n-- two\n${SHOP_MESH[ORDERS]}` } },
  { what: "a description", files: changed(SHOP_YAML, "One row per order.", "An order is a row.") },
  { what: "a test more", files: changed(SHOP_YAML, "{ name: country,", "{ name: country, data_tests: [not_null],") },
  { what: "the argument of a test", files: changed(SHOP_YAML, "cents >= 0", "cents > 0") },
  {
    what: "a classification",
    files: changed(SHOP_YAML, "{ name: country,", "{ name: country, classification: personal,"),
  },
  {
    what: "a macro of the project",
    files: { "projects/shop/macros/clean.sql": "{% macro clean(column) %}upper(trim({{ column }})){% endmacro %}\n" },
  },
  {
    what: "a shared macro, and with it a type",
    files: {
      "macros/cents.sql": "{% macro cents(amount) %}cast({{ amount }} * 100 as hugeint){% endmacro %}\n",
      ...changed(SHOP_YAML, "{ name: cents, data_type: bigint }", "{ name: cents, data_type: hugeint }"),
    },
  },
  {
    what: "a macro of the project that hides the shared one",
    files: {
      "projects/shop/macros/cents.sql": "{% macro cents(amount) %}cast({{ amount }} as bigint){% endmacro %}\n",
    },
  },
  { what: "a variable of the project", files: changed("projects/shop/project.yml", "2024-01-01", "2023-01-01") },
  { what: "a variable from outside", options: { vars: { first_day: "2022-01-01" } } },
  { what: "the environment", options: { env: { SHOP_REGION: "us" } } },
  {
    what: "the rows of a seed",
    files: { "projects/shop/seeds/countries.csv": "code,name,vat\nES,Spain,21\n" },
  },
  {
    what: "a seed's column type, two projects away from who reads it",
    files: {
      "projects/shop/seeds/countries.csv": "code,name,vat\nES,Spain,21.5\n",
      ...changed(SHOP_YAML, "{ name: vat, data_type: bigint }", "{ name: vat, data_type: double }"),
    },
  },
  {
    what: "the type of a source's column, and of what is made of it",
    files: {
      ...changed(SNAPSHOTS, "{ name: id, data_type: bigint }", "{ name: id, data_type: integer }"),
      ...changed(SHOP_YAML, "{ name: id, data_type: bigint,", "{ name: id, data_type: integer,"),
    },
  },
  {
    what: "a snapshot by another name: who reads its source reads it still",
    files: changed(SNAPSHOTS, "raw_orders", "raw_orders_2"),
  },
  {
    what: "a model by another name",
    files: { [TOTALS]: null, "projects/board/models/sums.sql": SHOP_MESH[TOTALS] ?? "", ...boardYaml("sums") },
  },
  {
    what: "access taken away",
    files: changed("projects/sales/models/sales.yml", "access: public", "access: protected"),
    breaks: true,
  },
  {
    what: "a reference to what is not there",
    files: { [TOTALS]: "select * from {{ ref('sales', 'dayly') }}\n" },
    breaks: true,
  },
  {
    what: "a contract that is not kept",
    files: changed(SHOP_YAML, "{ name: day, data_type: date }", "{ name: day, data_type: timestamp }"),
    breaks: true,
  },
  {
    what: "a column gone that another project reads",
    files: {
      ...changed(ORDERS, "cast(o.created_at as date) as day", "cast(o.created_at as date) as on_day"),
      ...changed(SHOP_YAML, "{ name: day, data_type: date }", "{ name: on_day, data_type: date }"),
    },
    breaks: true,
  },
  { what: "YAML that does not parse", files: { [SHOP_YAML]: "models: [\n" }, breaks: true },
  {
    what: "a TypeScript model that has a column more",
    files: changed("projects/board/models/scores.ts", 'score: "double"', 'score: "double", rank: "integer"'),
  },
  {
    what: "the strategy of an incremental model",
    files: changed("projects/sales/models/daily.sql", "delete+insert", "merge"),
  },
  {
    what: "a default of the project",
    files: {
      "projects/sales/project.yml": `${SHOP_MESH["projects/sales/project.yml"]}defaults: { materialized: table }\n`,
    },
  },
  {
    what: "a new model that hides nothing",
    files: { "projects/sales/models/zero.sql": "select 0 as zero\n" },
  },
  { what: "a project less", files: { "projects/board/project.yml": null }, breaks: true },
  {
    what: "an owner",
    files: changed("projects/sales/project.yml", "team: sales", "team: Sales"),
  },
  {
    what: "a model switched off",
    files: changed("projects/sales/models/weekly.sql", /^/, "{{ config(enabled=false) }}\n"),
  },
];

function boardYaml(name: string): Readonly<Record<string, string>> {
  const path = "projects/board/models/board.yml";
  return { [path]: (SHOP_MESH[path] ?? "").replaceAll("totals", name) };
}

async function apply(mesh: TempMesh, files: Edit["files"] = {}): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    if (content === null) await unlink(join(mesh.root, path)).catch(() => undefined);
    else await mesh.write({ [path]: content });
  }
}

/** As before the edit. */
async function revert(mesh: TempMesh, files: Edit["files"] = {}): Promise<void> {
  await apply(mesh, Object.fromEntries(Object.keys(files).map((path) => [path, SHOP_MESH[path] ?? null])));
}

const cacheFiles = async (cacheDir: string) => {
  const files = await readdir(join(cacheDir, "compile"));
  return Promise.all(
    files
      .sort()
      .map(async (file) => [file, (await stat(join(cacheDir, "compile", file), { bigint: true })).mtimeNs] as const),
  );
};

test("nothing changed: the same bytes, and nothing is worked out or written again", async () => {
  await withTempMesh(SHOP_MESH, async ({ root }) => {
    const cacheDir = join(root, ".mesh/cache");
    const first = await compileFolder(root, { env: SHOP_ENV, cacheDir });
    expect(first.said).toEqual([]);
    const written = await cacheFiles(cacheDir);
    expect(written.length).toBe(4);
    const second = await compileFolder(root, { env: SHOP_ENV, cacheDir });
    expect(second.bytes).toBe(first.bytes);
    expect(await cacheFiles(cacheDir)).toEqual(written);
  });
});

test.each(EDITS)("warm equals cold after the edit of $what, and after taking it back", async (edit) => {
  await withTempMesh(SHOP_MESH, async (mesh) => {
    const cacheDir = join(mesh.root, ".mesh/cache");
    const before = await compileFolder(mesh.root, { env: SHOP_ENV, cacheDir });
    expect(before.said).toEqual([]);

    await apply(mesh, edit.files);
    const after = await compileWarmAndCold(mesh.root, cacheDir, { env: SHOP_ENV, ...edit.options });
    expect(after.warm.bytes).toBe(after.cold.bytes);
    expect(after.warm.bytes, "the edit does something").not.toBe(before.bytes);
    expect(after.warm.errors.length > 0, JSON.stringify(after.warm.errors)).toBe(edit.breaks === true);

    await revert(mesh, edit.files);
    const back = await compileWarmAndCold(mesh.root, cacheDir, { env: SHOP_ENV });
    expect(back.warm.bytes).toBe(before.bytes);
    expect(back.cold.bytes).toBe(before.bytes);
  });
});

test("warm equals cold through any series of edits, broken states included", async () => {
  const index = fc.integer({ min: 0, max: EDITS.length - 1 });
  await fc.assert(
    fc.asyncProperty(fc.array(index, { minLength: 2, maxLength: 6 }), (series) =>
      withTempMesh(SHOP_MESH, async (mesh) => {
        const cacheDir = join(mesh.root, ".mesh/cache");
        await compileFolder(mesh.root, { env: SHOP_ENV, cacheDir });
        for (const at of series) {
          // Files edited before stay so unless this edit holds the same ones.
          await apply(mesh, EDITS[at]?.files);
          const { warm, cold } = await compileWarmAndCold(mesh.root, cacheDir, {
            env: SHOP_ENV,
            ...EDITS[at]?.options,
          });
          expect(warm.bytes, EDITS[at]?.what).toBe(cold.bytes);
        }
      }),
    ),
    { numRuns: 8 },
  );
}, 120_000);

test("a cache of garbage, or of another version of the code, is not believed", async () => {
  await withTempMesh(SHOP_MESH, async (mesh) => {
    const cacheDir = join(mesh.root, ".mesh/cache");
    const first = await compileFolder(mesh.root, { env: SHOP_ENV, cacheDir });
    const files = await readdir(join(cacheDir, "compile"));
    const contents = await Promise.all(files.map((file) => readFile(join(cacheDir, "compile", file), "utf8")));
    for (const spoil of [
      () => "{",
      () => "[]",
      () => "",
      (text: string) => text.replaceAll("BIGINT", "VARCHAR").replace(/"identity":"[^"]+"/, '"identity":"other"'),
    ]) {
      for (const [i, file] of files.entries())
        await mesh.write({ [`.mesh/cache/compile/${file}`]: spoil(contents[i] ?? "") });
      expect((await compileFolder(mesh.root, { env: SHOP_ENV, cacheDir })).bytes).toBe(first.bytes);
    }
  });
});

test("the cache holds no value of the environment that the SQL does not show", async () => {
  const secretly = "{% if env_var('SHOP_MODE') == 'x' %}select 1 as one{% else %}select 2 as two{% endif %}\n";
  await withTempMesh({ ...SHOP_MESH, "projects/shop/models/mode.sql": secretly }, async (mesh) => {
    const cacheDir = join(mesh.root, ".mesh/cache");
    const { said } = await compileFolder(mesh.root, { env: { ...SHOP_ENV, SHOP_MODE: "hunter2-hunter2" }, cacheDir });
    expect(said).toEqual([]);
    for (const file of await readdir(join(cacheDir, "compile")))
      expect(await readFile(join(cacheDir, "compile", file), "utf8")).not.toContain("hunter2-hunter2");
  });
});
