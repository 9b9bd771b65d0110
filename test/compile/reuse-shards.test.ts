// Projects in which nothing changed are not compiled again, and whatever reaches into them from outside is noticed.
import { readdir, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CompileFolderOptions, compileFolder, compileWarmAndCold } from "../support/compile-folder.ts";
import { PROJECT } from "../support/shop-mesh.ts";
import { type TempMesh, withTempMesh } from "../support/temp-mesh.ts";

const ENV = { REGION: "eu" };

function described(name: string): string {
  return `  - { name: ${name}, description: "${name}.", config: { access: public } }\n`;
}

/** base <- middle <- top; middle and base also read each other's models, in no circle. Deep lies below the middle, pairs has a publish group. */
const MESH: Readonly<Record<string, string>> = {
  "macros/twice.sql": "{% macro twice(x) %}({{ x }} * 2){% endmacro %}\n",
  "projects/base/project.yml": PROJECT("base", "vars: { least: 1 }\n"),
  "projects/base/models/a.sql": "select 1 as id, '{{ env_var('REGION') }}' as region\n",
  "projects/base/models/z.sql": "select id, 1 as extra from {{ ref('middle', 'm') }}\n",
  "projects/base/models/base.yml": `version: 2
models:
  - name: a
    description: A.
    config: { access: public }
    columns:
      - { name: id, data_tests: [not_null, { relationships: { arguments: { to: "ref('z')", field: id } } }, { relationships: { arguments: { to: "ref('x2')", field: id } } }] }
  - name: z
    description: Z.
    config: { access: public }
`,
  "projects/base/tests/both.sql": "select a.id from {{ ref('a') }} a join {{ ref('z') }} z on z.id < a.id\n",
  "projects/middle/project.yml": PROJECT("middle"),
  "projects/middle/models/m.sql": "select 1 as id\n",
  "projects/middle/models/n.sql": "select id, {{ twice('id') }} as double_id from {{ ref('base', 'a') }}\n",
  "projects/middle/models/middle.yml": `version: 2
models:
  - name: m
    description: M.
    config: { access: public }
  - name: n
    description: N.
    config: { access: public }
${["m1", "m2", "m3"].map(described).join("")}`,
  ...Object.fromEntries(["1", "2", "3"].map((i) => [`projects/deep/models/d${i}.sql`, "select 1 as id\n"])),
  "projects/deep/project.yml": PROJECT("deep"),
  "projects/deep/models/e.sql": "select 1 as id\n",
  "projects/deep/models/deep.yml": `models:\n${["d1", "d2", "d3"].map(described).join("")}`,
  ...Object.fromEntries(
    ["1", "2", "3"].map((i) => [`projects/middle/models/m${i}.sql`, `select id from {{ ref('deep', 'd${i}') }}\n`]),
  ),
  "projects/base/models/x1.sql": "select id from {{ ref('middle', 'm1') }}\n",
  "projects/base/models/x2.sql": "select id from {{ ref('middle', 'm2') }}\n",
  "projects/base/tests/guards_the_last.sql":
    "select x1.id from {{ ref('x1') }} x1 join {{ ref('x2') }} x2 on x1.id < x2.id\n",
  "projects/pairs/project.yml": PROJECT("pairs"),
  "projects/pairs/models/g1.sql": "{{ config(publish='pair') }}\nselect 1 as id\n",
  "projects/pairs/models/g2.sql": "{{ config(publish='pair') }}\nselect id from {{ ref('middle', 'm3') }}\n",
  "projects/pairs/models/pairs.yml": `models:\n${described("g1")}`,
  "projects/top/project.yml": PROJECT("top"),
  "projects/top/models/t.sql": "select * from {{ ref('middle', 'n') }} where id >= {{ var('least', 0) }}\n",
  "projects/top/models/top.yml": `version: 2
models:
  - name: t
    columns: [{ name: id, data_tests: [{ relationships: { arguments: { to: "ref('base', 'z')", field: id } } }] }]
exposures:
  - name: board
    type: dashboard
    owner: { name: Top, email: top@example.com }
    depends_on: ["ref('base', 'z')"]
`,
};

