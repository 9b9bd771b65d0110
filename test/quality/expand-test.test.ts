// Each test type expanded, its query run by DuckDB over rows that pass and rows that fail.
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problems } from "../../core/errors/index.ts";
import { bindSql, sqlFromTokens } from "../../core/manifest/index.ts";
import { type DeclaredTest, expandTest, failureCountSql } from "../../core/quality/index.ts";

const at = { file: "projects/shop/models/_models.yml", line: 7, column: 9 };
const columns = ["id", "status", "amount", "customer_id", "Mixed"].map((name) => ({ name, type: null }));

function expand(declaration: Partial<DeclaredTest>, column?: string, known: typeof columns | undefined = columns) {
  return expandTest({
    declaration: { type: "unique", args: {}, config: {}, at, ...declaration },
    model: "shop.orders",
    modelName: "orders",
    project: "shop",
    ...(column !== undefined && { column }),
    columns: known,
    resolveRef(reference) {
      if (reference.kind === "ref" && reference.name === "customers") return "shop.customers";
      throw problems.unexpected({ what: "resolving", reason: "not there" });
    },
  });
}

function problemsOf(...input: Parameters<typeof expand>) {
  const out = expand(...input);
  if (!("problems" in out)) throw new Error("expanded although it should not");
  return out.problems.map((one) => `${one.code} | ${one.message} | ${one.help}`);
}

let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run(`create table orders as select * from (values
    (1, 'new',  10.0, 1, 'a'), (2, 'paid', 20.0, 2, 'a'), (2, 'paid', -1.0, 9, 'b'),
    (null, null, null, null, null), (null, 'it''s', 5.0, 1, null)) t(id, status, amount, customer_id, "Mixed")`);
  await connection.run("create table customers as select * from (values (1), (2), (null)) t(id)");
});
afterAll(() => connection.closeSync());

async function failures(declaration: Partial<DeclaredTest>, column?: string): Promise<number> {
  const out = expand(declaration, column);
  if ("problems" in out) throw out.problems[0];
  const compiled = sqlFromTokens(out.test.tokenedSql, (id) => `stable.${id}`, { file: at.file });
  const bound = bindSql(compiled, (id) => id.split(".")[1] as string);
  const result = await connection.runAndReadAll(failureCountSql(out.test, bound.text));
  return Number(result.getRows()[0]?.[0]);
}

describe("rows of the query are the failures", () => {
  test.each<[string, Partial<DeclaredTest>, string | undefined, number]>([
    ["unique counts each repeated value once and ignores NULL", { type: "unique" }, "id", 1],
    ["unique with a filter sees the filtered rows only", { type: "unique", config: { where: "amount > 0" } }, "id", 0],
    ["not_null counts rows", { type: "not_null" }, "id", 2],
    ["a filter may end in a comment", { type: "not_null", config: { where: "status is not null -- why" } }, "id", 1],
    ["a filter may use the model's name", { type: "not_null", config: { where: "orders.amount = 5" } }, "id", 1],
    [
      "accepted_values lets NULL pass",
      { type: "accepted_values", args: { values: ["new", "paid", "it's"] } },
      "status",
      0,
    ],
    [
      "accepted_values counts values, not rows",
      { type: "accepted_values", args: { values: ["new", "it's"] } },
      "status",
      1,
    ],
    ["accepted_values unquoted", { type: "accepted_values", args: { values: [1], quote: false } }, "id", 1],
    ["accepted_values quoted compares numbers too", { type: "accepted_values", args: { values: [1, 2] } }, "id", 0],
    [
      "relationships lets NULL pass",
      { type: "relationships", args: { to: "ref('customers')", field: "id" } },
      "customer_id",
      1,
    ],
    [
      "relationships filters the child only",
      { type: "relationships", args: { to: "ref('customers')", field: "id" }, config: { where: "amount > 0" } },
      "customer_id",
      0,
    ],
    [
      "expression_is_true on the model, NULL passes",
      { type: "expression_is_true", args: { expression: "amount >= 0" } },
      undefined,
      1,
    ],
    [
      "expression_is_true on a column",
      { type: "expression_is_true", args: { expression: "> 5 -- more" } },
      "amount",
      2,
    ],
    [
      "expression_is_true may name the model",
      { type: "expression_is_true", args: { expression: "orders.amount >= 0" }, config: { where: "id = 2" } },
      undefined,
      1,
    ],
    ["row_count within", { type: "row_count", args: { min: 5, max: 5 } }, undefined, 0],
    ["row_count below", { type: "row_count", args: { min: 6 } }, undefined, 1],
    ["row_count above", { type: "row_count", args: { max: 4 } }, undefined, 1],
    [
      "unique_combination_of_columns",
      { type: "unique_combination_of_columns", args: { combination_of_columns: ["id", "status"] } },
      undefined,
      1,
    ],
    [
      "unique_combination_of_columns, passing",
      { type: "dbt_utils.unique_combination_of_columns", args: { combination_of_columns: ["id", "amount"] } },
      undefined,
      0,
    ],
    ["names are matched without case", { type: "not_null" }, "MIXED", 2],
    ["limit caps what is counted", { type: "not_null", config: { limit: 1 } as object }, "id", 1],
    [
      "fail_calc decides the number",
      { type: "unique", config: { fail_calc: "coalesce(sum(n_records), 0)" } as object },
      "id",
      2,
    ],
  ])("%s", async (_what, declaration, column, expected) => {
    expect(await failures(declaration, column)).toBe(expected);
  });
});

