// What compiling one healthy or slightly wrong mesh gives: references, access, both incremental forms, sources, contracts, places.
import { describe, expect, test } from "vitest";
import { bindSql } from "../../core/manifest/index.ts";
import { type CompiledFolder, type CompileFolderOptions, compileFolder } from "../support/compile-folder.ts";
import { SHOP_ENV, SHOP_MESH } from "../support/shop-mesh.ts";
import { withTempMesh } from "../support/temp-mesh.ts";

type Files = Readonly<Record<string, string>>;

async function compiled(files: Files, options: CompileFolderOptions = {}): Promise<CompiledFolder> {
  return withTempMesh(files, ({ root }) => compileFolder(root, options));
}

const shop = (more: Files = {}) => compiled({ ...SHOP_MESH, ...more }, { env: SHOP_ENV });

const onlyError = ({ errors }: CompiledFolder) => {
  expect(errors.map((error) => error.message)).toHaveLength(1);
  return errors[0] as (typeof errors)[number];
};

describe("access", () => {
  const model = (access: string, group?: string) =>
    `models: [{ name: m, description: d, config: { access: ${access}${group ? `, group: ${group}` : ""} } }]\n`;
  const own = (yaml: string, reader = ""): Files => ({
    "projects/a/models/m.sql": "select 1 as one",
    "projects/a/models/m.yml": yaml,
    "projects/a/models/reader.sql": `${reader}select * from {{ ref('m') }}`,
  });
  const other = (yaml: string): Files => ({
    "projects/a/models/m.sql": "select 1 as one",
    "projects/a/models/m.yml": yaml,
    "projects/b/models/reader.sql": "select * from {{ ref('a', 'm') }}",
  });
  test.each([
    ["public, from another project", other(model("public")), true],
    ["protected, from another project", other(model("protected")), false],
    [
      "nothing said, from another project",
      { ...other(""), "projects/a/models/m.yml": "models: [{ name: m }]\n" },
      false,
    ],
    ["private, from another project", other(model("private", "g")), false],
    ["protected, from its own project", own(model("protected")), true],
    ["private, from its group", own(model("private", "g"), "{{ config(group='g') }}"), true],
    ["private, from another group", own(model("private", "g"), "{{ config(group='h') }}"), false],
    ["private, from no group", own(model("private", "g")), false],
    ["private without a group", own(model("private")), false],
  ])("%s: %#", async (_what, files, allowed) => {
    const result = await compiled(files);
    expect(result.said).toEqual(allowed ? [] : [expect.stringContaining("compile/access-denied projects/")]);
    const reader = Object.keys(result.manifest.models).filter((id) => id.endsWith(".reader"));
    expect(reader).toHaveLength(allowed ? 1 : 0);
  });

  test("a test may not read what its model may not", async () => {
    const result = await compiled({
      "projects/a/models/m.sql": "select 1 as one",
      "projects/b/models/n.sql": "select 1 as one",
      "projects/b/models/n.yml": `models:
  - name: n
    columns:
      - { name: one, data_tests: [{ relationships: { arguments: { to: "ref('a', 'm')", field: one } } }] }
`,
    });
    expect(onlyError(result)).toMatchObject({
      code: "compile/access-denied",
      location: { file: "projects/b/models/n.yml" },
    });
    // What cannot be tested is not built.
    expect(Object.keys(result.manifest.models)).toEqual(["a.m"]);
  });
});

describe("references", () => {
  test.each([
    ["a slip", "ref('ordres')", "compile/ref-not-found", "ref('orders')"],
    ["another project's model as one's own", "ref('daily')", "compile/ref-not-found", "ref('sales', 'daily')"],
    ["a slip in another project", "ref('sales', 'dayli')", "compile/ref-not-found", "ref('sales', 'daily')"],
    ["a slip in a project", "ref('sale', 'daily')", "compile/project-not-found", "ref('sales', 'daily')"],
    ["a version nobody made", "ref('sales', 'daily', v=2)", "compile/version-not-available", "ref('sales', 'daily')"],
    ["a slip in a store", "source('shop_bd', 'orders')", "compile/store-not-found", '"shop_db"'],
    ["a slip in a table", "source('shop_db', 'order')", "compile/source-not-found", "source('shop_db', 'orders')"],
  ])("%s: the message says what is nearest, at the line and column", async (_what, text, code, near) => {
    const result = await shop({ "projects/shop/models/x.sql": `select *\nfrom {{ ${text} }}\n` });
    const error = onlyError(result);
    expect(error).toMatchObject({ code, project: "shop", location: { file: "projects/shop/models/x.sql", line: 2 } });
    expect(error.help).toContain(near);
  });

  test("source() in a query reads the snapshot that copies it", async () => {
    const { model } = await shop();
    expect(model("shop.orders").dependsOn).toEqual({ models: ["shop.countries", "shop.raw_orders"], sources: [] });
    expect(model("shop.raw_orders").dependsOn).toEqual({ models: [], sources: ["shop.shop_db.orders"] });
  });

  test("a source that no snapshot copies, or two do, cannot be read", async () => {
    const snapshots = SHOP_MESH["projects/shop/models/snapshots.yml"] ?? "";
    const none = await shop({ "projects/shop/models/snapshots.yml": snapshots.replace(/snapshots:[\s\S]*/, "") });
    expect(none.errors.map(({ code }) => code)).toContain("compile/source-without-snapshot");
    const two = await shop({
      "projects/shop/models/snapshots.yml": `${snapshots}  - name: raw_again\n    relation: source('shop_db', 'orders')\n`,
    });
    const ambiguous = two.errors.find(({ code }) => code === "compile/source-ambiguous");
    expect(ambiguous?.help).toMatch(/ref\('raw_(again|orders)'\) or ref\('raw_(again|orders)'\)/);
  });

  test("all wrong references of one file are said at once", async () => {
    const { errors } = await shop({
      "projects/shop/models/x.sql":
        "select * from {{ ref('a1') }}, {{ ref('b1') }}, {{ source('c1', 'd') }}, {{ ref('e1', 'f') }}",
    });
    expect(errors).toHaveLength(4);
  });
});

