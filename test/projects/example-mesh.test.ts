// The example mesh as written: complete, without a problem, and showing what it is there to show.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { loadConfig } from "../../core/config/index.ts";
import { loadProjects, loadTypescriptModel } from "../../core/project/index.ts";
import { expandTest, testTypes } from "../../core/quality/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const setting = process.env.MESH_DEMO_MARIADB;
afterEach(() => {
  if (setting === undefined) delete process.env.MESH_DEMO_MARIADB;
  else process.env.MESH_DEMO_MARIADB = setting;
});

async function load(mariadb: boolean) {
  process.env.MESH_DEMO_MARIADB = mariadb ? "1" : "0";
  return loadProjects(await loadConfig(root));
}

test.each([
  [false, ["bookings", "catalog", "customers", "finance", "flights", "payments"]],
  [true, ["bookings", "catalog", "customers", "finance", "flights", "loyalty", "payments"]],
])("all projects load without a problem (MariaDB: %s)", async (mariadb, names) => {
  const { projects, diagnostics } = await load(mariadb);
  expect(projects.map((project) => project.name).sort()).toEqual(names);
  expect([...diagnostics, ...projects.flatMap((project) => project.diagnostics)]).toEqual([]);
});

test("every model is described, and every table others may read keeps the rules for public models", async () => {
  for (const project of (await load(true)).projects) {
    const described = new Map(project.properties.map((one) => [one.name, one]));
    for (const model of project.models) {
      const properties = described.get(model.name);
      expect(properties?.description, `${project.name}.${model.name}`).toBeTruthy();
      if (properties?.config.values.access !== "public") continue;
      expect(properties.sla?.freshness, `${project.name}.${model.name}`).toBeTruthy();
      expect(properties.config.values.contract).toEqual({ enforced: true });
      for (const column of properties.columns) {
        expect(
          [column.description, column.classification, column.data_type],
          `${model.name}.${column.name}`,
        ).not.toContain(undefined);
        expect(column.classification).not.toBe("personal");
        expect(column.classification).not.toBe("pci");
      }
    }
  }
});

test("it shows every test type, both severities and tests in SQL", async () => {
  const { projects } = await load(true);
  const tests = projects.flatMap((project) =>
    project.properties.flatMap((one) => [...one.tests, ...one.columns.flatMap((column) => column.tests)]),
  );
  expect(new Set(tests.map((one) => one.type))).toEqual(new Set(testTypes.map((type) => type.name)));
  expect(tests.some((one) => one.config.severity === "warn")).toBe(true);
  expect(projects.filter((project) => project.tests.length > 0).length).toBeGreaterThan(3);
});

test("its tests are declared rightly and have names of their own", async () => {
  for (const project of (await load(true)).projects) {
    const names: string[] = project.tests.map((one) => one.name);
    for (const properties of project.properties) {
      const declared = [
        ...properties.tests.map((declaration) => ({ declaration })),
        ...properties.columns.flatMap((column) =>
          column.tests.map((declaration) => ({ declaration, column: column.name })),
        ),
      ];
      for (const one of declared) {
        const expanded = expandTest({
          ...one,
          model: `${project.name}.${properties.name}`,
          modelName: properties.name,
          project: project.name,
          columns: undefined,
          resolveRef: (reference) => `${project.name}.${reference.kind}`,
        });
        if ("problems" in expanded) throw expanded.problems[0];
        names.push(expanded.test.name);
      }
    }
    expect(new Set(names).size).toBe(names.length);
  }
});

test("its TypeScript models load, with columns and inputs", async () => {
  const { projects } = await load(false);
  const files = projects.flatMap((project) => project.models.filter((model) => model.kind === "typescript"));
  expect(files.map((model) => model.name)).toEqual(["route_distances", "fx_rates"]);
  for (const { file } of files) {
    const model = await loadTypescriptModel(root, file.path);
    expect(model.columns.length).toBeGreaterThan(2);
    expect(Object.keys(model.deps).length).toBeGreaterThan(0);
  }
});

test("every macro starts with a comment that shows its use", async () => {
  const { projects, macros } = await load(true);
  for (const { path, content } of [...macros, ...projects.flatMap((project) => project.macros)]) {
    const name = path.split("/").at(-1)?.replace(".sql", "") ?? "";
    expect(content, path).toMatch(new RegExp(`^\\{#[\\s\\S]*\\b${name}\\([\\s\\S]*#\\}\\s*\\{% macro ${name}\\(`));
  }
});

test("every YAML file names the schema an editor checks it with", async () => {
  const { projects } = await load(true);
  const files = new Set(
    projects.flatMap((project) => [project.at.file, ...project.properties.map((one) => one.at.file)]),
  );
  expect(files.size).toBeGreaterThan(20);
  for (const file of files) {
    const depth = file.split("/").length - 1;
    const schema = file.endsWith("project.yml") ? "project" : "properties";
    const first = readFileSync(`${root}/${file}`, "utf8").split("\n")[0];
    expect(first).toBe(`# yaml-language-server: $schema=${"../".repeat(depth)}schemas/${schema}.schema.json`);
  }
});
