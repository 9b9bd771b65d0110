// Owns what a schedule of project.yml compiles to: its defaults, and which models it waits for.
import { unlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mergeShards } from "../../core/manifest/index.ts";
import { compileFolder, compileWarmAndCold } from "../support/compile-folder.ts";
import { PROJECT } from "../support/shop-mesh.ts";
import { withTempMesh } from "../support/temp-mesh.ts";

type Files = Readonly<Record<string, string>>;

const schedules = (...lines: readonly string[]) => `schedules:\n${lines.map((line) => `  ${line}\n`).join("")}`;
const model = (config: string, from?: string) =>
  `{{ config(${config}) }}\nselect 1 as id${from === undefined ? "" : ` from {{ ref(${from}) }}`}\n`;
const described = (...names: readonly string[]) =>
  `models:\n${names.map((name) => `  - { name: ${name}, description: It. }\n`).join("")}`;

/** sales: orders nightly, rates by no schedule. shop: what it says, with a model of each kind of reading. */
const mesh = (...lines: readonly string[]): Files => ({
  "projects/sales/project.yml": PROJECT("sales", schedules('nightly: { cron: "0 2 * * *", timezone: UTC }')),
  "projects/sales/models/orders.sql": model("access='public', schedule='nightly'"),
  "projects/sales/models/rates.sql": model("access='public'"),
  "projects/sales/models/sales.yml": described("orders", "rates"),
  "projects/shop/project.yml": PROJECT("shop", schedules('hourly: { cron: "0 * * * *", timezone: UTC }', ...lines)),
  "projects/shop/models/here.sql": model("schedule='fresh'", "'sales', 'orders'"),
  "projects/shop/models/there.sql": model("schedule='fresh'", "'sales', 'rates'"),
  "projects/shop/models/both.sql": model("schedule='fresh'", "'here'"),
  "projects/shop/models/often.sql": model("schedule='hourly'"),
  "projects/shop/models/by_hand.sql": model("tags='x'"),
  "projects/shop/models/reads_often.sql": model("schedule='fresh'", "'often'"),
  "projects/shop/models/reads_hand.sql": model("schedule='fresh'", "'by_hand'"),
});

const compiled = (files: Files) => withTempMesh(files, ({ root }) => compileFolder(root));
const fresh = async (...lines: readonly string[]) => {
  const { manifest, said } = await compiled(mesh(...lines));
  expect(said).toEqual([]);
  return manifest.projects.shop?.schedules.fresh;
};

test("a cron and a zone are a whole schedule", async () => {
  expect(await fresh("fresh: { cron: '0 * * * *', timezone: Europe/Madrid }")).toEqual({
    on: "cron",
    cron: "0 * * * *",
    timezone: "Europe/Madrid",
    catchUp: { mode: "latest" },
    overlap: "buffer_one",
    upstream: [],
    settleMs: 0,
    minIntervalMs: 0,
    afterMaxWait: "run",
  });
});

test("what is caught up one by one is not skipped for overlapping, unless told", async () => {
  const overlapOf = async (more: string) =>
    (await fresh(`fresh: { cron: '0 * * * *', timezone: UTC, ${more} }`))?.overlap;
  expect(await overlapOf("catch_up: all")).toBe("buffer_all");
  expect(await overlapOf("catch_up: window 6h")).toBe("buffer_all");
  expect(await overlapOf("catch_up: all, overlap: skip")).toBe("skip");
});

test("every key reaches the manifest", async () => {
  expect(
    await fresh(
      "fresh: { on: cron_after_all_new, cron: '0 * * * *', timezone: UTC, catch_up: window 1h30m, overlap: skip, upstream: [sales.rates, sales.orders], max_wait: 2h, then: alert, priority: 7 }",
    ),
  ).toMatchObject({
    on: "cron_after_all_new",
    catchUp: { mode: "window", windowMs: 5_400_000 },
    overlap: "skip",
    upstream: ["sales.orders", "sales.rates"],
    maxWaitMs: 7_200_000,
    afterMaxWait: "alert",
    priority: 7,
  });
  expect(await fresh("fresh: { on: any_new, settle: 2m, min_interval: 10m }")).toMatchObject({
    timezone: "UTC",
    settleMs: 120_000,
    minIntervalMs: 600_000,
  });
});

test("it waits for what its models read of other projects and schedules, unless told", async () => {
  expect((await fresh("fresh: { on: any_new }"))?.upstream).toEqual(["sales.orders", "sales.rates", "shop.often"]);
});

test("it never waits for all of something that no schedule makes, unless told", async () => {
  expect((await fresh("fresh: { on: all_new }"))?.upstream).toEqual(["sales.orders", "shop.often"]);
  expect((await fresh("fresh: { on: all_new, upstream: [shop.by_hand] }"))?.upstream).toEqual(["shop.by_hand"]);
});

