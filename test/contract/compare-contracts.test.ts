// What a change of a public model is to those who read it: a row for each kind of change.
import { describe, expect, test } from "vitest";
import { compareContracts, findMissingUpstreams } from "../../core/contract/index.ts";
import type { Column, DataTest, Manifest, Model, Report, Shard } from "../../core/manifest/index.ts";
import { sketchManifest } from "../support/manifest.ts";

const COLUMNS: readonly Column[] = [
  { name: "id", type: "BIGINT" },
  { name: "amount", type: "DECIMAL(10,2)" },
];

type Change = Partial<Model> & { readonly id?: string };

/** shop.orders is public; finance.revenue and finance.rest read it. */
function manifest(orders: Change | undefined, more: Partial<Manifest> = {}): Manifest {
  const sketch = sketchManifest({
    "shop.orders": {},
    "finance.revenue": { reads: ["shop.orders"] },
    "finance.rest": { reads: ["shop.orders"] },
    "shop.inner": { reads: ["shop.orders"] },
  });
  const sql = (text: string) => ({ text, slots: [], map: [], file: "a.sql" });
  const { "shop.orders": base, "finance.revenue": revenue, "finance.rest": rest, ...others } = sketch.models;
  const models: Record<string, Model> = {
    ...others,
    "finance.revenue": { ...(revenue as Model), sql: sql('select sum("amount") from shop.orders') },
    "finance.rest": { ...(rest as Model), sql: sql("select * from shop.orders -- the amount is not used: 'amount'") },
  };
  if (orders) models["shop.orders"] = { ...(base as Model), columns: COLUMNS, columnsKnown: true, ...orders };
  const owner = { team: "Finance", email: "f@example.com" };
  for (const id of ["finance.revenue", "finance.rest"]) models[id] = { ...(models[id] as Model), owner };
  return {
    ...sketch,
    projects: {
      shop: { name: "shop", path: "projects/shop", owner: { team: "Shop" }, schedules: {} },
      finance: { name: "finance", path: "projects/finance", owner, schedules: {} },
    },
    models,
    ...more,
  };
}

const test_ = (name: string, type: string, more: Partial<DataTest> = {}): DataTest => ({
  id: `shop.${name}`,
  project: "shop",
  name,
  type,
  model: "shop.orders",
  column: "id",
  dependsOn: ["shop.orders"],
  sql: { text: `select ${type}`, slots: [], map: [], file: "a.yml" },
  severity: "error",
  warnIf: "!= 0",
  errorIf: "!= 0",
  failCalc: "count(*)",
  storeFailures: false,
  location: { file: "a.yml" },
  ...more,
});
const tested = (...tests: readonly DataTest[]) =>
  manifest({}, { tests: Object.fromEntries(tests.map((one) => [one.id, one])) });
const retyped = (from: string | null, to: string | null) =>
  [manifest({ columns: [{ name: "id", type: from }] }), manifest({ columns: [{ name: "id", type: to }] })] as const;
const keyed = (...key: readonly string[]) => manifest({ config: key.length > 0 ? { unique_key: key } : {} });
const id = (more: Partial<Column>) =>
  manifest({ columns: [{ name: "id", type: "BIGINT", ...more }, ...COLUMNS.slice(1)] });

