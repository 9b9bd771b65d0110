// Owns running tests on one build: counts, judges, keeps a few failing rows. Used before a publish and by `mesh test`.
import { bindSql, type DataTest, type Model } from "../manifest/index.ts";
import { judgeTest, maskSample } from "../quality/index.ts";
import type { TestRecord } from "../state/index.ts";
import type { WarehouseSession } from "../warehouse/index.ts";
import { reasonOf } from "./make-build.ts";

/** How many failing rows are kept of one test. */
const SAMPLE_ROWS = 20;

export interface EvaluateRequest {
  readonly tests: readonly DataTest[];
  readonly model: Model;
  readonly runId: string;
  readonly buildId: string;
  /** Sees the build under the model's id, and every other model the tests read. */
  readonly session: WarehouseSession;
  readonly signal?: AbortSignal | undefined;
}

/** One record per test. A query that cannot run is an `error` whatever the severity. */
export async function evaluateTests(request: EvaluateRequest): Promise<readonly TestRecord[]> {
  const records: TestRecord[] = [];
  for (const test of request.tests) {
    request.signal?.throwIfAborted();
    records.push(await evaluateTest(test, request));
  }
  return records;
}

async function evaluateTest(test: DataTest, { model, runId, buildId, session }: EvaluateRequest): Promise<TestRecord> {
  const started = performance.now();
  const identity = { runId, test: test.id, model: model.id, buildId };
  const failing = bindSql(test.sql, (id) => session.relation(id)).text;
  const limited = test.limit === undefined ? failing : `select * from (\n${failing}\n) as failing limit ${test.limit}`;
  try {
    const counted = await session.query(`select ${test.failCalc} as failures from (\n${limited}\n) as failing`);
    const failures = Number(counted.rows[0]?.[0] ?? 0);
    const status = judgeTest(test, failures);
    if (status === "pass") return { ...identity, status, failures, durationMs: performance.now() - started };
    const found = await session.query(`select * from (\n${limited}\n) as failing limit ${SAMPLE_ROWS}`);
    const rows = found.rows.map((row) => Object.fromEntries(found.columns.map((column, i) => [column.name, row[i]])));
    return { ...identity, status, failures, sample: maskSample({ test, columns: model.columns, rows }), durationMs: performance.now() - started };
  } catch (error) {
    return { ...identity, status: "error", failures: 0, message: reasonOf(error), durationMs: performance.now() - started };
  }
}
