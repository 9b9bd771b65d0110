// Conditions on failure counts, against SQL's own meaning of the same text.
import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Condition, holds, parseCondition } from "../../core/quality/index.ts";

const number = fc.oneof(
  fc.integer({ min: -50, max: 50 }),
  fc.integer({ min: -500, max: 500 }).map((n) => n / 10),
);
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    kind: fc.constant("compare" as const),
    comparison: fc.constantFrom("=" as const, "!=" as const, "<" as const, "<=" as const, ">" as const, ">=" as const),
    value: number,
  }),
  fc.record({ kind: fc.constant("between" as const), low: number, high: number, negated: fc.boolean() }),
);

function formatCondition(one: Condition): string {
  if (one.kind === "compare") return `${one.comparison} ${one.value}`;
  return `${one.negated ? "not " : ""}between ${one.low} and ${one.high}`;
}

test.each([
  [">10", { kind: "compare", comparison: ">", value: 10 }],
  ["> 10", { kind: "compare", comparison: ">", value: 10 }],
  ["!= 0", { kind: "compare", comparison: "!=", value: 0 }],
  ["<>0", { kind: "compare", comparison: "!=", value: 0 }],
  ["==3", { kind: "compare", comparison: "=", value: 3 }],
  ["between 3 and 5", { kind: "between", low: 3, high: 5, negated: false }],
  ["NOT BETWEEN 0 AND 1.5", { kind: "between", low: 0, high: 1.5, negated: true }],
])("%s is read as a condition", (text, expected) => {
  expect(parseCondition(text)).toEqual(expected);
});

test.each(["", "10", ">", "> ten", ">10; drop table x", "between 3", "between 3 and", "is null", ">1 or 1=1", "=> 3"])(
  "%j is refused",
  (text) => {
    expect(parseCondition(text)).toBeUndefined();
  },
);

test("a condition written out is read back as itself", () => {
  fc.assert(
    fc.property(condition, (one) => {
      expect(parseCondition(formatCondition(one))).toEqual(one);
    }),
  );
});

test("a condition decides what SQL decides", async () => {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await fc.assert(
    fc.asyncProperty(condition, fc.integer({ min: -60, max: 60 }), async (one, failures) => {
      const rows = await connection.runAndReadAll(`select ${failures} ${formatCondition(one)}`);
      expect(holds(one, failures)).toBe(rows.getRows()[0]?.[0]);
    }),
    { numRuns: 200 },
  );
  connection.closeSync();
});
