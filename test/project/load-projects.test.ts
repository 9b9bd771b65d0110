// Owns what is read from good projects: the facts with their places, the examples of the docs, and what is remembered between runs.
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type Config, loadConfig } from "../../core/config/index.ts";
import { FACTS_VERSION } from "../../core/project/facts-cache.ts";
import { loadProjects } from "../../core/project/index.ts";
import { jsonSchemas } from "../../core/project/json-schemas.ts";
import { hashOf } from "../../core/util/index.ts";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function meshOf(files: Readonly<Record<string, string>>): Promise<Config> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "mesh-project-")));
  folders.push(root);
  const config = `import { defineMesh } from "mesh-elt";\nexport default defineMesh({ name: "m", defaultTarget: "dev", targets: { dev: { warehouse: { kind: "duckdb", path: "w" }, state: { kind: "sqlite", path: "s" } } } });\n`;
  for (const [path, content] of Object.entries({ "mesh.config.ts": config, ...files })) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return loadConfig(root, { env: {} });
}

/** The fenced blocks of a page that begin with the path of their file. */
async function examplesOf(page: string): Promise<Record<string, string>> {
  const text = await readFile(new URL(`../../docs/${page}`, import.meta.url), "utf8");
  const blocks = text.matchAll(/```\w+\n((?:#|\/\/) (\S+\.\w+)\n[\s\S]*?)```/g);
  return Object.fromEntries(Array.from(blocks, ([, content, path]) => [path ?? "", content ?? ""]));
}

const HEAD = "name: shop\nowner: { team: Shop }\n";

