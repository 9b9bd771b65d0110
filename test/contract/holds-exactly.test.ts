// Which type holds another's every value, checked against DuckDB itself.
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, it } from "vitest";
import { holdsExactly } from "../../core/contract/index.ts";

describe("holdsExactly", () => {
  it.each([
    ["bigint", "INTEGER", true],
    ["INTEGER", "BIGINT", false],
    ["BIGINT", "UBIGINT", false],
    ["HUGEINT", "UBIGINT", true],
    ["DOUBLE", "INTEGER", true],
    ["DOUBLE", "BIGINT", false],
    ["FLOAT", "INTEGER", false],
    ["numeric(12,2)", "DECIMAL(12,2)", true],
    ["DECIMAL(12,2)", "DECIMAL(12,4)", false],
    ["DECIMAL(14,4)", "DECIMAL(12,2)", true],
    ["DECIMAL(13,4)", "DECIMAL(12,2)", false],
    ["DECIMAL(19,0)", "BIGINT", true],
    ["DECIMAL(18,0)", "BIGINT", false],
    ["BIGINT", "DECIMAL(18,0)", true],
    ["BIGINT", "DECIMAL(18,1)", false],
    ["text", "BIGINT", true],
    ["VARCHAR", "TIMESTAMP WITH TIME ZONE", true],
    ["TIMESTAMP", "TIMESTAMP WITH TIME ZONE", false],
    ["timestamptz", "TIMESTAMP WITH TIME ZONE", true],
    ["TIMESTAMP", "DATE", true],
    ["DATE", "TIMESTAMP", false],
    ["BIGINT[]", "INTEGER[]", true],
    ["INTEGER[]", "BIGINT[]", false],
    ["SOMETHING", "INTEGER", false],
  ])("%s holds %s: %s", (wide, narrow, expected) => {
    expect(holdsExactly(wide, narrow)).toBe(expected);
  });

  it("never says yes where DuckDB's round trip of an extreme value changes it", async () => {
    const extremes: Record<string, string[]> = {
      TINYINT: ["-128", "127"],
      INTEGER: ["-2147483648", "2147483647"],
      BIGINT: ["-9223372036854775808", "9223372036854775807"],
      UBIGINT: ["18446744073709551615"],
      "DECIMAL(5,2)": ["999.99", "-999.99"],
      "DECIMAL(12,4)": ["99999999.9999"],
      FLOAT: ["16777217", "0.1"],
      DOUBLE: ["0.1", "9007199254740993"],
      DATE: ["'9999-12-31'"],
      TIMESTAMP: ["'2024-02-29 12:34:56.789012'"],
    };
    const types = [...Object.keys(extremes), "HUGEINT", "UINTEGER", "DECIMAL(38,10)", "DECIMAL(19,0)"];
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    let yes = 0;
    for (const wide of types) {
      for (const [narrow, values] of Object.entries(extremes)) {
        if (!holdsExactly(wide, narrow)) continue;
        yes++;
        for (const value of values) {
          const sql = `select (x::${wide})::${narrow} = x from (select (${value})::${narrow} as x)`;
          expect((await connection.runAndReadAll(sql)).getRows()[0]?.[0], `${value}: ${narrow} through ${wide}`).toBe(
            true,
          );
        }
      }
    }
    expect(yes).toBeGreaterThan(15);
  });
});