describe("incremental models", () => {
  test("are rendered twice when they ask is_incremental(), and each form is bound", async () => {
    const { model } = await shop();
    const { sql, incrementalSql } = model("sales.daily");
    expect(sql?.text).not.toContain("max(day)");
    expect(incrementalSql?.text).toContain("max(day)");
    expect(incrementalSql?.slots.map((slot) => slot.model)).toEqual(["shop.orders", "sales.daily"]);
    expect(model("sales.daily").dependsOn.models).toEqual(["shop.orders"]);
  });

  test("have one form when they do not ask, and so has a table that asks", async () => {
    const asks = "{% if is_incremental() %} where false {% endif %}";
    const { model, said } = await shop({
      "projects/sales/models/plain.sql": "{{ config(materialized='incremental') }} select 1 as one",
      "projects/sales/models/asking.sql": `{{ config(materialized='table') }} select 1 as one ${asks}`,
    });
    expect(said).toEqual([]);
    expect(model("sales.plain").incrementalSql).toBeUndefined();
    expect(model("sales.asking").incrementalSql).toBeUndefined();
  });

  test("a mistake in the incremental form alone is found", async () => {
    const result = await shop({
      "projects/sales/models/daily.sql": (SHOP_MESH["projects/sales/models/daily.sql"] ?? "").replace(
        "max(day)",
        "max(dya)",
      ),
    });
    const mistake = result.errors.find((error) => error.location?.file === "projects/sales/models/daily.sql");
    expect(mistake).toMatchObject({ code: "sql/column-not-found", location: { line: 4 } });
  });
});

describe("columns and contracts", () => {
  test("columns and types are found through seeds, snapshots, SQL and TypeScript, without running anything", async () => {
    const { model } = await shop();
    const columns = (id: string) => model(id).columns.map(({ name, type }) => `${name} ${type}`);
    expect(columns("shop.countries")).toEqual(["code VARCHAR", "name VARCHAR", "vat BIGINT"]);
    expect(columns("shop.raw_orders")).toEqual([
      "id BIGINT",
      "country VARCHAR",
      "amount DECIMAL(10,2)",
      "created_at TIMESTAMP",
    ]);
    expect(columns("sales.daily")).toEqual(["day DATE", "cents HUGEINT", "orders BIGINT"]);
    expect(columns("board.scores")).toEqual(["day DATE", "score DOUBLE"]);
  });

  const contract = (columns: string) => ({
    "projects/a/models/m.sql": "select 1 as id, 'x' as name",
    "projects/a/models/m.yml": `models:\n  - name: m\n    config: { contract: { enforced: true } }\n    columns: [${columns}]\n`,
  });
  test.each([
    ["kept", "{ name: id, data_type: int }, { name: name, data_type: text }", []],
    ["kept, in another order and spelling", "{ name: name, data_type: string }, { name: id, data_type: int4 }", []],
    ["a column less than the query", "{ name: id, data_type: int }", ["compile/contract-column-undeclared"]],
    [
      "a column more",
      "{ name: id, data_type: int }, { name: name, data_type: text }, { name: age, data_type: int }",
      ["compile/contract-column-missing"],
    ],
    ["another type", "{ name: id, data_type: bigint }, { name: name, data_type: text }", ["compile/data-type-differs"]],
    ["no type", "{ name: id }, { name: name, data_type: text }", ["compile/contract-type-missing"]],
    ["a type that is none", "{ name: id, data_type: itn }, { name: name, data_type: text }", ["compile/unknown-type"]],
    [
      "all at once",
      "{ name: id, data_type: bigint }, { name: nmae, data_type: text }",
      ["compile/contract-column-missing", "compile/contract-column-undeclared", "compile/data-type-differs"],
    ],
  ])("a contract: %s", async (_what, columns, codes) => {
    const { errors, manifest } = await compiled(contract(columns));
    expect(errors.map(({ code }) => code).sort()).toEqual(codes);
    expect(Object.keys(manifest.models)).toEqual(codes.length === 0 ? ["a.m"] : []);
  });

  test("without types no columns are known, and nothing of them is claimed or checked", async () => {
    const { model, said } = await compiled(SHOP_MESH, { env: SHOP_ENV, types: false });
    expect(said).toEqual([]);
    expect(model("sales.daily")).toMatchObject({ columnsKnown: false });
  });
});

