// Owns the results of data tests.
import type { Knex } from "knex";
import type { BuildVerdict, StateStore, TestRecord } from "../types.ts";
import { moveBuilds } from "./builds.ts";
import { type Database, from, inTransaction, now } from "./database.ts";
import { type TestRow, testRecord } from "./records.ts";

/** Rows in one statement: eleven bindings each, well below either database's limit. */
const CHUNK = 500;

export function createTestMethods(database: Database): Pick<StateStore, "recordTests" | "listTests"> {
  return {
    recordTests: (results, verdict) =>
      results.length <= CHUNK && !verdict
        ? writeTests(database, { results }, database.knex)
        : inTransaction(database, (trx) => writeTests(database, { results, verdict }, trx)),

    async listTests({ runId, buildId }) {
      const query = from(database, "test_result").orderBy(["recorded_at", "test", "build_id"]);
      if (runId !== undefined) query.where({ run_id: runId });
      if (buildId !== undefined) query.where({ build_id: buildId });
      return ((await query) as TestRow[]).map(testRecord);
    },
  };
}

/** Results of tests, and what they say of their build. */
export async function writeTests(
  database: Database,
  { results, verdict }: { readonly results: readonly TestRecord[]; readonly verdict?: BuildVerdict | undefined },
  trx: Knex,
): Promise<void> {
  // The last result of a test on a build counts; one statement cannot write a row twice.
  const byKey = new Map(results.map((result) => [JSON.stringify([result.runId, result.test, result.buildId]), result]));
  // In the order in which results of one instant are listed: Postgres' clock may go on between two rows of one statement.
  const inOrder = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, result]) => result);
  const rows = inOrder.map((result) => ({
    run_id: result.runId,
    test: result.test,
    build_id: result.buildId,
    model: result.model,
    status: result.status,
    failures: result.failures,
    message: result.message ?? null,
    sample: result.sample === undefined ? null : JSON.stringify(result.sample, exactJson),
    duration_ms: result.durationMs,
    recorded_at: now(database),
  }));
  for (let at = 0; at < rows.length; at += CHUNK) {
    await from(database, "test_result", trx)
      .insert(rows.slice(at, at + CHUNK))
      .onConflict(["run_id", "test", "build_id"])
      .merge();
  }
  if (verdict) await moveBuilds(database, [verdict.buildId], verdict.status, trx);
}

/** Failing rows may hold 64-bit integers, which JSON has no exact form for but text. */
function exactJson(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