test("tries, time limit and pools are configuration, from defaults or from the model, and do not make it another table", async () => {
  const files = (defaults: string, config: string): Files => ({
    "projects/shop/project.yml": PROJECT("shop", defaults),
    "projects/shop/models/m.sql": model(config),
  });
  const plain = await compiled(files("", "tags='x'"));
  const { manifest, said } = await compiled(
    files("defaults: { attempts: 2, retry_delay: 5s, pools: heavy }\n", "tags='x', attempts=4, timeout='1h'"),
  );
  expect(said).toEqual([]);
  const settled = manifest.models["shop.m"];
  expect(settled?.config).toMatchObject({ attempts: 4, retry_delay: "5s", timeout: "1h", pools: ["heavy"] });
  expect(settled?.fingerprint).toBe(plain.manifest.models["shop.m"]?.fingerprint);
});

test("a project is looked at again when what its schedules wait for is gone", async () => {
  const files = mesh("fresh: { on: any_new, upstream: [sales.extra] }");
  const all = {
    ...files,
    "projects/sales/models/extra.sql": model("access='public'"),
    "projects/sales/models/extra.yml": described("extra"),
  };
  await withTempMesh(all, async ({ root, write }) => {
    const cacheDir = join(root, ".mesh/cache");
    expect((await compileFolder(root, { cacheDir })).said).toEqual([]);
    await unlink(join(root, "projects/sales/models/extra.sql"));
    await write({ "projects/sales/models/extra.yml": "models: []\n" });
    const { warm, cold } = await compileWarmAndCold(root, cacheDir);
    expect(warm.said.join("\n")).toContain("schedule/upstream-not-found");
    expect(warm.said).toEqual(cold.said);
  });
});

/** Projects a and b, each with a public model `out` by its schedule `own`, which says what is given. */
const pair = (a: string, b: string): Files =>
  Object.assign(
    {},
    ...Object.entries({ a, b }).map(([name, own]) => ({
      [`projects/${name}/project.yml`]: PROJECT(name, schedules(`own: ${own}`)),
      [`projects/${name}/models/out.sql`]: model("access='public', schedule='own'"),
      [`projects/${name}/models/all.yml`]: described("out"),
    })),
  );

test("schedules that wait for each other are refused, with the whole circle, its files and lines", async () => {
  const { said, manifest } = await compiled(
    pair("{ on: any_new, upstream: [b.out] }", "{ on: all_new, upstream: [a.out] }"),
  );
  const circle =
    "Schedules wait for each other in a circle: a.own waits for b.out of b.own (projects/a/project.yml:4); b.own waits for a.out of a.own (projects/b/project.yml:4).";
  const found = manifest.diagnostics.filter(({ code }) => code === "schedule/cycle");
  expect(found).toMatchObject([
    { level: "error", project: "a", message: circle, location: { file: "projects/a/project.yml", line: 4 } },
    { level: "error", project: "b", message: circle, location: { file: "projects/b/project.yml", line: 4 } },
  ]);
  expect(said).toHaveLength(2);
});

test("a circle within a project, by what its models read, is refused too", async () => {
  const { manifest } = await compiled({
    "projects/shop/project.yml": PROJECT("shop", schedules("one: { on: any_new }", "two: { on: any_new }")),
    "projects/shop/models/first.sql": model("schedule='one'"),
    "projects/shop/models/second.sql": model("schedule='two'", "'first'"),
    "projects/shop/models/third.sql": model("schedule='one'", "'second'"),
  });
  expect(manifest.diagnostics).toMatchObject([
    {
      code: "schedule/cycle",
      message: expect.stringContaining("shop.one waits for shop.second of shop.two (projects/shop/project.yml:4)"),
    },
  ]);
});

test.each([
  ["the other goes by its clock", pair("{ on: any_new, upstream: [b.out] }", '{ cron: "0 2 * * *", timezone: UTC }')],
  [
    "they wait for the same, and one for the other",
    {
      ...pair("{ on: any_new, upstream: [sales.orders] }", "{ on: all_new, upstream: [a.out, sales.orders] }"),
      ...mesh(),
    },
  ],
])("no circle: %s", async (_, files) => {
  expect((await compiled(files)).said.filter((text) => text.includes("schedule/cycle"))).toEqual([]);
});

test("what a schedule reads follows the models that are there, whichever project moved them", async () => {
  const shardsOf = (files: Files) => withTempMesh(files, async ({ root }) => (await compileFolder(root)).shards);
  const moved = {
    ...mesh("fresh: { on: all_new }"),
    "projects/sales/models/orders.sql": model("access='public'"),
    "projects/sales/models/rates.sql": model("access='public', schedule='nightly'"),
  };
  const [before, after] = [await shardsOf(mesh("fresh: { on: all_new }")), await shardsOf(moved)];
  const of = (shards: typeof before, name: string) => shards.filter(({ project }) => project.name === name);
  const upstream = (shards: typeof before) =>
    mergeShards(shards, { mesh: "m", target: "t" }).projects.shop?.schedules.fresh?.upstream;
  expect(upstream(before)).toEqual(["sales.orders", "shop.often"]);
  // shop is as it was deployed; sales was deployed anew.
  expect(upstream([...of(before, "shop"), ...of(after, "sales")])).toEqual(["sales.rates", "shop.often"]);
  // What is listed stays as it is written.
  const listed = await shardsOf(mesh("fresh: { on: all_new, upstream: [sales.orders] }"));
  expect(upstream([...of(listed, "shop"), ...of(after, "sales")])).toEqual(["sales.orders"]);
});