describe("loadProjects", () => {
  it("reads the examples of docs/projects.md as they stand, without a problem", async () => {
    const examples = await examplesOf("projects.md");
    expect(Object.keys(examples).length).toBe(5);
    const { projects, diagnostics } = await loadProjects(
      await meshOf({ ...examples, "projects/pricing/project.yml": "name: pricing\nowner: { team: Pricing }\n" }),
    );
    expect(diagnostics).toEqual([]);
    expect(projects.flatMap((project) => project.diagnostics)).toEqual([]);
    const [bookings, pricing] = projects;
    expect(pricing?.models.map(({ name, kind }) => `${name} ${kind}`)).toEqual(["fx_rates typescript"]);
    const file = "projects/bookings/models/marts/_marts.yml";
    expect(bookings?.owner).toEqual({ team: "Bookings", email: "bookings-data@example.com", slack: "#bookings-data" });
    expect(bookings?.stores).toEqual([
      {
        name: "bookings_db",
        client: "pg",
        connection: "${BOOKINGS_DB_URL}",
        reading: { concurrency: 4 },
        at: { file: "projects/bookings/project.yml", line: 7, column: 3 },
      },
    ]);
    expect(bookings?.defaults).toEqual({
      values: { schedule: "nightly", materialized: "view" },
      at: {
        schedule: { file: "projects/bookings/project.yml", line: 11, column: 13 },
        materialized: { file: "projects/bookings/project.yml", line: 11, column: 32 },
      },
    });
    expect(bookings?.properties.map(({ name, resource }) => `${resource} ${name}`)).toEqual([
      "model daily_bookings",
      "snapshot orders",
      "seed countries",
    ]);
    const [daily, orders] = bookings?.properties ?? [];
    expect(orders?.relation).toEqual({
      store: "bookings_db",
      table: "orders",
      at: { file: "projects/bookings/models/snapshots/_snapshots.yml", line: 17, column: 15 },
    });
    expect(daily).toEqual({
      name: "daily_bookings",
      resource: "model",
      description: "One row per day with bookings and revenue.",
      config: {
        values: { access: "public", contract: { enforced: true } },
        at: { access: { file, line: 5, column: 15 }, contract: { file, line: 5, column: 31 } },
      },
      sla: { freshness: "2h", available_by: "06:00", max_duration: "30m" },
      slaAt: {
        freshness: { file, line: 6, column: 12 },
        available_by: { file, line: 6, column: 27 },
        max_duration: { file, line: 6, column: 50 },
      },
      columns: [
        {
          name: "day",
          data_type: "date",
          description: "Booking day.",
          tests: [
            { type: "unique", args: {}, config: {}, at: { file, line: 11, column: 22 } },
            { type: "not_null", args: {}, config: {}, at: { file, line: 11, column: 30 } },
          ],
          at: { file, line: 8, column: 9 },
        },
        {
          name: "status",
          data_type: "varchar",
          tests: [
            {
              type: "accepted_values",
              args: { values: ["open", "paid", "cancelled"] },
              config: { severity: "warn", where: "day > date '2024-01-01'" },
              at: { file, line: 15, column: 13 },
            },
            {
              type: "not_null",
              name: "status_is_known",
              args: {},
              config: { error_if: "> 10" },
              at: { file, line: 18, column: 13 },
            },
          ],
          at: { file, line: 12, column: 9 },
        },
      ],
      tests: [],
      at: { file, line: 3, column: 5 },
    });
    expect(bookings?.reports).toEqual([
      {
        name: "revenue_board",
        type: "dashboard",
        url: "https://example.com/boards/revenue",
        description: "What the board looks at on Mondays.",
        owner: { name: "Finance", email: "finance@example.com" },
        depends_on: [
          { name: "daily_bookings", at: { file, line: 25, column: 19 } },
          { project: "catalog", name: "routes", at: { file, line: 25, column: 44 } },
        ],
        at: { file, line: 20, column: 5 },
      },
    ]);
  });

  it("finds every kind of file, sorted, and leaves out what is not the project's", async () => {
    const { projects, macros } = await loadProjects(
      await meshOf({
        "projects/shop/project.yml": HEAD,
        "projects/shop/models/b.sql": "select 2",
        "projects/shop/models/a/z.ts": "export default {}",
        "projects/shop/models/a/types.d.ts": "",
        "projects/shop/models/.hidden.sql": "",
        "projects/shop/models/README.md": "",
        "projects/shop/lib/rates.ts": "",
        "projects/shop/seeds/c.csv": "\uFEFFid\n1\n",
        "projects/shop/tests/deep/no_gap.sql": "select 1",
        "projects/shop/macros/m.sql": "{% macro m() %}{% endmacro %}",
        "projects/node_modules/x.yml": "",
        "macros/shared.sql": "{% macro s() %}{% endmacro %}",
      }),
    );
    const [shop] = projects;
    expect(projects.map(({ path }) => path)).toEqual(["projects/shop"]);
    expect(shop?.models.map(({ name, kind, file }) => [name, kind, file.path])).toEqual([
      ["z", "typescript", "projects/shop/models/a/z.ts"],
      ["b", "sql", "projects/shop/models/b.sql"],
      ["c", "seed", "projects/shop/seeds/c.csv"],
    ]);
    expect(shop?.models[2]?.file.content).toBe("id\n1\n");
    expect(shop?.tests.map(({ name }) => name)).toEqual(["no_gap"]);
    expect(shop?.macros.map(({ path }) => path)).toEqual(["projects/shop/macros/m.sql"]);
    expect(macros.map(({ path }) => path)).toEqual(["macros/shared.sql"]);
  });

  it.each([
    ["a text", "unique", { type: "unique", args: {}, config: {} }],
    [
      "arguments under the name",
      "accepted_values: { values: [a], quote: false }",
      { type: "accepted_values", args: { values: ["a"], quote: false }, config: {} },
    ],
    [
      "configuration beside arguments",
      "relationships: { to: ref('x'), field: id, severity: WARN, where: a > 1 }",
      { type: "relationships", args: { to: "ref('x')", field: "id" }, config: { severity: "warn", where: "a > 1" } },
    ],
    [
      "the long form",
      "{ name: n, test_name: accepted_values, arguments: { values: [a] }, config: { enabled: false } }",
      { type: "accepted_values", name: "n", args: { values: ["a"] }, config: { enabled: false } },
    ],
    [
      "the long form with arguments inline",
      "{ test_name: expression, expression: a > b, description: d }",
      { type: "expression", description: "d", args: { expression: "a > b" }, config: {} },
    ],
    ["a test without arguments", "unique:", { type: "unique", args: {}, config: {} }],
  ])("reads a data test written as %s", async (_, text, expected) => {
    const { projects } = await loadProjects(
      await meshOf({
        "projects/shop/project.yml": HEAD,
        "projects/shop/models/a.yml": `models:\n  - name: a\n    data_tests:\n      - ${text}\n`,
      }),
    );
    expect(projects[0]?.diagnostics).toEqual([]);
    expect(projects[0]?.properties[0]?.tests).toEqual([
      { ...expected, at: { file: "projects/shop/models/a.yml", line: 4, column: 9 } },
    ]);
  });

  it("follows anchors, aliases and merge keys", async () => {
    const yaml = "models:\n  - name: a\n    meta: &m { x: 1, y: 2 }\n  - name: b\n    meta: { <<: *m, y: 3 }\n";
    const { projects } = await loadProjects(
      await meshOf({ "projects/shop/project.yml": HEAD, "projects/shop/models/a.yml": yaml }),
    );
    expect(projects[0]?.diagnostics).toEqual([]);
    expect(projects[0]?.properties.map(({ config }) => config.values.meta)).toEqual([
      { x: 1, y: 2 },
      { y: 3, x: 1 },
    ]);
  });
});

