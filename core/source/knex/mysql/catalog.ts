// Owns reading the catalog of MySQL or MariaDB: which tables there are, how they are stored, and their columns.
import type { Connection } from "mysql2";
import type { SourceTable } from "../../types.ts";
import { queryRows, type TextRow } from "./query.ts";

export interface CatalogColumn {
  readonly name: string;
  /** `decimal(12,2) unsigned`, as the catalog writes it. */
  readonly storeType: string;
  /** `decimal`. MariaDB's JSON, which is a checked text, is `json` as MySQL's. */
  readonly base: string;
  readonly precision: number;
  readonly scale: number;
  readonly nullable: boolean;
  /** Of a text. */
  readonly charset: string | undefined;
  /** The most characters a text may have. */
  readonly length: number;
}

export interface CatalogTable {
  /** Quoted; for a query, the query as a table. */
  readonly sql: string;
  /** undefined for a view. Of a view or query whose tables have several: one that has no consistent reads, if any. */
  readonly engine: string | undefined;
  readonly columns: readonly CatalogColumn[];
  /** By the server's statistics; undefined for a view. */
  readonly estimate?: { readonly rows: number; readonly bytes: number };
  /** The first column of the primary key. */
  readonly key?: CatalogColumn;
}

/** The engines whose reads START TRANSACTION WITH CONSISTENT SNAPSHOT covers, and MariaDB's number sequences, which never change. */
const CONSISTENT_ENGINES = new Set(["innodb", "rocksdb", "tokudb", "sequence"]);

export function isConsistent(engine: string): boolean {
  return CONSISTENT_ENGINES.has(engine.toLowerCase());
}

// The catalog compares names without regard to case, the server mostly does not.
const SAME_NAME = "(CAST(table_name AS BINARY) = CAST(? AS BINARY) OR @@lower_case_table_names > 0)";
const IN_SCHEMA = "table_schema = coalesce(?, database())";

const FIND_TABLE = `
SELECT table_schema, table_name, engine, table_rows, data_length FROM information_schema.tables
WHERE ${IN_SCHEMA} AND table_name = ? AND ${SAME_NAME}`;
const FIND_COLUMNS = `
SELECT column_name, column_type, data_type, numeric_precision, numeric_scale, is_nullable, character_set_name, datetime_precision,
  character_maximum_length
FROM information_schema.columns WHERE table_schema = ? AND table_name = ? AND ${SAME_NAME} ORDER BY ordinal_position`;
const FIND_KEY = `
SELECT column_name FROM information_schema.statistics
WHERE table_schema = ? AND table_name = ? AND ${SAME_NAME} AND index_name = 'PRIMARY' AND seq_in_index = 1`;
const FIND_JSON_CHECKS =
  "SELECT check_clause FROM information_schema.check_constraints WHERE constraint_schema = ? AND table_name = ?";
const FIND_VIEW = `SELECT view_definition FROM information_schema.views WHERE table_schema = ? AND table_name = ? AND ${SAME_NAME}`;
const FIND_ENGINE = "SELECT engine FROM information_schema.tables WHERE table_schema = ? AND table_name = ?";
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
  const [schema = "", name = "", engine, rows, bytes] = found as readonly [string, string, string | null, ...TextRow];
  const checks = isMariadb ? await queryRows(connection, FIND_JSON_CHECKS, [schema, name]) : [];
  const jsonChecks = new Set(checks.map(([clause]) => clause));
  const columns = (await queryRows(connection, FIND_COLUMNS, [schema, name, name])).map((row) =>
    readColumn(row, jsonChecks),
  );
  const sql = `${quote(schema)}.${quote(name)}`;
  if (engine === null) return { sql, engine: await engineBehind(connection, schema, name), columns };
  const [first] = await queryRows(connection, FIND_KEY, [schema, name, name]);
  const key = columns.find((column) => column.name === first?.[0]);
  return {
    sql,
    engine,
    columns,
    estimate: { rows: Number(rows ?? 0), bytes: Number(bytes ?? 0) },
    ...(key && { key }),
  };
}

function readColumn(row: TextRow, jsonChecks: ReadonlySet<unknown>): CatalogColumn {
  const [name, storeType, base, precision, scale, nullable, charset, digits, length] = row;
  return {
    name: name ?? "",
    storeType: storeType ?? "",
    base: jsonChecks.has(`json_valid(${quote(name ?? "")})`) ? "json" : (base ?? "").toLowerCase(),
    precision: Number(precision ?? 0),
    scale: Number(scale ?? digits ?? 0),
    nullable: nullable === "YES",
    charset: charset ?? undefined,
    length: Number(length ?? 0),
  };
}

/** An engine without consistent reads among the tables a view reads, as far as the user may see the view's text (SHOW VIEW). */
async function engineBehind(
  connection: Connection,
  schema: string,
  name: string,
  seen = new Set<string>(),
): Promise<string | undefined> {
  const [view] = await queryRows(connection, FIND_VIEW, [schema, name, name]);
  // The server writes every table with its database: `shop`.`orders`.
  for (const [, ofSchema = "", ofName = ""] of (view?.[0] ?? "").matchAll(
    /`((?:[^`]|``)+)`\.`((?:[^`]|``)+)`(?!\.)/g,
  )) {
    const found = await engineOf(connection, ofSchema.replaceAll("``", "`"), ofName.replaceAll("``", "`"), seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The engine of a table, or behind a view, when it has no consistent reads. */
export async function engineOf(
  connection: Connection,
  schema: string,
  name: string,
  seen = new Set<string>(),
): Promise<string | undefined> {
  const key = JSON.stringify([schema, name]);
  if (seen.has(key)) return undefined;
  seen.add(key);
  const [found] = await queryRows(connection, FIND_ENGINE, [schema, name]);
  if (!found) return undefined;
  const engine = found[0];
  if (engine) return isConsistent(engine) ? undefined : engine;
  return engineBehind(connection, schema, name, seen);
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