interface Edit {
  readonly what: string;
  readonly files?: Readonly<Record<string, string | null>>;
  readonly options?: CompileFolderOptions;
  readonly breaks?: true;
}

const M = "projects/middle/models/m.sql";
const BASE_YAML = "projects/base/models/base.yml";
const MIDDLE_YAML = "projects/middle/models/middle.yml";
const change = (path: string, from: string, to: string) => ({ [path]: (MESH[path] ?? "").replace(from, to) });

const EDITS: readonly Edit[] = [
  { what: "a query that nobody else reads", files: { "projects/top/models/t.sql": "select 2 as id\n" } },
  {
    what: "the type of a column two projects away",
    files: change("projects/base/models/a.sql", "1 as id", "1.5 as id"),
  },
  {
    what: "a column more, which a star takes over",
    files: change("projects/middle/models/n.sql", "select id", "select id, 7 as more"),
  },
  {
    what: "the order of two models of another project, which decides what a test of its own file guards",
    files: change("projects/base/models/z.sql", "{{ ref('middle', 'm') }}", "(select 1 as id)"),
  },
  {
    what: "a model that now stands between two of another project, whose test may not read onwards",
    files: { [M]: "select id from {{ ref('base', 'a') }}\n" },
    breaks: true,
  },
  {
    what: "a circle through two projects",
    files: { [M]: "select id from {{ ref('base', 'z') }}\n" },
    breaks: true,
  },
  { what: "access taken away", files: change(MIDDLE_YAML, "access: public", "access: protected"), breaks: true },
  {
    what: "access taken away from what only a report and a test read",
    files: change(BASE_YAML, "Z.\n    config: { access: public }", "Z.\n    config: { access: protected }"),
    breaks: true,
  },
  {
    what: "a model gone that another project reads",
    files: {
      [M]: null,
      ...change(MIDDLE_YAML, "  - name: m\n    description: M.\n    config: { access: public }\n", ""),
    },
    breaks: true,
  },
  {
    what: "a model switched off that another project reads",
    files: { [M]: "{{ config(enabled=false) }}\nselect 1 as id\n" },
    breaks: true,
  },
  {
    what: "a column gone that a test of another project names",
    files: change("projects/base/models/z.sql", "select id,", "select id as key,"),
    breaks: true,
  },
  { what: "a shared macro", files: { "macros/twice.sql": "{% macro twice(x) %}({{ x }} + {{ x }}){% endmacro %}\n" } },
  { what: "a shared macro that does not parse", files: { "macros/twice.sql": "{% macro twice(x %}\n" }, breaks: true },
  {
    what: "a macro of a project that hides the shared one",
    files: { "projects/middle/macros/twice.sql": "{% macro twice(x) %}2{% endmacro %}\n" },
  },
  { what: "the environment", options: { env: { REGION: "us" } } },
  { what: "the environment gone", options: { env: {} }, breaks: true },
  { what: "a variable", options: { vars: { least: 5 } } },
  { what: "an owner", files: change("projects/middle/project.yml", "team: middle", "team: Middle") },
  { what: "a project less", files: { "projects/top/project.yml": null }, breaks: true },
  { what: "types not asked for", options: { types: false } },
  {
    what: "the depth of what lies two projects below, which decides what a test of its own file guards",
    files: { "projects/deep/models/d1.sql": "select id from {{ ref('e') }}\n" },
  },
  {
    what: "a model two projects below that now stands on what a test reads onwards from",
    files: { "projects/deep/models/d2.sql": "select id from {{ ref('base', 'a') }}\n" },
    breaks: true,
  },
  {
    what: "a model two projects below that now stands between the members of a publish group",
    files: { "projects/deep/models/d3.sql": "select id from {{ ref('pairs', 'g1') }}\n" },
    breaks: true,
  },
  {
    what: "a publish group with a model of another project in between",
    files: {
      ...change(BASE_YAML, "config: { access: public }", "config: { access: public, publish: pair }"),
      "projects/base/models/y.sql": "{{ config(publish='pair') }}\nselect * from {{ ref('middle', 'n') }}\n",
    },
    breaks: true,
  },
];

