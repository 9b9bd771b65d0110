// Owns what Postgres itself counts of a request's rows at the point, in one aggregate: rows, values of each column, the sum of the digests.
import type { Client } from "pg";
import type { StoreAccount } from "../../types.ts";
import { digestExpression } from "./cell-text.ts";
import { type CopyPlan, fromClause } from "./copy-plan.ts";

/** A function of Postgres takes a hundred arguments. */
const ARGUMENTS = 90;

export async function accountFor(
  client: Client,
  plan: CopyPlan,
  checksum: boolean,
  utf8: boolean,
): Promise<StoreAccount> {
  const { sql, unchecked } = accountStatement(plan, checksum, utf8);
  const { rows } = await client.query<string[]>({ text: sql, rowMode: "array" });
  const [counted, ...rest] = rows[0] ?? [];
  const values = rest.slice(0, plan.columns.length).map(Number);
  const sum = rest[plan.columns.length];
  return { rows: Number(counted), values, ...(sum !== undefined && { checksum: sum }), unchecked };
}

/** `utf8`: the database's own encoding is UTF-8, or it says nothing of it and the bytes are taken as they are. */
export function accountStatement(plan: CopyPlan, checksum: boolean, utf8: boolean) {
  const unchecked: { column: string; reason: string }[] = [];
  const texts: string[] = [];
  for (const { name, cell, replaced } of checksum ? plan.columns : []) {
    if (replaced) continue;
    const text = digestExpression(cell);
    if (text !== undefined) texts.push(text);
    if ("unchecked" in cell.digest) unchecked.push({ column: name, reason: cell.digest.unchecked });
  }
  const counts = plan.columns.map(({ quoted }) => `count(${quoted})::text`);
  const sum = texts.length === 0 ? [] : [sumOfDigests(joined(texts), utf8)];
  return { sql: `SELECT ${["count(*)::text", ...counts, ...sum].join(", ")} ${fromClause(plan)}`, unchecked };
}

function sumOfDigests(row: string, utf8: boolean): string {
  const digest = `md5(${utf8 ? row : `convert_to(${row}, 'UTF8')`})`;
  return `coalesce(sum(('x' || left(${digest}, 15))::bit(60)::bigint), 0)::text`;
}

function joined(texts: readonly string[]): string {
  if (texts.length === 1) return texts[0] ?? "";
  const groups: string[] = [];
  for (let i = 0; i < texts.length; i += ARGUMENTS)
    groups.push(`concat_ws(chr(31), ${texts.slice(i, i + ARGUMENTS).join(", ")})`);
  return joined(groups);
}
