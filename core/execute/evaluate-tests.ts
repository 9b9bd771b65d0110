// Owns running tests on one build: counts, judges, keeps a few failing rows. Used before a publish and by `mesh test`.
import { bindSql, type DataTest, type Manifest, type Model } from "../manifest/index.ts";
import {
  failingRowsSql,
  failureCountSql,
  judgeTest,
  readFailures,
  SAMPLE_ROWS,
  sampleFailures,
} from "../quality/index.ts";
import type { TestRecord } from "../state/index.ts";
import type { WarehouseSession } from "../warehouse/index.ts";
import { reasonOf } from "./make-build.ts";

export interface EvaluateRequest {
  readonly tests: readonly DataTest[];
  readonly model: Model;
  readonly manifest: Manifest;
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

async function evaluateTest(
  test: DataTest,
  { manifest, model, runId, buildId, session, signal }: EvaluateRequest,
): Promise<TestRecord> {
  const started = performance.now();
  const identity = { runId, test: test.id, model: model.id, buildId };
  const failing = bindSql(test.sql, (id) => session.relation(id)).text;
  try {
    const counted = await session.query(failureCountSql(test, failing));
    const failures = readFailures(test, counted.rows[0]?.[0]);
    const status = judgeTest(test, failures);
    if (status === "pass") return { ...identity, status, failures, durationMs: performance.now() - started };
    const found = await session.query(failingRowsSql(test, failing, SAMPLE_ROWS));
    const sample = sampleFailures(
      found,
      test.dependsOn.map((id) => manifest.models[id]?.columns ?? []),
    );
    return { ...identity, status, failures, sample, durationMs: performance.now() - started };
  } catch (error) {
    // A cancelled query says nothing about the rows.
    if (signal?.aborted) throw error;
    return {
      ...identity,
      status: "error",
      failures: 0,
      message: reasonOf(error),
      durationMs: performance.now() - started,
    };
  }
}
