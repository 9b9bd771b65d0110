// The verdict on a number of failures, and the queries that count and show them.
import { expect, test } from "vitest";
import { failingRowsSql, failureCountSql, judgeTest, readFailures } from "../../core/quality/index.ts";

const base = {
  name: "t",
  severity: "error" as const,
  warnIf: "!= 0",
  errorIf: "!= 0",
  failCalc: "count(*)",
  location: { file: "models/m.yml", line: 3 },
};

test.each([
  ["no failures pass", {}, 0, "pass"],
  ["one failure fails by default", {}, 1, "fail"],
  ["severity warn warns", { severity: "warn" }, 1, "warn"],
  ["severity warn never looks at error_if", { severity: "warn", errorIf: "> 0", warnIf: "> 10" }, 5, "pass"],
  ["below error_if, warn_if decides", { errorIf: "> 10" }, 5, "warn"],
  ["above error_if fails", { errorIf: "> 10" }, 11, "fail"],
  ["below both passes", { errorIf: "> 10", warnIf: "> 5" }, 5, "pass"],
  ["error_if is decided before warn_if", { errorIf: "between 3 and 5", warnIf: "> 0" }, 4, "fail"],
  ["outside error_if's range only warns", { errorIf: "between 3 and 5", warnIf: "> 0" }, 6, "warn"],
] as const)("%s", (_what, given, failures, expected) => {
  expect(judgeTest({ ...base, ...given }, failures)).toBe(expected);
});

test("limit caps the rows before they are counted, also around a limit of the query's own", () => {
  expect(failureCountSql({ failCalc: "count(*)", limit: 5 }, "select 1 limit 9")).toBe(
    "select count(*) as failures\nfrom (\nselect *\nfrom (\nselect 1 limit 9\n) as mesh_limited\nlimit 5\n) as mesh_test",
  );
  expect(failingRowsSql({ limit: 5 }, "q", 20)).toContain("limit 5");
  expect(failingRowsSql({}, "q", 20)).toContain("limit 20");
});

test.each([
  [3, 3],
  ["12", 12],
  ["2.5", 2.5],
])("a count arrives as %j", (cell, number) => {
  expect(readFailures(base, cell)).toBe(number);
});

test.each([[null], [undefined], ["abc"], [""], [true]])("a fail_calc that gives %j is an error with a help", (cell) => {
  expect(() => readFailures({ ...base, failCalc: "sum(x)" }, cell)).toThrow(/fail_calc: "sum\(x\)"/);
});