const CASES: readonly (readonly [what: string, before: Manifest, after: Manifest, said: readonly string[]])[] = [
  ["nothing", manifest({}), manifest({}), []],
  ["the model goes", manifest({}), manifest(undefined), ["breaking model-removed"]],
  ["it is no longer public", manifest({}), manifest({ access: "protected" }), ["breaking model-not-public"]],
  ["it was never public", manifest({ access: "protected" }), manifest(undefined), []],
  ["it becomes public", manifest({ access: "protected" }), manifest({}), ["minor model-added"]],
  ["a column goes", manifest({}), manifest({ columns: COLUMNS.slice(0, 1) }), ["breaking column-removed amount"]],
  [
    "a column is renamed",
    manifest({}),
    manifest({
      columns: [
        { name: "id", type: "BIGINT" },
        { name: "total", type: "DECIMAL(10,2)" },
      ],
    }),
    ["breaking column-removed amount", "minor column-added total"],
  ],
  ["columns change places", manifest({}), manifest({ columns: [...COLUMNS].reverse() }), []],
  [
    "a column is new",
    manifest({}),
    manifest({ columns: [...COLUMNS, { name: "at", type: "DATE" }] }),
    ["minor column-added at"],
  ],
  ["an integer is wider", ...retyped("INTEGER", "BIGINT"), ["dangerous column-widened id"]],
  ["an integer is narrower", ...retyped("BIGINT", "INTEGER"), ["breaking column-retyped id"]],
  ["an integer is text", ...retyped("BIGINT", "VARCHAR"), ["breaking column-retyped id"]],
  ["text is an integer", ...retyped("VARCHAR", "BIGINT"), ["breaking column-retyped id"]],
  ["an integer is a decimal", ...retyped("INTEGER", "DECIMAL(18,2)"), ["breaking column-retyped id"]],
  ["a decimal has more digits", ...retyped("DECIMAL(10,2)", "DECIMAL(12,2)"), ["dangerous column-widened id"]],
  [
    "a decimal has more digits after the point",
    ...retyped("DECIMAL(10,2)", "DECIMAL(12,4)"),
    ["dangerous column-widened id"],
  ],
  [
    "a decimal has fewer digits before the point",
    ...retyped("DECIMAL(10,2)", "DECIMAL(10,4)"),
    ["breaking column-retyped id"],
  ],
  [
    "a decimal has fewer digits after the point",
    ...retyped("DECIMAL(10,2)", "DECIMAL(10,1)"),
    ["breaking column-retyped id"],
  ],
  ["a float is a double", ...retyped("FLOAT", "DOUBLE"), ["dangerous column-widened id"]],
  ["a double is a float", ...retyped("DOUBLE", "FLOAT"), ["breaking column-retyped id"]],
  ["a day is an instant", ...retyped("DATE", "TIMESTAMP"), ["breaking column-retyped id"]],
  ["an instant gets a zone", ...retyped("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"), ["breaking column-retyped id"]],
  ["one type spelt in two ways", ...retyped("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE"), []],
  ["a list of wider integers", ...retyped("INTEGER[]", "BIGINT[]"), ["dangerous column-widened id"]],
  ["a list is no list", ...retyped("INTEGER[]", "INTEGER"), ["breaking column-retyped id"]],
  ["an enum has more values", ...retyped("ENUM('a')", "ENUM('a', 'b')"), ["dangerous column-widened id"]],
  ["an enum has fewer values", ...retyped("ENUM('a', 'b')", "ENUM('a')"), ["breaking column-retyped id"]],
  ["an enum is text", ...retyped("ENUM('a')", "VARCHAR"), ["dangerous column-widened id"]],
  [
    "a struct has another field",
    ...retyped("STRUCT(a INTEGER)", "STRUCT(a INTEGER, b INTEGER)"),
    ["breaking column-retyped id"],
  ],
  ["a type is no longer known", ...retyped("BIGINT", null), ["dangerous column-unknown id"]],
  ["a type becomes known", ...retyped(null, "BIGINT"), []],
  [
    "the columns are no longer known",
    manifest({}),
    manifest({ columns: COLUMNS.slice(0, 1), columnsKnown: false }),
    ["dangerous column-unknown amount"],
  ],
  ["the columns become known", manifest({ columns: COLUMNS.slice(0, 1), columnsKnown: false }), manifest({}), []],
  ["the key changes", keyed("id"), keyed("amount"), ["breaking key-changed"]],
  ["the key goes", keyed("id"), keyed(), ["breaking key-changed"]],
  ["the key is written in another order", keyed("id", "amount"), keyed("amount", "id"), []],
  ["there is a key", keyed(), keyed("id"), ["minor key-added"]],
  ["not_null goes", tested(test_("a", "not_null")), tested(), ["breaking test-removed id"]],
  ["unique goes", tested(test_("a", "unique")), tested(), ["breaking test-removed id"]],
  ["a warning goes", tested(test_("a", "unique", { severity: "warn" })), tested(), ["dangerous test-removed id"]],
  ["another test goes", tested(test_("a", "accepted_values")), tested(), ["dangerous test-removed id"]],
  ["a test is renamed", tested(test_("a", "unique")), tested(test_("b", "unique")), []],
  [
    "a test only warns",
    tested(test_("a", "unique")),
    tested(test_("a", "unique", { severity: "warn" })),
    ["dangerous test-weakened id"],
  ],
  [
    "a test checks other values",
    tested(test_("a", "accepted_values")),
    tested(test_("a", "accepted_values", { sql: { text: "select 2", slots: [], map: [], file: "a.yml" } })),
    ["dangerous test-changed id"],
  ],
  ["there is a test", tested(), tested(test_("a", "unique")), ["minor test-added id"]],
  ["a column is classified", id({}), id({ classification: "pii" }), ["dangerous classification-changed id"]],
  [
    "the contract is not enforced",
    manifest({ contract: { enforced: true } }),
    manifest({}),
    ["dangerous contract-not-enforced"],
  ],
  [
    "it is later",
    manifest({ sla: { freshness: "2h" } }),
    manifest({ sla: { freshness: "3h" } }),
    ["dangerous sla-changed"],
  ],
  ["it promises more", manifest({}), manifest({ sla: { freshness: "3h" } }), []],
  ["words", manifest({}), manifest({ description: "Other.", tags: ["x"], owner: { team: "Else" } }), []],
  ["how it is made", manifest({}), manifest({ fingerprint: "f2", materialized: "view" }), []],
];