describe("publish groups", () => {
  const group = "{{ config(publish='together') }}";
  const line = (middle: string): Files => ({
    "projects/a/models/first.sql": `${group} select 1 as one`,
    "projects/a/models/middle.sql": `${middle} select * from {{ ref('first') }}`,
    "projects/a/models/last.sql": `${group} select * from {{ ref('middle') }}`,
  });

  test("members may read each other, and outsiders may read them", async () => {
    const { said } = await compiled({
      ...line(group),
      "projects/a/models/after.sql": "select * from {{ ref('last') }}",
    });
    expect(said).toEqual([]);
  });

  test("an outsider in between is an error that names it, and no member is built", async () => {
    const result = await compiled(line(""));
    expect(result.errors.map(({ code }) => code).sort()).toEqual([
      "compile/publish-group-open",
      "compile/upstream-broken",
    ]);
    for (const { message } of result.errors) expect(message).toContain("a.middle");
    expect(Object.keys(result.manifest.models)).toEqual([]);
  });
});

describe("places", () => {
  const upstream = { "projects/a/models/up.sql": "select 1 as id" };
  test.each([
    ["on the first line", "select idd from {{ ref('up') }}", 1, 8],
    ["behind a slot on its line", "select u.id from {{ ref('up') }} u where u.idd = 1", 1, 42],
    ["behind two slots on its line", "select * from {{ ref('up') }} u join {{ ref('up') }} v on v.id = u.idd", 1, 66],
    ["behind a slot on earlier lines", "with a as (\n  select * from {{ ref('up') }}\n)\nselect idd from a", 4, 8],
    ["behind a macro that prints many lines", "{{ long() }}\nselect idd from {{ ref('up') }}", 2, 8],
    ["behind a macro on its line", "select {{ short() }}, idd from {{ ref('up') }}", 1, 23],
    [
      "behind a block and a loop",
      "{% for n in [1, 2, 3] %}\n-- {{ n }}\n{% endfor %}\nselect idd from {{ ref('up') }}",
      4,
      8,
    ],
  ])("a wrong column %s is shown where it was written", async (_what, sql, line, column) => {
    const result = await compiled({
      ...upstream,
      "projects/a/models/m.sql": sql,
      "projects/a/macros/long.sql": "{% macro long() %}/*\n\n\n*/{% endmacro %}",
      "projects/a/macros/short.sql": "{% macro short() %}1 as one{% endmacro %}",
    });
    expect(onlyError(result)).toMatchObject({
      code: "sql/column-not-found",
      location: { file: "projects/a/models/m.sql", line, column },
    });
  });

  test("a mistake inside a macro's text names the model", async () => {
    const result = await compiled({
      ...upstream,
      "projects/a/models/m.sql": "select\n  {{ wrong() }}\nfrom {{ ref('up') }}",
      "projects/a/macros/wrong.sql": "{% macro wrong() %}idd{% endmacro %}",
    });
    const { message, location } = onlyError(result);
    expect(`${message} ${location?.file}:${location?.line}`).toMatch(/a\.m\b.*idd|idd.*a\.m\b|m\.sql:2|wrong\.sql:1/);
  });

  test("every slot of the compiled SQL is where bindSql puts a name", async () => {
    const { sql } = (await shop()).model("shop.orders");
    if (!sql) throw new Error("no sql");
    const bound = bindSql(sql, (id) => `<${id}>`).text;
    expect(bound).toContain("from <shop.raw_orders> o");
    expect(bound).toContain("join <shop.countries> c");
  });
});

test("the order in which projects are given changes no byte", async () => {
  const files = { ...SHOP_MESH, "projects/sales/models/bad.sql": "select * from {{ ref('nothing') }}" };
  await withTempMesh(files, async ({ root }) => {
    const orders: CompileFolderOptions["order"][] = [
      (projects) => projects,
      (projects) => [...projects].reverse(),
      (projects) => [...projects.slice(1), ...projects.slice(0, 1)],
    ];
    const bytes = new Set<string>();
    for (const order of orders)
      bytes.add((await compileFolder(root, { env: SHOP_ENV, ...(order && { order }) })).bytes);
    expect(bytes.size).toBe(1);
  });
});
