// Owns splitting a large table into ranges of its primary key, about equal by the server's own estimates, without reading rows.
import type { Connection } from "mysql2";
import { type CatalogTable, quote } from "./catalog.ts";
import { columnKind } from "./column-types.ts";
import { queryRows } from "./query.ts";

/** A range is weighed in so many buckets, the heavy ones of which are divided again: down to single keys, if the server is not asked too often. */
const BUCKETS = 16;
const MOST_QUESTIONS = 1_000;

/**
 * Conditions that share the table out among `parts`: each row is in exactly one, because a primary key has no NULL and its values
 * are ordered. One condition that is always true when the table's key does not allow it.
 */
export async function keyRanges(
  connection: Connection,
  table: CatalogTable,
  parts: number,
): Promise<readonly string[]> {
  const { key } = table;
  // Other kinds of keys have no middle that can be computed.
  if (key === undefined || columnKind(key) !== "integer" || parts < 2) return ["TRUE"];
  const name = quote(key.name);
  const [ends] = await queryRows(connection, `SELECT MIN(${name}), MAX(${name}) FROM ${table.sql}`);
  const [least, greatest] = ends ?? [];
  if (least === null || greatest === null || least === undefined || greatest === undefined) return ["TRUE"];
  let questions = 0;
  const weigh = async (from: bigint, to: bigint): Promise<number | undefined> => {
    if (questions++ > MOST_QUESTIONS) return undefined;
    const plan = await queryRows(
      connection,
      `EXPLAIN FORMAT=JSON SELECT ${name} FROM ${table.sql} FORCE INDEX (PRIMARY) WHERE ${name} >= ${from} AND ${name} < ${to}`,
    );
    return Number(/"(?:rows|rows_examined_per_scan)": (\d+)/.exec(plan[0]?.[0] ?? "")?.[1] ?? 0);
  };
  const buckets = await divide(
    BigInt(least),
    BigInt(greatest) + 1n,
    Math.max(1, (table.estimate?.rows ?? 0) / parts / 8),
    weigh,
  );
  return conditions(name, cutPoints(buckets, parts));
}

interface Bucket {
  readonly from: bigint;
  readonly rows: number;
}

/** Buckets of `from` (inclusive) up to `to`, none heavier than `enough` unless it cannot be divided further. */
async function divide(
  from: bigint,
  to: bigint,
  enough: number,
  weigh: (from: bigint, to: bigint) => Promise<number | undefined>,
): Promise<readonly Bucket[]> {
  const width = (to - from + BigInt(BUCKETS) - 1n) / BigInt(BUCKETS);
  const buckets: Bucket[] = [];
  for (let start = from; start < to; start += width) {
    const end = start + width < to ? start + width : to;
    const rows = await weigh(start, end);
    const heavy = rows !== undefined && rows > enough && width > 1n;
    if (heavy) buckets.push(...(await divide(start, end, enough, weigh)));
    else buckets.push({ from: start, rows: rows ?? 0 });
  }
  return buckets;
}

/** Where the parts begin, the first one's beginning left out. */
export function cutPoints(buckets: readonly Bucket[], parts: number): readonly bigint[] {
  const total = buckets.reduce((sum, { rows }) => sum + rows, 0);
  const cuts: bigint[] = [];
  let before = 0;
  for (const { from, rows } of buckets) {
    if (cuts.length < parts - 1 && before > 0 && before >= (total * (cuts.length + 1)) / parts) cuts.push(from);
    before += rows;
  }
  return cuts;
}

function conditions(name: string, cuts: readonly bigint[]): readonly string[] {
  if (cuts.length === 0) return ["TRUE"];
  return [
    `${name} < ${cuts[0]}`,
    ...cuts.slice(1).map((cut, i) => `${name} >= ${cuts[i]} AND ${name} < ${cut}`),
    `${name} >= ${cuts.at(-1)}`,
  ];
}
