// Owns what is read from TypeScript models, and what is said of those that cannot be loaded.
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, expectTypeOf, it } from "vitest";
import { MeshError } from "../../core/errors/index.ts";
import { defineModel, loadTypescriptModel, type Row, ref } from "../../core/project/index.ts";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function load(files: Readonly<Record<string, string>>) {
  const root = await realpath(await mkdtemp(join(tmpdir(), "mesh-typescript-")));
  folders.push(root);
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content);
  return loadTypescriptModel(root, "m.ts");
}

const IMPORT = `import { defineModel, ref } from "mesh-elt";\n`;

describe("loadTypescriptModel", () => {
  it("reads columns, dependencies and configuration, and does not run the rows", async () => {
    const model = await load({
      "lib.ts": "export enum Zone { Utc = 'UTC' }\nexport const zone: Zone = Zone.Utc;\n",
      "m.ts": `${IMPORT}import { zone } from "./lib.ts";
interface Order { readonly id: bigint }
export default defineModel({
  columns: { id: "bigint", at: { type: "timestamp", description: \`in \${zone}\` } },
  deps: { orders: ref("orders"), routes: ref("catalog", "routes", { v: 2 }) },
  config: { materialized: "incremental", unique_key: "id", tags: ["x"] },
  async *rows({ orders }) {
    for await (const order of orders) yield { id: (order as unknown as Order).id, at: null };
    throw new Error("rows ran");
  },
});`,
    });
    expect(model.columns).toEqual([
      { name: "id", type: "bigint" },
      { name: "at", type: "timestamp", description: "in UTC" },
    ]);
    expect(model.deps).toEqual({
      orders: { name: "orders" },
      routes: { project: "catalog", name: "routes", version: 2 },
    });
    expect(model.config).toEqual({ materialized: "incremental", unique_key: "id", tags: ["x"] });
    async function* orders() {
      yield { id: 1n };
    }
    const seen: Row[] = [];
    const rows = model.rows({ orders: orders(), signal: new AbortController().signal, isIncremental: false, vars: {} });
    await expect(
      (async () => {
        for await (const row of rows) seen.push(row);
      })(),
    ).rejects.toThrow("rows ran");
    expect(seen).toEqual([{ id: 1n, at: null }]);
  });

  it.each<[string, string, { code: string; message: string; location: object }]>([
    [
      "a syntax error",
      `${IMPORT}export default defineModel({\n  columns: { id: "bigint" \n  rows() {},\n});\n`,
      {
        code: "typescript/failed-to-load",
        message: 'm.ts could not be loaded: Unexpected token, expected ",".',
        location: { file: "m.ts", line: 4, column: 3 },
      },
    ],
    [
      "an error thrown on load",
      `${IMPORT}type T = {\n  a: 1;\n};\nfunction settings(): T {\n  throw new Error("no rates today");\n}\nexport default settings();\n`,
      {
        code: "typescript/failed-to-load",
        message: "m.ts could not be loaded: no rates today.",
        location: { file: "m.ts", line: 6 },
      },
    ],
    [
      "an error thrown in a file it imports",
      `import "./lib.ts";\nexport default {};\n`,
      {
        code: "typescript/failed-to-load",
        message: "m.ts could not be loaded: Cannot read properties of undefined (reading 'length').",
        location: { file: "lib.ts", line: 2 },
      },
    ],
    [
      "a rejected promise",
      `await Promise.reject(new Error("offline"));\nexport default {};\n`,
      {
        code: "typescript/failed-to-load",
        message: "m.ts could not be loaded: offline.",
        location: { file: "m.ts", line: 1 },
      },
    ],
    [
      "a thrown value that is no Error",
      `throw { code: 1 };\n`,
      {
        code: "typescript/failed-to-load",
        message: "m.ts could not be loaded: it threw a value that is not an Error.",
        location: { file: "m.ts" },
      },
    ],
    [
      "a package that is not installed",
      `import x from "no-such-package-here";\nexport default x;\n`,
      {
        code: "typescript/failed-to-load",
        message: "m.ts could not be loaded: Cannot find module 'no-such-package-here'.",
        location: { file: "m.ts", line: 1 },
      },
    ],
    [
      "an export mesh-elt does not have",
      `import { defineTable } from "mesh-elt";\nexport default defineTable({});\n`,
      {
        code: "typescript/failed-to-load",
        message: "m.ts could not be loaded: defineTable is not exported by the module it is imported from.",
        location: { file: "m.ts", line: 2 },
      },
    ],
    [
      "an empty file",
      "",
      {
        code: "typescript/no-default-export",
        message: "m.ts has no default export made by defineModel.",
        location: { file: "m.ts" },
      },
    ],
    [
      "only named exports",
      "export const rows = () => [];\n",
      {
        code: "typescript/no-default-export",
        message: "m.ts has no default export made by defineModel.",
        location: { file: "m.ts" },
      },
    ],
    [
      "a function as default export",
      "export default () => [];\n",
      {
        code: "typescript/no-default-export",
        message: "m.ts has no default export made by defineModel.",
        location: { file: "m.ts" },
      },
    ],
    [
      "a definition wrong in every way",
      `${IMPORT}export default { colums: {}, columns: { Id: "bigint", day: 5, at: { typ: "date" } }, deps: { signal: ref("a"), b: "b" }, config: { materialized: "view", unique_kye: "x" }, rows: [] };\n`,
      {
        code: "typescript/invalid-model",
        message: [
          "m.ts has 10 problems:",
          '  - columns.Id must be a name of lower-case letters, digits and underscores, but is "Id".',
          "  - columns.day must be text or a mapping, but is 5.",
          '  - columns.at lacks the required key "type" (text).',
          '  - unknown key "typ" in columns.at. Did you mean "type"?',
          '  - deps.signal must be another name than signal, isIncremental, vars, which rows is given anyway, but is "signal".',
          '  - deps.b must be a reference: ref("model") or ref("project", "model"), but is "b".',
          '  - config.materialized must be one of table, incremental, but is "view".',
          '  - unknown key "unique_kye" in config. Did you mean "unique_key"?',
          "  - rows must be a function, such as async *rows({ signal }) { … }, but is an empty list.",
          '  - unknown key "colums". Did you mean "columns"?',
        ].join("\n"),
        location: { file: "m.ts" },
      },
    ],
  ])("reports %s", async (_, content, expected) => {
    const error = await load({
      "m.ts": content,
      "lib.ts": "const settings = undefined as unknown as string;\nexport const size = settings.length;\n",
    }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(MeshError);
    const { code, message, location } = error as MeshError;
    expect({ code, message, location }).toEqual(expected);
  });
});

describe("defineModel", () => {
  it("types the inputs of rows as streams under the names of deps, and the output by the columns", () => {
    const model = defineModel({
      columns: { id: "bigint" },
      deps: { orders: ref("orders") },
      async *rows({ orders, signal, isIncremental, vars }) {
        expectTypeOf(orders).toEqualTypeOf<AsyncIterable<Row>>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        expectTypeOf(isIncremental).toEqualTypeOf<boolean>();
        expectTypeOf(vars).toEqualTypeOf<Readonly<Record<string, unknown>>>();
        for await (const order of orders) yield { id: order.id };
      },
    });
    expect(model.deps?.orders).toEqual({ name: "orders" });
    defineModel({
      columns: { id: "bigint" },
      // @ts-expect-error: a column that is not declared, and one that is missing
      *rows() {
        yield { ids: 1 };
      },
    });
    defineModel({
      columns: { id: "bigint" },
      // @ts-expect-error: nothing of this name among deps
      *rows({ orders }) {
        yield { id: orders };
      },
    });
  });
});
