// What a test written in SQL becomes, and what is wrong with its settings.
import { expect, test } from "vitest";
import { describeSingularTest } from "../../core/quality/index.ts";

const base = {
  name: "no_overlap",
  project: "shop",
  model: "shop.b",
  dependsOn: ["shop.b", "shop.a"],
  location: { file: "projects/shop/tests/no_overlap.sql", line: 1 },
};

test("a singular test takes its settings from config()", () => {
  const out = describeSingularTest({
    ...base,
    config: { severity: "WARN", warn_if: "> 2", limit: 10, store_failures: false },
  });
  expect(out).toEqual({
    test: {
      id: "shop.no_overlap",
      project: "shop",
      name: "no_overlap",
      type: "singular",
      model: "shop.b",
      dependsOn: ["shop.a", "shop.b"],
      severity: "warn",
      warnIf: "> 2",
      errorIf: "!= 0",
      failCalc: "count(*)",
      limit: 10,
      storeFailures: false,
      location: base.location,
    },
  });
});

test.each([
  [{ where: "a > 1" }, /does not apply to a test written in SQL/],
  [{ materialized: "table" }, /`materialized`.*is not a key of a test/],
  [{ error_if: "none" }, /`error_if: "none"`/],
])("%j is refused", (config, message) => {
  const out = describeSingularTest({ ...base, config });
  expect("problems" in out && out.problems[0]?.message).toMatch(message);
});
