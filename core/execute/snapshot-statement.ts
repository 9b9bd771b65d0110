// Owns carrying out a snapshot strategy's work up to the statement that makes the build: checks, temporary tables, one count.
import type { SnapshotCheck, SnapshotWork } from "../materialize/index.ts";
import type { BuildStatement, WarehouseSession } from "../warehouse/index.ts";

/** Throws the problem of the first check that finds something. */
export async function snapshotStatement(work: SnapshotWork, session: WarehouseSession): Promise<BuildStatement> {
  await check(work.checks, session);
  for (const sql of work.setup) await session.query(sql);
  await check(work.afterSetup ?? [], session);
  return work.statement(await countOf(work.touched, session));
}

async function check(checks: readonly SnapshotCheck[], session: WarehouseSession): Promise<void> {
  for (const { sql, problem } of checks) {
    const count = await countOf(sql, session);
    if (count > 0) throw problem(count);
  }
}

async function countOf(sql: string, session: WarehouseSession): Promise<number> {
  return Number((await session.query(sql)).rows[0]?.[0] ?? 0);
}

/** The one text that a query gives; undefined for NULL. */
export async function textOf(sql: string, session: WarehouseSession): Promise<string | undefined> {
  const cell = (await session.query(sql)).rows[0]?.[0];
  return cell === null || cell === undefined ? undefined : String(cell);
}
