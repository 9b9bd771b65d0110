// Data tests: their types, their expansion and the verdict on them; keyed comparison of builds. May not render templates, reach a warehouse or read files.
export { type Condition, holds, parseCondition } from "./condition.ts";
export { describeSingularTest, type SingularTestInput } from "./describe-singular-test.ts";
export {
  changedColumnsSql,
  countsSql,
  type DiffSides,
  differencesSql,
  repeatedKeysSql,
  sampleSql,
  schemaChanges,
} from "./diff-sql.ts";
export { type DeclaredTest, type ExpandedTest, type ExpandTestInput, expandTest, findTestType } from "./expand-test.ts";
export { failingRowsSql, failureCountSql, judgeTest, readFailures, type Verdict } from "./judge-test.ts";
export { type FailingRows, MASK, maskRows, SAMPLE_ROWS, sampleFailures } from "./sample-failures.ts";
export { testName } from "./test-name.ts";
export type { TestLevel, TestType } from "./test-type.ts";
export { testTypes } from "./types/index.ts";