describe("a change of a public model", () => {
  test.each(CASES)("%s", (_, before, after, said) => {
    const changes = compareContracts({ before, after, projects: ["shop"] });
    expect(changes.map(({ level, kind, column }) => [level, kind, column].filter(Boolean).join(" "))).toEqual(said);
    for (const { what, model } of changes) expect(what).toContain(model);
  });

  test("of a project that does not change is not looked at", () => {
    const request = { before: manifest({}), after: manifest(undefined), projects: ["finance"] };
    expect(compareContracts(request)).toEqual([]);
  });

  test("that is gone may have another name", () => {
    const after = manifest(undefined);
    const twin = { ...(manifest({}).models["shop.orders"] as Model), id: "shop.sales", name: "sales" };
    const models = { ...after.models, "shop.sales": { ...twin, fingerprint: "same" } };
    const changes = compareContracts({
      before: manifest({ fingerprint: "same" }),
      after: { ...after, models },
      projects: ["shop"],
    });
    expect(changes[0]?.what).toContain("shop.sales is made in the same way");
  });
});

describe("consumers", () => {
  const removed = manifest({ columns: COLUMNS.slice(0, 1) });
  const consumersOf = (after: Manifest, compiled?: ReadonlySet<string>, before = manifest({})) =>
    compareContracts({ before, after, projects: ["shop"], ...(compiled && { compiled }) })[0]?.consumers.map(
      ({ kind, id, project, owner, how }) => `${how} ${kind} ${id} of ${project}: ${owner}`,
    );
  const FINANCE = "Finance (f@example.com)";

  test("models of other projects: those whose SQL names the column use it, others may", () => {
    expect(consumersOf(removed)).toEqual([
      `may use model finance.rest of finance: ${FINANCE}`,
      `uses model finance.revenue of finance: ${FINANCE}`,
    ]);
  });

  test("of a model as a whole read it", () => {
    expect(consumersOf(manifest(undefined))).toEqual([
      `reads model finance.rest of finance: ${FINANCE}`,
      `reads model finance.revenue of finance: ${FINANCE}`,
    ]);
  });

  test("are tests of other projects and reports of any", () => {
    const report: Report = {
      id: "shop.board",
      project: "shop",
      name: "board",
      type: "dashboard",
      owner: { name: "Eva" },
      dependsOn: ["shop.orders"],
      location: { file: "a.yml" },
    };
    const far = { ...test_("near", "unique"), id: "finance.far", project: "finance", model: "finance.rest" };
    const after = { ...removed, reports: { "shop.board": report }, tests: { "finance.far": far } };
    expect(consumersOf(after)).toEqual([
      `may use model finance.rest of finance: ${FINANCE}`,
      `uses model finance.revenue of finance: ${FINANCE}`,
      `may use test finance.far of finance: ${FINANCE}`,
      "may use report shop.board of shop: Eva",
    ]);
  });

  test("that were compiled with the change are left out where compiling proves that they hold", () => {
    expect(consumersOf(removed, new Set(["shop", "finance"]))).toEqual([]);
    const typescript = (one: Manifest) => ({
      ...one,
      models: {
        ...one.models,
        "finance.rest": { ...(one.models["finance.rest"] as Model), kind: "typescript" as const },
      },
    });
    expect(consumersOf(typescript(removed), new Set(["finance"]), typescript(manifest({})))).toHaveLength(1);
  });

  test("that were compiled with the change still count where only people can tell, unless they change too", () => {
    const compiled = new Set(["finance"]);
    expect(consumersOf(keyed("amount"), compiled, keyed("id"))).toHaveLength(2);
    const after = keyed("amount");
    const rest = { ...(after.models["finance.rest"] as Model), fingerprint: "new" };
    const changed = { ...after, models: { ...after.models, "finance.rest": rest } };
    expect(consumersOf(changed, compiled, keyed("id"))).toEqual([`reads model finance.revenue of finance: ${FINANCE}`]);
  });

  test.each([
    ["select amount from t", true],
    ["select AMOUNT from t", true],
    ['select t."amount" from t', true],
    ["select amount_eur, my_amount, amount2 from t", false],
    ["select 1 -- amount", false],
    ["select 'amount' /* amount */", false],
    ["select 'it''s' || amount", true],
  ])("%s: names the column is %s", (text, uses) => {
    const sql = { text, slots: [], map: [], file: "a.sql" };
    const revenue = { ...(removed.models["finance.revenue"] as Model), sql };
    const after = { ...removed, models: { ...removed.models, "finance.revenue": revenue } };
    expect(consumersOf(after)?.[1]).toBe(`${uses ? "uses" : "may use"} model finance.revenue of finance: ${FINANCE}`);
  });
});

