// Owns reading the catalog of MySQL or MariaDB: which tables there are, their engine, and their columns.
import type { Connection } from "mysql2";
import type { SourceTable } from "../../types.ts";
import { queryRows } from "./query.ts";

export interface CatalogColumn {
  readonly name: string;
  /** `decimal(12,2) unsigned`, as the catalog writes it. */
  readonly storeType: string;
  /** `decimal`. MariaDB's JSON, which is a checked text, is `json` as MySQL's. */
  readonly base: string;
  readonly precision: number;
  readonly scale: number;
  readonly nullable: boolean;
}

export interface CatalogTable {
  /** Quoted. */
  readonly sql: string;
  /** undefined for a view. */
  readonly engine: string | undefined;
  readonly columns: readonly CatalogColumn[];
}

// The catalog compares names without regard to case, the server mostly does not.
const SAME_NAME = "(CAST(table_name AS BINARY) = CAST(? AS BINARY) OR @@lower_case_table_names > 0)";
const IN_SCHEMA = "table_schema = coalesce(?, database())";

const FIND_TABLE = `SELECT table_schema, table_name, engine FROM information_schema.tables WHERE ${IN_SCHEMA} AND table_name = ? AND ${SAME_NAME}`;
const FIND_COLUMNS = `
SELECT column_name, column_type, data_type, numeric_precision, numeric_scale, is_nullable
FROM information_schema.columns WHERE table_schema = ? AND table_name = ? AND ${SAME_NAME} ORDER BY ordinal_position`;
const FIND_JSON_CHECKS =
  "SELECT check_clause FROM information_schema.check_constraints WHERE constraint_schema = ? AND table_name = ?";
const LIST_TABLES = `
SELECT table_schema, table_name, coalesce(table_schema = database(), 0) FROM information_schema.tables
WHERE table_schema NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys') ORDER BY 1, 2`;

/** undefined when there is no such table or view, or the user may not know of it. */
export async function findTable(
  connection: Connection,
  table: SourceTable,
  isMariadb: boolean,
): Promise<CatalogTable | undefined> {
  const [found] = await queryRows(connection, FIND_TABLE, [table.schema ?? null, table.identifier, table.identifier]);
  if (!found) return undefined;
  const [schema, name, engine] = found as readonly [string, string, string | null];
  const checks = isMariadb ? await queryRows(connection, FIND_JSON_CHECKS, [schema, name]) : [];
  const jsonChecks = new Set(checks.map(([clause]) => clause));
  const rows = await queryRows(connection, FIND_COLUMNS, [schema, name, name]);
  const columns = rows.map(([column, storeType, base, precision, scale, nullable]) => ({
    name: column ?? "",
    storeType: storeType ?? "",
    base: jsonChecks.has(`json_valid(${quote(column ?? "")})`) ? "json" : (base ?? "").toLowerCase(),
    precision: Number(precision ?? 0),
    scale: Number(scale ?? 0),
    nullable: nullable === "YES",
  }));
  return { sql: `${quote(schema)}.${quote(name)}`, engine: engine ?? undefined, columns };
}

/** Names as a source may declare them: bare in the connection's own database, and with their database. */
export async function listTables(connection: Connection): Promise<readonly string[]> {
  const rows = await queryRows(connection, LIST_TABLES);
  return rows.flatMap(([schema, name, own]) =>
    own === "1" ? [name ?? "", `${schema}.${name}`] : [`${schema}.${name}`],
  );
}

export function quote(identifier: string): string {
  return `\`${identifier.replaceAll("`", "``")}\``;
}