test("an expanded test says all that the manifest keeps of it", () => {
  const out = expand(
    {
      type: "relationships",
      args: { to: "ref('customers')", field: "id" },
      config: { severity: "warn", error_if: ">5" } as object,
    },
    "customer_id",
  );
  if (!("test" in out)) throw out.problems[0];
  const { tokenedSql, ...rest } = out.test;
  expect(tokenedSql).toContain('"customer_id"');
  expect(rest).toEqual({
    id: "shop.relationships_orders_customer_id__id__ref_customers_",
    project: "shop",
    name: "relationships_orders_customer_id__id__ref_customers_",
    type: "relationships",
    model: "shop.orders",
    column: "customer_id",
    dependsOn: ["shop.customers", "shop.orders"],
    severity: "warn",
    warnIf: "!= 0",
    errorIf: ">5",
    failCalc: "count(*)",
    storeFailures: true,
    location: at,
  });
});

test("a name of its own is kept", () => {
  const out = expand({ type: "not_null", name: "every_order_has_an_id" }, "id");
  expect("test" in out && out.test.id).toBe("shop.every_order_has_an_id");
});

test("columns that are not known are taken as written", () => {
  const out = expandTest({
    declaration: { type: "not_null", args: {}, config: {}, at },
    model: "shop.orders",
    modelName: "orders",
    project: "shop",
    column: "anything",
    columns: undefined,
    resolveRef: () => "",
  });
  expect("test" in out && out.test.tokenedSql).toContain('where "anything" is null');
});

describe("what is refused", () => {
  test.each<[string, Partial<DeclaredTest>, string | undefined, readonly RegExp[]]>([
    ["an unknown type", { type: "uniqe" }, "id", [/^quality\/unknown-test-type .*`uniqe`.*Did you mean `unique`/]],
    ["a column test on the model", { type: "not_null" }, undefined, [/^quality\/wrong-test-level .*on a column/]],
    [
      "a model test on a column",
      { type: "row_count", args: { min: 1 } },
      "id",
      [/^quality\/wrong-test-level .*on the model/],
    ],
    [
      "a missing column",
      { type: "not_null" },
      "statos",
      [/^quality\/column-not-found .*`statos`.*Did you mean `status`/],
    ],
    [
      "an unknown argument",
      { type: "accepted_values", args: { values: ["a"], qoute: true } },
      "status",
      [/^quality\/unknown-test-argument .*`qoute`.*`quote`/],
    ],
    [
      "a missing argument",
      { type: "accepted_values" },
      "status",
      [/^quality\/bad-test-argument .*`values` is required/],
    ],
    [
      "an empty list",
      { type: "accepted_values", args: { values: [] } },
      "status",
      [/`values` must list at least one value/],
    ],
    [
      "a null among values",
      { type: "accepted_values", args: { values: ["a", null] } },
      "status",
      [/`values` must be text, numbers or booleans/],
    ],
    [
      "bounds that exclude all",
      { type: "row_count", args: { min: 3, max: 2 } },
      undefined,
      [/needs `min` not above `max`/],
    ],
    ["no bounds", { type: "row_count", args: {} }, undefined, [/needs `min`, `max` or both/]],
    ["a bound that is text", { type: "row_count", args: { min: "3" } }, undefined, [/`min` must be a whole number/]],
    [
      "a reference that is none",
      { type: "relationships", args: { to: "customers", field: "id" } },
      "customer_id",
      [/`to` must be a reference such as/],
    ],
    [
      "a reference to nothing",
      { type: "relationships", args: { to: "ref('nobody')", field: "id" } },
      "customer_id",
      [/^internal\/unexpected/],
    ],
    [
      "a bad condition",
      { type: "not_null", config: { warn_if: "lots" } as object },
      "id",
      [/^quality\/bad-condition .*`warn_if: "lots"`/],
    ],
    [
      "a bad severity",
      { type: "not_null", config: { severity: "fatal" } as object },
      "id",
      [/^quality\/bad-test-config .*`severity`/],
    ],
    [
      "a bad limit",
      { type: "not_null", config: { limit: 0 } as object },
      "id",
      [/^quality\/bad-test-config .*`limit`/],
    ],
    [
      "an unknown config key",
      { type: "not_null", config: { severty: "warn" } as object },
      "id",
      [/`severty`.*Did you mean `severity`/],
    ],
    [
      "several things at once, all of them",
      { type: "accepted_values", args: { value: ["a"] }, config: { error_if: "x" } as object },
      "statos",
      [
        /^quality\/bad-condition/,
        /`values` is required/,
        /no argument `value`.*`values`/,
        /^quality\/column-not-found/,
      ],
    ],
    [
      "a missing column in a list",
      { type: "unique_combination_of_columns", args: { combination_of_columns: ["id", "amont"] } },
      undefined,
      [/`amont`.*`amount`/],
    ],
  ])("%s", (_what, declaration, column, expected) => {
    const found = problemsOf(declaration, column);
    for (const pattern of expected) expect(found).toContainEqual(expect.stringMatching(pattern));
    expect(found).toHaveLength(expected.length);
  });

  test("every problem is at the declaration's place", () => {
    const out = expand({ type: "nothing" }, "id");
    expect("problems" in out && out.problems.map((one) => one.location)).toEqual([at]);
  });
});
