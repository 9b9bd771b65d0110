// Owns what is counted of a SQLite table at the point: rows and values by SQL, and the digests of rows from a reading of its own,
// because SQLite has no hash. Shares no code with the lines that are extracted.
import { setImmediate as nextTurn } from "node:timers/promises";
import { createDigestSum } from "../../digest/row-digest.ts";
import type { StoreAccount } from "../../types.ts";
import type { CatalogTable } from "./catalog.ts";
import { digestText } from "./digest-text.ts";
import type { PlannedColumn, SqliteReading } from "./extract.ts";
import { endRows, type SqliteRow, type Work } from "./query.ts";
import type { Condition } from "./window.ts";

const TURN_ROWS = 2_000;

export interface AccountRequest {
  readonly table: CatalogTable;
  readonly columns: readonly PlannedColumn[];
  readonly where: Condition | undefined;
  readonly checksum: boolean;
}

export async function accountFor(
  reading: SqliteReading,
  { table, columns, where, checksum }: AccountRequest,
  work: Work,
  signal: AbortSignal,
): Promise<StoreAccount> {
  const from = `FROM ${table.from}${where ? ` WHERE ${where.sql}` : ""}`;
  const counts = ["count(*)", ...columns.map(({ column }) => `count(${column})`)];
  const counting = await reading.db.prepare(`SELECT ${counts.join(", ")} ${from}`);
  const [rows = 0, ...values] = (await work.row(counting, where?.parameters)).map(Number);
  const checked = columns.flatMap(({ column, declared, exact, replaced }) => {
    const text = replaced ? undefined : digestText({ declared, exact }, reading.encoding);
    return text ? [{ column, text }] : [];
  });
  if (!checksum || checked.length === 0) return { rows, values, unchecked: [] };
  // The driver ends the whole process on text that is not UTF-8; as bytes it does not look.
  const cells = checked.map(
    ({ column }) => `CASE typeof(${column}) WHEN 'text' THEN CAST(${column} AS BLOB) ELSE ${column} END`,
  );
  const statement = await reading.db.prepare(`SELECT ${cells.join(", ")} ${from}`);
  const sum = createDigestSum();
  let unfinished: Iterator<SqliteRow> | undefined;
  const end = () => {
    if (unfinished) endRows(reading.db, unfinished);
    unfinished = undefined;
  };
  reading.running.add(end);
  try {
    unfinished = await work.rows(statement, where?.parameters);
    for (let more = true; more; ) {
      signal.throwIfAborted();
      const source = unfinished;
      more = work.timed(() => {
        for (let i = 0; i < TURN_ROWS; i++) {
          const next = source.next();
          if (next.done) return false;
          sum.add(checked.map(({ text }, column) => text(next.value[column])));
        }
        return true;
      });
      await nextTurn();
    }
    unfinished = undefined;
  } finally {
    end();
    reading.running.delete(end);
  }
  return { rows, values, checksum: sum.total(), unchecked: [] };
}
