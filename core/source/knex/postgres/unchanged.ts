// Owns seeing that what was read is what there was at the consistent point. Snapshots keep old rows, not old tables: after a TRUNCATE or a
// rewrite an older snapshot sees an empty table or other rows, and names may mean other tables and columns than they did.
import type { Client, FieldDef } from "pg";
import { problems } from "../../../errors/index.ts";
import type { StorePlace } from "../../store-place.ts";
import type { CopyPlan } from "./copy-plan.ts";

/**
 * Asked after the rows were read, while this transaction still holds the locks it read them under. Tables as SQL sees them are those of
 * the snapshot; functions that take an id see those of now. A partition made since is fine: the snapshot has no rows for it.
 */
export const CHANGES = `
WITH RECURSIVE held AS (
  SELECT DISTINCT relation AS oid FROM pg_catalog.pg_locks
  WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'relation' AND relation >= 16384
    AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
), tree AS (
  SELECT c.oid AS root, c.oid FROM held JOIN pg_catalog.pg_class c ON c.oid = held.oid AND c.relkind = 'p'
  UNION ALL
  SELECT t.root, i.inhrelid FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid
), now AS (
  SELECT t.root, p.relid::oid AS oid FROM tree t, pg_catalog.pg_partition_tree(t.root) p WHERE t.root = t.oid
)
SELECT
  EXISTS (SELECT FROM held JOIN pg_catalog.pg_class c USING (oid)
    WHERE c.relkind IN ('r', 'm') AND c.relfilenode <> 0 AND c.relfilenode IS DISTINCT FROM pg_catalog.pg_relation_filenode(c.oid)) AS rewritten,
  EXISTS (SELECT FROM held LEFT JOIN pg_catalog.pg_class c USING (oid)
    WHERE c.oid IS NULL AND (pg_catalog.pg_identify_object('pg_catalog.pg_class'::regclass, held.oid, 0)).type IN ('table', 'materialized view')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_partition_ancestors(held.oid))) AS replaced,
  EXISTS (SELECT FROM tree WHERE oid NOT IN (SELECT oid FROM now WHERE now.root = tree.root)
    UNION ALL SELECT FROM now JOIN pg_catalog.pg_class c USING (oid) WHERE oid NOT IN (SELECT oid FROM tree WHERE tree.root = now.root)) AS repartitioned`;

export interface ChangesRow {
  readonly rewritten: boolean;
  readonly replaced: boolean;
  readonly repartitioned: boolean;
}

const REASONS: readonly (readonly [keyof ChangesRow, string])[] = [
  ["rewritten", "it, or a table behind it, was truncated or rewritten"],
  ["replaced", "it, or a table behind it, was dropped and made again"],
  ["repartitioned", "a partition was attached or detached"],
];

/** Throws `store/table-changed`. */
export function refuseChanges(at: StorePlace, table: string, changes: ChangesRow | undefined): void {
  const reasons = REASONS.flatMap(([kind, reason]) => (changes?.[kind] === true ? [reason] : []));
  if (reasons.length > 0)
    throw problems.storeTableChanged({ ...at, table, reason: reasons.join("; ") }, { retryable: true });
}

/** Throws `store/table-changed` when a column is gone, has another type, or its name is another column's now. Takes the table's lock. */
export async function refuseChangedColumns(
  client: Client,
  at: StorePlace,
  table: string,
  plan: CopyPlan,
  describe: string,
): Promise<void> {
  const changed = (reason: string, cause?: unknown) =>
    problems.storeTableChanged({ ...at, table, reason }, { retryable: true, cause });
  const { fields } = await client
    .query({ text: describe, rowMode: "array" })
    .catch((error: { code?: string; message: string }) => {
      // They were there at the point.
      if (error.code === "42703" || error.code === "42P01") throw changed(error.message, error);
      throw error;
    });
  const other = plan.columns.filter(({ column }, i) => !isSame(column, fields[i]));
  if (other.length > 0)
    throw changed(`${other.map(({ column }) => `\`${column.name}\``).join(", ")} is another column now`);
}

function isSame(
  { attribute, typeId, typmod }: CopyPlan["columns"][number]["column"],
  field: FieldDef | undefined,
): boolean {
  if (field === undefined) return false;
  const sameType = field.dataTypeID === typeId && field.dataTypeModifier === typmod;
  return sameType && (attribute === 0 || field.columnID === attribute);
}
