// Owns how large a table is, over all its partitions: in blocks, to share it out, and in rows and bytes, to tell how much is coming.
import type { Client } from "pg";

export interface TableSize {
  /** Of each table that holds rows. */
  readonly blocks: readonly number[];
  readonly bytes: number;
  /** By the last ANALYZE; undefined when there was none. */
  readonly rows: number | undefined;
  /** All rows are in blocks of heaps, so that a range of blocks is a range of rows. */
  readonly heap: boolean;
}

/** A migration that holds the table is not waited for: then the size is as it was last noted. */
const LOCK_WAIT = "200ms";

const SIZE = (blocks: string, bytes: string) => `
WITH RECURSIVE tree AS (
  SELECT $1::oid AS oid UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree t ON i.inhparent = t.oid
)
SELECT (${blocks})::float8 AS blocks, (${bytes})::float8 AS bytes, c.reltuples::float8 AS rows,
  c.relkind IN ('r', 'm') AND am.amname = 'heap' AS heap
FROM tree JOIN pg_catalog.pg_class c ON c.oid = tree.oid LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
WHERE c.relkind <> 'p'`;
const MEASURED = SIZE(
  "coalesce(pg_relation_size(c.oid), 0) / current_setting('block_size')::int",
  "coalesce(pg_table_size(c.oid), 0)",
);
const NOTED = SIZE("c.relpages", "c.relpages::float8 * current_setting('block_size')::int");

interface SizeRow {
  readonly blocks: number;
  readonly bytes: number;
  readonly rows: number;
  readonly heap: boolean | null;
}

/** Run where a failed statement and its locks are undone. */
export async function tableSize(client: Client, tableId: string): Promise<TableSize> {
  await client.query(`SET LOCAL lock_timeout = '${LOCK_WAIT}'; SAVEPOINT measure`);
  const { rows } = await client.query<SizeRow>(MEASURED, [tableId]).catch(async (error: { code?: string }) => {
    if (error.code !== "55P03" && error.code !== "42P01") throw error;
    await client.query("ROLLBACK TO SAVEPOINT measure");
    return client.query<SizeRow>(NOTED, [tableId]);
  });
  const sum = (of: (row: SizeRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  // A table that was never analyzed says -1, before version 14 zero.
  const known = rows.every((row) => row.rows > 0 || (row.rows === 0 && row.blocks === 0));
  return {
    blocks: rows.map(({ blocks }) => blocks),
    bytes: sum((row) => row.bytes),
    rows: known ? sum((row) => row.rows) : undefined,
    heap: rows.length > 0 && rows.every((row) => row.heap === true),
  };
}
