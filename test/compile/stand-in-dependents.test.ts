// What reads a stand-in's model is never left reading something that is gone.
import { mkdtemp, rm, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compileFolder } from "../support/compile-folder.ts";
import { PROJECT } from "../support/shop-mesh.ts";
import { type TempMesh, withTempMesh } from "../support/temp-mesh.ts";

let cacheDir = "";
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), "mesh-stand-in-"));
});
afterEach(() => rm(cacheDir, { recursive: true, force: true }));

const shared = (name: string) => `models: [{ name: ${name}, description: A row., config: { access: public } }]\n`;

/** one <- two <- three, each its own project. */
const LINE = {
  "projects/one/project.yml": PROJECT("one"),
  "projects/one/models/a.sql": "select 1 as id",
  "projects/one/models/kept.sql": "select 2 as id",
  "projects/one/models/a.yml": shared("a"),
  "projects/two/project.yml": PROJECT("two"),
  "projects/two/models/b.sql": "select id from {{ ref('one', 'a') }}",
  "projects/two/models/b.yml": shared("b"),
  "projects/two/models/apart.sql": "select 3 as id",
  "projects/three/project.yml": PROJECT("three"),
  "projects/three/models/c.sql": "select id from {{ ref('two', 'b') }}",
  "projects/three/models/d.sql": "select id from {{ ref('c') }}",
};

const compile = (mesh: TempMesh) => compileFolder(mesh.root, { cacheDir });

/** Every id a model, test or report of the manifest reads is in it. */
function expectNothingDangles({ manifest }: Awaited<ReturnType<typeof compileFolder>>): void {
  const ids = new Set(Object.keys(manifest.models));
  for (const { id, dependsOn } of Object.values(manifest.models))
    for (const read of dependsOn.models) expect(ids, `${id} reads ${read}`).toContain(read);
  for (const { id, model, dependsOn } of Object.values(manifest.tests))
    for (const read of [model, ...dependsOn]) expect(ids, `${id} reads ${read}`).toContain(read);
  for (const { id, dependsOn } of Object.values(manifest.reports))
    for (const read of dependsOn) expect(ids, `${id} reads ${read}`).toContain(read);
}

test("a model that reads a stand-in's model is left out when that one reads what is gone", async () => {
  await withTempMesh(LINE, async (mesh) => {
    expect((await compile(mesh)).errors).toEqual([]);
    // The owner of `a` removes it; `two` no longer compiles, and its last version reads what is gone.
    await unlink(join(mesh.root, "projects/one/models/a.sql"));
    await unlink(join(mesh.root, "projects/one/models/a.yml"));
    const now = await compile(mesh);
    expectNothingDangles(now);
    expect(Object.keys(now.manifest.models)).toEqual(["one.kept", "two.apart"]);
    expect(now.said).toEqual([
      "compile/ref-not-found projects/two/models/b.sql:1",
      "compile/stale-model-dropped projects/two/models/b.sql:",
      "compile/stale-project projects/two/project.yml:",
      "compile/upstream-broken projects/three/models/c.sql:1",
      "compile/upstream-broken projects/three/models/d.sql:1",
    ]);
  });
});

test("a stand-in's model whose test reads what is gone is left out, and so are reports of it", async () => {
  const files = {
    "projects/one/project.yml": PROJECT("one"),
    "projects/one/models/a.sql": "select 1 as id",
    "projects/one/models/a.yml": shared("a"),
    "projects/two/project.yml": PROJECT("two"),
    "projects/two/models/b.sql": "select 1 as id",
    "projects/two/models/e.sql": "select 1 as id",
    "projects/two/models/b.yml": `models:
  - name: b
    columns:
      - name: id
        data_tests:
          - relationships: { arguments: { to: "ref('one', 'a')", field: id } }
exposures:
  - { name: page, type: dashboard, owner: { name: two }, depends_on: ["ref('b')"] }
`,
  };
  await withTempMesh(files, async (mesh) => {
    expect((await compile(mesh)).errors).toEqual([]);
    await unlink(join(mesh.root, "projects/one/models/a.sql"));
    await unlink(join(mesh.root, "projects/one/models/a.yml"));
    const now = await compile(mesh);
    expectNothingDangles(now);
    expect(Object.keys(now.manifest.models)).toEqual(["two.e"]);
    expect(now.manifest.reports).toEqual({});
  });
});

test("a chain of stand-ins loses everything behind what is gone", async () => {
  await withTempMesh(LINE, async (mesh) => {
    await compile(mesh);
    await unlink(join(mesh.root, "projects/one/models/a.sql"));
    await unlink(join(mesh.root, "projects/one/models/a.yml"));
    await mesh.write({ "projects/three/models/broken.sql": "selct 1" });
    const now = await compile(mesh);
    expectNothingDangles(now);
    expect(Object.keys(now.manifest.models)).toEqual(["one.kept", "two.apart"]);
  });
});
