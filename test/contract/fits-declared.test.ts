// Which declared types a store's column can be landed as, told from the types alone.
import { describe, expect, it } from "vitest";
import { type Fit, fitsDeclared } from "../../core/contract/index.ts";
import type { StoreClient } from "../../core/manifest/index.ts";

const CASES: readonly (readonly [client: StoreClient, exact: string | undefined, declared: string, fit: Fit])[] = [
  ["pg", "INTEGER", "INTEGER", "fits"],
  ["pg", "INTEGER", "BIGINT", "fits"],
  ["pg", "BIGINT", "INTEGER", "by value"],
  ["pg", "BIGINT", "DECIMAL(19,0)", "fits"],
  ["pg", "BIGINT", "DECIMAL(18,0)", "by value"],
  ["pg", "INTEGER", "DOUBLE", "fits"],
  ["pg", "BIGINT", "DOUBLE", "by value"],
  ["pg", "DECIMAL(10,2)", "DECIMAL(12,2)", "fits"],
  ["pg", "DECIMAL(10,2)", "DECIMAL(10,1)", "by value"],
  ["pg", "BIGINT", "VARCHAR", "fits"],
  ["pg", "UUID", "VARCHAR", "fits"],
  ["pg", "VARCHAR", "BIGINT", "by value"],
  ["pg", "VARCHAR", "JSON", "by value"],
  ["pg", "DATE", "TIMESTAMP", "fits"],
  ["pg", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "never"],
  ["pg", "TIMESTAMP", "DATE", "never"],
  ["pg", "UUID", "BIGINT", "never"],
  ["pg", "BIGINT[]", "BIGINT[]", "fits"],
  ["pg", "BIGINT[]", "BIGINT", "never"],
  ["pg", undefined, "DECIMAL(38,4)", "fits"],
  ["pg", undefined, "DATE", "never"],
  ["mysql", undefined, "BOOLEAN", "fits"],
  ["mysql", undefined, "TIME", "fits"],
  ["mysql", "UBIGINT", "BIGINT", "by value"],
  ["sqlite", "BIGINT", "BOOLEAN", "fits"],
  ["sqlite", "BIGINT", "TIMESTAMP", "never"],
  ["sqlite", "VARCHAR", "TIMESTAMP", "fits"],
  ["sqlite", "VARCHAR", "INTEGER", "never"],
  ["sqlite", undefined, "DECIMAL(12,2)", "fits"],
  ["files", "VARCHAR", "BIGINT", "fits"],
  ["http", undefined, "DATE", "fits"],
];

describe("a column of a store", () => {
  it.each(CASES)("%s: %s declared as %s: %s", (client, type, declared, fit) => {
    expect(fitsDeclared(client, { type }, declared)).toBe(fit);
  });
});
