// Owns what a SQLite file says of its tables, views and queries: columns, and whether the rows of a table can be read by their rowid.

import { quoteIdentifier } from "../../../util/index.ts";
import type { SourceTable } from "../../types.ts";
import { queryRows, type SqliteDb } from "./query.ts";

export interface CatalogColumn {
  readonly name: string;
  /** As declared; empty when it has no type. */
  readonly type: string;
  readonly required: boolean;
}

export interface CatalogTable {
  /** What stands after FROM. */
  readonly from: string;
  readonly columns: readonly CatalogColumn[];
  /** The name under which the rowid can be asked for. Absent: it has none, or its own columns took all its names. */
  readonly rowid?: string;
}

/** undefined when there is none. Throws the driver's error for a query that is none. */
export async function findTable(db: SqliteDb, table: SourceTable): Promise<CatalogTable | undefined> {
  if (table.query !== undefined) return describeQuery(db, table.query);
  // A file has one schema; a name that no database is attached under would be an error and not an answer.
  if (table.schema !== undefined && table.schema !== "main") return undefined;
  const [kind] = await queryRows(
    db,
    "SELECT type, wr FROM pragma_table_list WHERE schema = 'main' AND name = ? COLLATE NOCASE",
    [table.identifier],
  );
  // Hidden columns are generated ones (2, 3), which can be read, and those of virtual tables (1), which are no data.
  const sql = 'SELECT name, type, "notnull" OR pk > 0 FROM pragma_table_xinfo(?, ?) WHERE hidden <> 1 ORDER BY cid';
  const columns = (await queryRows(db, sql, [table.identifier, "main"])).map(([name, type, required]) => ({
    name: String(name),
    // In a view SQLite says BLOB of what has no type.
    type: kind?.[0] === "view" && type === "BLOB" ? "" : String(type),
    required: required === 1n,
  }));
  if (columns.length === 0) return undefined;
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()));
  const rowid =
    kind?.[0] === "table" && kind[1] === 0n ? ["rowid", "_rowid_", "oid"].find((name) => !taken.has(name)) : undefined;
  return { from: `main.${quoteIdentifier(table.identifier)}`, columns, ...(rowid !== undefined && { rowid }) };
}

/**
 * As a table in brackets, so that nothing but a SELECT can stand there; a comment at its end must not swallow the bracket.
 * Only the first statement of a text is prepared: alone it may not end before the text does, in brackets not after.
 */
async function describeQuery(db: SqliteDb, query: string): Promise<CatalogTable> {
  const from = `(\n${query.trim().replace(/;$/, "")}\n)`;
  await db.prepare(query);
  const statement = await db.prepare(`SELECT * FROM ${from}`);
  const columns = statement.columns().map(({ name, type }) => ({ name, type: type ?? "", required: false }));
  return { from, columns };
}

export async function listTables(db: SqliteDb): Promise<readonly string[]> {
  const sql =
    "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
  return (await queryRows(db, sql)).map(([name]) => String(name));
}

/** About how many rows: what ANALYZE found, else the span of the rowids. */
export async function estimateRows(db: SqliteDb, identifier: string, rowid: string): Promise<number | undefined> {
  const table = `main.${quoteIdentifier(identifier)}`;
  const analyzed = await queryRows(db, "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'");
  if (analyzed.length > 0) {
    const [found] = await queryRows(db, "SELECT max(CAST(stat AS INTEGER)) FROM sqlite_stat1 WHERE tbl = ?", [
      identifier,
    ]);
    if (typeof found?.[0] === "bigint") return Number(found[0]);
  }
  const [span] = await queryRows(
    db,
    `SELECT (SELECT max(${rowid}) FROM ${table}) - (SELECT min(${rowid}) FROM ${table}) + 1`,
  );
  return span?.[0] === null || span?.[0] === undefined ? 0 : Number(span[0]);
}
