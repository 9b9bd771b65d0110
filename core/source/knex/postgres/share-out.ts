// Owns sharing a large table out: conditions of which every row meets exactly one, for readers of one snapshot.
import type { Client } from "pg";
import { quoteIdentifier, quoteString } from "../../../util/index.ts";
import type { CatalogTable } from "./catalog.ts";
import type { TableSize } from "./table-size.ts";

/** Older servers read a range of blocks by reading all of them. */
const TID_RANGES_SINCE = 140_000;

export interface ShareOutRequest {
  readonly table: CatalogTable;
  readonly tableId: string;
  readonly size: TableSize;
  readonly shares: number;
  /** `server_version_num` */
  readonly version: number;
}

/** At most `shares` conditions; none when the table cannot be shared. The first has no lower end and the last no upper one. */
export async function shareOut(client: Client, request: ShareOutRequest): Promise<readonly string[]> {
  const { size, shares, version } = request;
  if (version >= TID_RANGES_SINCE && size.heap)
    return ranges(
      "ctid",
      blockBounds(size.blocks, shares).map((block) => `'(${block},0)'::tid`),
    );
  return keyRanges(client, request);
}

/**
 * Block numbers at which to cut so that about equally many blocks lie between them. In a partitioned table a range of block numbers is
 * one of each partition: reading through the parent needs no right on the partitions.
 */
export function blockBounds(blocks: readonly number[], shares: number): readonly number[] {
  const below = (bound: number) => blocks.reduce((sum, count) => sum + Math.min(count, bound), 0);
  const largest = Math.max(0, ...blocks);
  const total = below(largest);
  const bounds: number[] = [];
  for (let share = 1; share < shares; share++) {
    let [low, high] = [0, largest];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (below(middle) * shares >= total * share) high = middle;
      else low = middle + 1;
    }
    if (low > (bounds.at(-1) ?? 0) && low < largest) bounds.push(low);
  }
  return bounds;
}

const KEY = `
SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type, t.typname IN ('int2', 'int4', 'int8') AS countable,
  (SELECT s.histogram_bounds::text::text[] FROM pg_catalog.pg_stats s
   WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
   ORDER BY s.inherited DESC LIMIT 1) AS bounds
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
JOIN pg_catalog.pg_class c ON c.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE i.indrelid = $1::oid AND i.indisprimary AND i.indnkeyatts = 1`;

interface KeyRow {
  readonly name: string;
  readonly type: string;
  readonly countable: boolean;
  readonly bounds: readonly string[] | null;
}

/** By a primary key of one column, which is never NULL: at the histogram's bounds, else evenly between its ends. */
async function keyRanges(client: Client, { table, tableId, shares }: ShareOutRequest): Promise<readonly string[]> {
  const key = (await client.query<KeyRow>(KEY, [tableId])).rows[0];
  if (!key) return [];
  const name = quoteIdentifier(key.name);
  const cuts = key.bounds === null ? await evenCuts(client, table, name, key, shares) : quantiles(key.bounds, shares);
  return ranges(
    name,
    cuts.map((cut) => `${quoteString(cut)}::${key.type}`),
  );
}

function quantiles(bounds: readonly string[], shares: number): readonly string[] {
  const cuts = Array.from(
    { length: shares - 1 },
    (_, i) => bounds[Math.round(((i + 1) * (bounds.length - 1)) / shares)],
  );
  return [...new Set(cuts)].filter((cut) => cut !== undefined);
}

async function evenCuts(client: Client, table: CatalogTable, name: string, key: KeyRow, shares: number) {
  if (!key.countable) return [];
  const { rows } = await client.query<{ low: string | null; high: string | null }>(
    `SELECT min(${name})::text AS low, max(${name})::text AS high FROM ${table.sql}`,
  );
  const { low, high } = rows[0] ?? {};
  if (low == null || high == null) return [];
  const [from, to] = [BigInt(low), BigInt(high)];
  const cuts = Array.from({ length: shares - 1 }, (_, i) => from + ((to - from) * BigInt(i + 1)) / BigInt(shares));
  return [...new Set(cuts.filter((cut) => cut > from).map(String))];
}

/** `bounds` in ascending order. */
function ranges(value: string, bounds: readonly string[]): readonly string[] {
  if (bounds.length === 0) return [];
  return Array.from({ length: bounds.length + 1 }, (_, i) => {
    const ends = [
      ...(i === 0 ? [] : [`${value} >= ${bounds[i - 1]}`]),
      ...(i === bounds.length ? [] : [`${value} < ${bounds[i]}`]),
    ];
    return ends.join(" AND ");
  });
}
