// Data tests: their types, their expansion and the verdict on them; keyed comparison of builds. May not render templates, reach a warehouse or read files.
export { type Condition, holds, parseCondition } from "./condition.ts";
export { describeSingularTest } from "./describe-singular-test.ts";
export {
  changedColumnsSql,
  countsSql,
  type DiffSides,
  differencesSql,
  repeatedKeysSql,
  sampleSql,
  schemaChanges,
} from "./diff-sql.ts";
export { type DeclaredTest, expandTest } from "./expand-test.ts";
export { failingRowsSql, failureCountSql, judgeTest, readFailures } from "./judge-test.ts";
export { maskRows, SAMPLE_ROWS, sampleFailures } from "./sample-failures.ts";
export { testName } from "./test-name.ts";
export { testTypes } from "./types/index.ts";
