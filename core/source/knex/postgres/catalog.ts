// Owns reading Postgres' catalog: which tables there are and of which types their columns are, domains resolved.
import type { Client } from "pg";
import type { SourceTable } from "../../types.ts";

export interface CatalogColumn {
  readonly name: string;
  /** As `format_type` writes it. */
  readonly storeType: string;
  readonly nullable: boolean;
  /** Name of the base type when it is one of Postgres' own, such as `int8` or `_numeric`. */
  readonly base: string | undefined;
  /** Name of the element's type when the column is an array of one of Postgres' own types. */
  readonly element: string | undefined;
  readonly typmod: number;
}

export interface CatalogTable {
  /** Quoted and schema-qualified. */
  readonly sql: string;
  readonly readable: boolean;
  readonly columns: readonly CatalogColumn[];
}

const RELATION_KINDS = "('r', 'p', 'v', 'm', 'f')";

const FIND_TABLE = `
SELECT c.oid::text AS oid, format('%I.%I', n.nspname, c.relname) AS sql,
  has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT') AS readable
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ${RELATION_KINDS} AND c.relname = $1
  AND CASE WHEN $2::text IS NULL THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = $2 END`;

const FIND_COLUMNS = `
WITH RECURSIVE resolved AS (
  SELECT a.attnum, a.attname, a.attnotnull, format_type(a.atttypid, a.atttypmod) AS store_type, t.oid, a.atttypmod AS typmod
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT r.attnum, r.attname, r.attnotnull OR d.typnotnull, r.store_type, d.typbasetype, d.typtypmod
  FROM resolved r JOIN pg_catalog.pg_type d ON d.oid = r.oid AND d.typtype = 'd'
)
SELECT r.attname AS name, r.attnotnull AS required, r.store_type, r.typmod,
  CASE WHEN n.nspname = 'pg_catalog' THEN t.typname END AS base,
  CASE WHEN t.typcategory = 'A' AND en.nspname = 'pg_catalog' THEN e.typname END AS element
FROM resolved r JOIN pg_catalog.pg_type t ON t.oid = r.oid JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem LEFT JOIN pg_catalog.pg_namespace en ON en.oid = e.typnamespace
WHERE t.typtype <> 'd' ORDER BY r.attnum`;

const LIST_TABLES = `
SELECT n.nspname AS schema, c.relname AS name, pg_catalog.pg_table_is_visible(c.oid) AS visible
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ${RELATION_KINDS} AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%'
ORDER BY 1, 2`;

interface ColumnRow {
  readonly name: string;
  readonly required: boolean;
  readonly store_type: string;
  readonly typmod: number;
  readonly base: string | null;
  readonly element: string | null;
}

/** undefined when there is no such table or view. */
export async function findTable(client: Client, table: SourceTable): Promise<CatalogTable | undefined> {
  const found = await client.query<{ oid: string; sql: string; readable: boolean }>(FIND_TABLE, [
    table.identifier,
    table.schema ?? null,
  ]);
  const relation = found.rows[0];
  if (!relation) return undefined;
  const { rows } = await client.query<ColumnRow>(FIND_COLUMNS, [relation.oid]);
  const columns = rows.map((row) => ({
    name: row.name,
    storeType: row.store_type,
    nullable: !row.required,
    base: row.base ?? undefined,
    element: row.element ?? undefined,
    typmod: row.typmod,
  }));
  return { sql: relation.sql, readable: relation.readable, columns };
}

/** Names as a source may declare them: bare where the search path finds them, and with their schema. */
export async function listTables(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ schema: string; name: string; visible: boolean }>(LIST_TABLES);
  return rows.flatMap(({ schema, name, visible }) => (visible ? [name, `${schema}.${name}`] : [`${schema}.${name}`]));
}