async function apply(mesh: TempMesh, files: Edit["files"] = {}): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    if (content === null) await unlink(join(mesh.root, path)).catch(() => undefined);
    else await mesh.write({ [path]: content });
  }
}

async function revert(mesh: TempMesh, files: Edit["files"] = {}): Promise<void> {
  await apply(mesh, Object.fromEntries(Object.keys(files).map((path) => [path, MESH[path] ?? null])));
}

/** Makes a shard that is used again show: its models get a description that no file has. */
async function markLastGood(mesh: TempMesh, project: string): Promise<void> {
  const folder = ".mesh/cache/last-good";
  const [name] = (await readdir(join(mesh.root, folder))).filter((file) => file.startsWith(`${project}-`));
  const path = `${folder}/${name}`;
  const content = await readFile(join(mesh.root, path), "utf8");
  const marked = content.replace(/"description":"[^"]*"/, '"description":"from the last compile"');
  expect(marked).not.toBe(content);
  await mesh.write({ [path]: marked });
}

test("a project in which nothing changed is taken from the compile before, until something it reads changes", () =>
  withTempMesh(MESH, async (mesh) => {
    const cacheDir = join(mesh.root, ".mesh/cache");
    const reused = async () =>
      (await compileFolder(mesh.root, { env: ENV, cacheDir })).bytes.includes("from the last compile");
    const first = await compileFolder(mesh.root, { env: ENV, cacheDir });
    expect(first.said).toEqual([]);

    await markLastGood(mesh, "base");
    expect(await reused()).toBe(true);
    await mesh.write({ "projects/top/models/t.sql": "select 2 as id\n" });
    expect(await reused()).toBe(true);
    // Base reads m of the project middle.
    await mesh.write({ [M]: "select 2 as id\n" });
    expect(await reused()).toBe(false);

    await markLastGood(mesh, "base");
    expect(await reused()).toBe(true);
    await mesh.write({ "projects/base/models/a.sql": `${MESH["projects/base/models/a.sql"]}-- changed\n` });
    expect(await reused()).toBe(false);
  }));

test.each(EDITS)("warm equals cold after $what, and after taking it back", (edit) =>
  withTempMesh(MESH, async (mesh) => {
    const cacheDir = join(mesh.root, ".mesh/cache");
    const before = await compileFolder(mesh.root, { env: ENV, cacheDir });
    expect(before.said).toEqual([]);
    await apply(mesh, edit.files);
    const after = await compileWarmAndCold(mesh.root, cacheDir, { env: ENV, ...edit.options });
    expect(after.warm.bytes).toBe(after.cold.bytes);
    expect(after.warm.bytes, "the edit does something").not.toBe(before.bytes);
    expect(after.warm.errors.length > 0, JSON.stringify(after.warm.errors)).toBe(edit.breaks === true);
    await revert(mesh, edit.files);
    const back = await compileWarmAndCold(mesh.root, cacheDir, { env: ENV });
    expect([back.warm.bytes === before.bytes, back.cold.bytes === before.bytes]).toEqual([true, true]);
  }),
);

test("warm equals cold through any series of edits and takings back, broken states included", async () => {
  const step = fc.record({ at: fc.integer({ min: 0, max: EDITS.length - 1 }), back: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), (series) =>
      withTempMesh(MESH, async (mesh) => {
        const cacheDir = join(mesh.root, ".mesh/cache");
        await compileFolder(mesh.root, { env: ENV, cacheDir });
        for (const { at, back } of series) {
          const edit = EDITS[at];
          await (back ? revert : apply)(mesh, edit?.files);
          const { warm, cold } = await compileWarmAndCold(mesh.root, cacheDir, {
            env: ENV,
            ...(!back && edit?.options),
          });
          expect(warm.bytes, edit?.what).toBe(cold.bytes);
        }
      }),
    ),
    { numRuns: 10 },
  );
}, 120_000);
