// Owns running tests on one build: counts, judges, keeps a few failing rows. Used before a publish and by `mesh test`.
import { type Build, bindSql, type DataTest, type Manifest, type Model } from "../manifest/index.ts";
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
  /** All that the tests read, and what views among it read. */
  readonly reads: Iterable<Build>;
  readonly signal?: AbortSignal | undefined;
}

/** Up to so many rows, asking costs more than answering. Above, a query for each test tells how long each took, and one at a time fits in memory. */
const FEW_ROWS = 100_000;

/** One record per test. A query that cannot run is an `error` whatever the severity. */
export async function evaluateTests(request: EvaluateRequest): Promise<readonly TestRecord[]> {
  const records: TestRecord[] = [];
  const counted = await countTogether(request);
  for (const [i, test] of request.tests.entries()) {
    request.signal?.throwIfAborted();
    records.push(await evaluateTest(test, request, counted?.[i]));
  }
  return records;
}

/** What was found of one test, and its share of the time. */
interface Counted {
  readonly cell: unknown;
  readonly durationMs: number;
}

/** The counts of all tests by one query; undefined when each is asked by itself: of many rows, or because one cannot run. */
async function countTogether(request: EvaluateRequest): Promise<readonly Counted[] | undefined> {
  const { tests, session, signal } = request;
  if (tests.length < 2 || rowsOf(request.reads) > FEW_ROWS) return undefined;
  const started = performance.now();
  const counts = tests.map((test, i) => `(\n${countSql(test, session)}\n) as t${i}`);
  try {
    const { rows } = await session.query(`select ${counts.join(",\n")}`);
    const durationMs = (performance.now() - started) / tests.length;
    return tests.map((_, i) => ({ cell: rows[0]?.[i], durationMs }));
  } catch (error) {
    if (signal?.aborted) throw error;
    return undefined;
  }
}

function rowsOf(builds: Iterable<Build>): number {
  return [...builds].reduce((sum, { data }) => sum + (data.kind === "files" ? data.rows : 0), 0);
}

function countSql(test: DataTest, session: WarehouseSession): string {
  return failureCountSql(test, bindSql(test.sql, (id) => session.relation(id)).text);
}

async function evaluateTest(
  test: DataTest,
  { manifest, model, runId, buildId, session, signal }: EvaluateRequest,
  counted: Counted | undefined,
): Promise<TestRecord> {
  const started = performance.now() - (counted?.durationMs ?? 0);
  const identity = { runId, test: test.id, model: model.id, buildId };
  try {
    const cell = counted ? counted.cell : (await session.query(countSql(test, session))).rows[0]?.[0];
    const failures = readFailures(test, cell);
    const status = judgeTest(test, failures);
    if (status === "pass") return { ...identity, status, failures, durationMs: performance.now() - started };
    const failing = bindSql(test.sql, (id) => session.relation(id)).text;
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