describe("what is remembered", () => {
  const files = {
    "projects/shop/project.yml": HEAD,
    "projects/shop/models/a.yml": "models:\n  - name: a\n",
    "projects/shop/models/a.sql": "select 1",
  };

  it("gives the same project as reading anew, and follows a change of the bytes alone", async () => {
    const config = await meshOf(files);
    const first = await loadProjects(config);
    expect(await loadProjects(config)).toEqual(first);
    const path = join(config.root, "projects/shop/models/a.yml");
    const later = new Date(Date.now() + 60_000);
    await utimes(path, later, later);
    expect((await loadProjects(config)).projects[0]?.hash).toBe(first.projects[0]?.hash);
    await writeFile(path, "models:\n  - name: a\n    description: new\n");
    const changed = await loadProjects(config);
    expect(changed.projects[0]?.properties[0]?.description).toBe("new");
    expect(changed.projects[0]?.hash).not.toBe(first.projects[0]?.hash);
  });

  it("remembers problems too", async () => {
    const config = await meshOf({ ...files, "projects/shop/models/a.yml": "models:\n  - nam: a\n" });
    const first = await loadProjects(config);
    expect(first.projects[0]?.diagnostics.map(({ code }) => code)).toEqual(["yaml/missing-key", "yaml/unknown-key"]);
    expect(await loadProjects(config)).toEqual(first);
  });

  it.each([
    "",
    "{",
    "null",
    '{"version":1}',
    '{"version":0,"files":{"projects/shop/models/a.yml":{"hash":"x","facts":null}}}',
  ])("is read anew when the memory holds %j", async (content) => {
    const config = await meshOf(files);
    const first = await loadProjects(config);
    const folder = join(config.root, ".mesh/cache/projects");
    for (const name of await readdir(folder)) await writeFile(join(folder, name), content);
    expect(await loadProjects(config)).toEqual(first);
  });

  it("does without when .mesh cannot be written", async () => {
    const config = await meshOf(files);
    await rm(join(config.root, ".mesh"), { recursive: true, force: true });
    // A file in the folder's place: refuses even root.
    await writeFile(join(config.root, ".mesh"), "");
    expect((await loadProjects(config)).projects[0]?.diagnostics).toEqual([]);
  });

  it("changes its version whenever the same bytes would be understood differently", async () => {
    const yaml =
      "sources:\n  - name: d\n    tables: [{ name: t, columns: [{ name: id, data_type: int }] }]\nmodels:\n  - { name: a, tags: x, sla: { freshness: 1h }, columns: [{ name: b, data_tests: [unique] }] }\n";
    const { projects } = await loadProjects(await meshOf({ ...files, "projects/shop/models/a.yml": yaml }));
    const { models: _models, hash: _hash, ...facts } = projects[0] ?? {};
    // When the hash changes, raise FACTS_VERSION and write both here: memories of the version before must not be used.
    expect([FACTS_VERSION, hashOf({ facts, schemas: jsonSchemas() }).slice(0, 12)]).toEqual([9, "4285c7dcbe5c"]);
  });
});
