// Owns what MySQL itself counts of a table at the point: rows, values of each column, and the sum of the rows' digests.
import type { Connection } from "mysql2";
import type { StoreAccount } from "../../types.ts";
import { quote } from "./catalog.ts";
import { type DigestText, digestOf, digestText } from "./digest-text.ts";
import type { PlannedColumn } from "./extract.ts";
import { queryRows } from "./query.ts";

/** Stands in the sum for a row of which the server can make no digest: more than all others can add up to. */
const TOO_LONG = 10n ** 36n;

export async function accountFor(
  connection: Connection,
  columns: readonly PlannedColumn[],
  from: string,
  checksum: boolean,
): Promise<StoreAccount> {
  const { checked, unchecked } = checksum ? planDigest(columns) : { checked: [], unchecked: [] };
  const counts = columns.map(({ column }) => (column.nullable ? `COUNT(${quote(column.name)})` : "COUNT(*)"));
  const sum = checked.length === 0 ? [] : [`COALESCE(SUM(COALESCE(${digestOf(checked)}, ${TOO_LONG})), 0)`];
  const [row] = await queryRows(connection, `SELECT ${["COUNT(*)", ...counts, ...sum].join(", ")} ${from}`);
  const [rows, ...values] = (row ?? []).map(Number);
  const counted = { rows: rows ?? 0, values: values.slice(0, columns.length) };
  if (checked.length === 0) return { ...counted, unchecked };
  const total = BigInt(row?.at(-1) ?? 0);
  if (total < TOO_LONG) return { ...counted, checksum: String(total), unchecked };
  const reason = `${total / TOO_LONG} rows are longer than the server's max_allowed_packet`;
  return { ...counted, unchecked: [...unchecked, ...checked.map(({ name }) => ({ column: name, reason }))] };
}

function planDigest(columns: readonly PlannedColumn[]) {
  const unchecked: { column: string; reason: string }[] = [];
  const checked: (Pick<PlannedColumn, "name" | "column"> & { sql: string })[] = [];
  for (const { name, declared, column, replaced } of columns) {
    if (replaced) continue;
    const text: DigestText = digestText(column, declared);
    if ("sql" in text) checked.push({ name, column, sql: text.sql });
    else unchecked.push({ column: name, reason: text.unchecked });
  }
  return { checked, unchecked };
}