describe("what a project reads of others", () => {
  const shard = (reads: readonly string[]): Shard => {
    const { models } = sketchManifest({ "new.one": { reads } });
    const project = { name: "new", path: "projects/new", owner: { team: "New" }, schedules: {} };
    return { project, stores: [], sources: [], models: Object.values(models), tests: [], reports: [], diagnostics: [] };
  };
  const deployed = manifest({});
  const elsewhere: Manifest = {
    ...deployed,
    projects: { gone: { name: "gone", path: "projects/gone", owner: { team: "Gone", slack: "#gone" }, schedules: {} } },
  };

  test.each([
    ["shop.orders", []],
    ["shop.none", ["no such model, Shop"]],
    ["gone.model", ["project not deployed, Gone (#gone)"]],
    ["nobody.model", ["project not deployed, nobody"]],
    ["new.own", []],
  ])("%s", (model, said) => {
    const missing = findMissingUpstreams(shard([model]), deployed, elsewhere);
    expect(missing.map(({ why, owner = "nobody" }) => `${why}, ${owner}`)).toEqual(said);
  });

  test("and what is no longer public", () => {
    const missing = findMissingUpstreams(shard(["shop.orders"]), manifest({ access: "protected" }), elsewhere);
    expect(missing).toMatchObject([{ reader: "new.one", kind: "model", why: "not public" }]);
  });
});
