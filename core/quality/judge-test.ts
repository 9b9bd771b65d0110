// Owns the verdict on a test: the number judged, and what severity and thresholds make of it. Runs no query.
import { problems } from "../errors/index.ts";
import type { DataTest } from "../manifest/index.ts";
import { holds, parseCondition } from "./condition.ts";

export type Verdict = "pass" | "warn" | "fail";

type Judged = Pick<DataTest, "name" | "severity" | "warnIf" | "errorIf" | "location">;

function meets(test: Judged, key: "warn_if" | "error_if", text: string, failures: number): boolean {
  const condition = parseCondition(text);
  if (!condition) throw problems.badCondition({ test: test.name, key, condition: text }, { location: test.location });
  return holds(condition, failures);
}

/**
 * dbt's order: a test of severity `error` fails when `error_if` holds; otherwise `warn_if` decides between a warning
 * and a pass. A test of severity `warn` never looks at `error_if`. Throws `quality/bad-condition`.
 */
export function judgeTest(test: Judged, failures: number): Verdict {
  if (test.severity === "error" && meets(test, "error_if", test.errorIf, failures)) return "fail";
  return meets(test, "warn_if", test.warnIf, failures) ? "warn" : "pass";
}

/** The query of one row and one column, `failures`, over a test's bound query. `limit` caps the rows before they are counted. */
export function failureCountSql(test: Pick<DataTest, "failCalc" | "limit">, boundSql: string): string {
  return `select ${test.failCalc} as failures\nfrom (\n${limited(boundSql, test.limit)}\n) as mesh_test`;
}

/** The query of the failing rows worth keeping, at most `rows` of them. */
export function failingRowsSql(test: Pick<DataTest, "limit">, boundSql: string, rows: number): string {
  return `select *\nfrom (\n${boundSql}\n) as mesh_test\nlimit ${Math.min(rows, test.limit ?? rows)}`;
}

// The inner query may end in a `limit` of its own, so ours goes around it.
function limited(boundSql: string, limit: number | undefined): string {
  return limit === undefined ? boundSql : `select *\nfrom (\n${boundSql}\n) as mesh_limited\nlimit ${limit}`;
}

/** The number in a result cell of `failureCountSql`: 64-bit numbers arrive as text. Throws `quality/fail-calc-not-a-number`. */
export function readFailures(test: Pick<DataTest, "name" | "failCalc" | "location">, cell: unknown): number {
  const number = typeof cell === "string" && cell.trim() !== "" ? Number(cell) : cell;
  if (typeof number === "number" && Number.isFinite(number)) return number;
  const got = cell === null || cell === undefined ? "null" : "text";
  throw problems.failCalcNotANumber({ test: test.name, failCalc: test.failCalc, got }, { location: test.location });
}
