// Names of tests: dbt's, shortened where they are long.
import { expect, test } from "vitest";
import { testName } from "../../core/quality/index.ts";

test.each([
  ["unique", "orders", "id", {}, "unique_orders_id"],
  [
    "accepted_values",
    "orders",
    "status",
    { values: ["placed", "sent back"] },
    "accepted_values_orders_status__placed__sent_back",
  ],
  ["accepted_values", "o", "s", { values: [1, 2], quote: false }, "accepted_values_o_s__False__1__2"],
  [
    "relationships",
    "orders",
    "c",
    { to: "ref('customers')", field: "id" },
    "relationships_orders_c__id__ref_customers_",
  ],
  ["row_count", "orders", undefined, { min: 1 }, "row_count_orders_1"],
  [
    "dbt_utils.expression_is_true",
    "orders",
    undefined,
    { expression: "a >= b" },
    "dbt_utils_expression_is_true_orders_a_b",
  ],
] as const)("%s on %s.%s is named as dbt names it", (type, model, column, args, name) => {
  expect(testName(type, model, column, args)).toBe(name);
});

test("a name of 64 characters or more keeps thirty and the md5 of the whole", () => {
  const values = ["one", "two", "three", "four", "five", "six", "seven", "eight"];
  const name = testName("accepted_values", "orders_with_a_long_name", "status", { values });
  expect(name).toMatch(/^accepted_values_orders_with_a__[0-9a-f]{32}$/);
  expect(testName("unique", "m".repeat(53), "id", {})).toHaveLength(63);
  expect(testName("unique", "m".repeat(54), "id", {})).toHaveLength(63);
  expect(testName("unique", "m".repeat(54), "id", {})).toMatch(/_[0-9a-f]{32}$/);
});
