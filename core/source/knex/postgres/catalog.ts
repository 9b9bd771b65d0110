// Owns reading Postgres' catalog: which tables there are and of which types their columns are, domains resolved.
import type { Client, FieldDef } from "pg";
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
  /** Its number in the table (0 in a query) and its base type's id: what tells that it is still the same. */
  readonly attribute: number;
  readonly typeId: number;
}

export interface CatalogTable {
  /** What FROM takes: quoted and schema-qualified, or a query in brackets. */
  readonly sql: string;
  /** Of a table or materialized view, whose rows are in files of its own; undefined for views, foreign tables and queries. */
  readonly storedId: string | undefined;
  readonly readable: boolean;
  readonly columns: readonly CatalogColumn[];
}

const RELATION_KINDS = "('r', 'p', 'v', 'm', 'f')";

const FIND_TABLE = `
SELECT c.oid::text AS oid, format('%I.%I', n.nspname, c.relname) AS sql, c.relkind IN ('r', 'p', 'm') AS stored,
  has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT') AS readable
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ${RELATION_KINDS} AND c.relname = $1
  AND CASE WHEN $2::text IS NULL THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = $2 END`;

/** `columns` gives attnum, attname, attnotnull, oid and typmod. */
const resolveTypes = (columns: string) => `
WITH RECURSIVE resolved AS (
  SELECT a.attnum, a.attname, a.attnotnull, format_type(a.oid, a.typmod) AS store_type, a.oid, a.typmod FROM (${columns}) a
  UNION ALL
  SELECT r.attnum, r.attname, r.attnotnull OR d.typnotnull, r.store_type, d.typbasetype, d.typtypmod
  FROM resolved r JOIN pg_catalog.pg_type d ON d.oid = r.oid AND d.typtype = 'd'
)
SELECT r.attname AS name, r.attnum AS attribute, r.attnotnull AS required, r.store_type, r.oid::int8::float8 AS type_id, r.typmod,
  CASE WHEN n.nspname = 'pg_catalog' THEN t.typname END AS base,
  CASE WHEN t.typcategory = 'A' AND en.nspname = 'pg_catalog' THEN e.typname END AS element
FROM resolved r JOIN pg_catalog.pg_type t ON t.oid = r.oid JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem LEFT JOIN pg_catalog.pg_namespace en ON en.oid = e.typnamespace
WHERE t.typtype <> 'd' ORDER BY r.attnum`;

const FIND_COLUMNS = resolveTypes(`
  SELECT attnum::int, attname, attnotnull, atttypid AS oid, atttypmod AS typmod
  FROM pg_catalog.pg_attribute WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped`);

const NAME_TYPES = resolveTypes(`
  SELECT i::int AS attnum, name AS attname, false AS attnotnull, oid, typmod
  FROM unnest($1::text[], $2::oid[], $3::int[]) WITH ORDINALITY AS f(name, oid, typmod, i)`);

const LIST_TABLES = `
SELECT n.nspname AS schema, c.relname AS name, pg_catalog.pg_table_is_visible(c.oid) AS visible
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ${RELATION_KINDS} AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%'
ORDER BY 1, 2`;

interface ColumnRow {
  readonly name: string;
  readonly required: boolean;
  readonly attribute: number;
  readonly store_type: string;
  readonly type_id: number;
  readonly typmod: number;
  readonly base: string | null;
  readonly element: string | null;
}

/** undefined when there is no such table or view. */
export async function findTable(client: Client, table: SourceTable): Promise<CatalogTable | undefined> {
  const found = await client.query<{ oid: string; sql: string; stored: boolean; readable: boolean }>(FIND_TABLE, [
    table.identifier,
    table.schema ?? null,
  ]);
  const relation = found.rows[0];
  if (!relation) return undefined;
  const { rows } = await client.query<ColumnRow>(FIND_COLUMNS, [relation.oid]);
  return {
    sql: relation.sql,
    storedId: relation.stored ? relation.oid : undefined,
    readable: relation.readable,
    columns: rows.map(columnOf),
  };
}

/** What the server's description of an answer says, told as the catalog tells a table's columns. Nothing is known of NULLs. */
export async function nameColumns(client: Client, fields: readonly FieldDef[]): Promise<readonly CatalogColumn[]> {
  const { rows } = await client.query<ColumnRow>(NAME_TYPES, [
    fields.map(({ name }) => name),
    fields.map(({ dataTypeID }) => dataTypeID),
    fields.map(({ dataTypeModifier }) => dataTypeModifier),
  ]);
  return rows.map((row) => ({ ...columnOf(row), attribute: 0 }));
}

function columnOf(row: ColumnRow): CatalogColumn {
  return {
    name: row.name,
    storeType: row.store_type,
    nullable: !row.required,
    base: row.base ?? undefined,
    element: row.element ?? undefined,
    typmod: row.typmod,
    attribute: row.attribute,
    typeId: row.type_id,
  };
}

/** Names as a source may declare them: bare where the search path finds them, and with their schema. */
export async function listTables(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ schema: string; name: string; visible: boolean }>(LIST_TABLES);
  return rows.flatMap(({ schema, name, visible }) => (visible ? [name, `${schema}.${name}`] : [`${schema}.${name}`]));
}
