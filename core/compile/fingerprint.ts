// Owns the fingerprint of a model: a hash of all that decides what its rows are, and of nothing else.
import type { ColumnDeclaration, SourceDeclaration } from "../project/index.ts";
import { needsKey } from "../protect/index.ts";
import { hashOf } from "../util/index.ts";
import { canonicalSql } from "./sql/canonical-sql.ts";
import type { ModelWork } from "./types.ts";

/** Goes up when the meaning of a fingerprint changes: every model is then rebuilt once. */
const VERSION = 2;

/** Keys of `config` that change rows. Others say when, for whom or how carefully a model is built. */
const DECISIVE = [
  "unique_key",
  "strategy",
  "merge_update_columns",
  "merge_exclude_columns",
  "on_schema_change",
  "column_types",
  "delimiter",
  "cursor",
  "updated_at",
  "check_cols",
  "hard_deletes",
  "dbt_valid_to_current",
  "snapshot_meta_column_names",
];

/**
 * SHA-256. Paths, formatting, comments, descriptions and tests do not count; neither do declared types of a SQL model:
 * they must be those of the query. Macros count as they are written, when reached; of a protection key its id, never itself.
 */
export function fingerprintOf(
  work: ModelWork,
  source: SourceDeclaration | undefined,
  protectionKey: string | undefined,
): string {
  const { draft, settings, definedColumns } = work;
  const { config } = settings;
  return hashOf({
    version: VERSION,
    kind: draft.kind,
    materialized: settings.materialized,
    query: work.canonical,
    macros: Object.values(work.macros).sort(),
    config: Object.fromEntries(DECISIVE.map((key) => [key, config[key]])),
    setup: config.pre_hook?.map(canonicalSql),
    columns: definedColumns?.map(({ name, type }) => [name, canonicalType(type)]),
    file: draft.kind === "sql" ? undefined : draft.file?.hash,
    inputs: work.inputs,
    vars: work.vars,
    source: source && [
      work.source,
      source.schema,
      source.query ?? source.identifier ?? source.name,
      source.columns.map(({ name, identifier, protect }) => [name, identifier ?? name, protect]),
    ],
    protectionKey,
    tokenDomains: source && domainsOf(source),
  });
}

/** What its tokens or hashes are of. */
export function tokenDomain({ token_domain: given, classification }: ColumnDeclaration): string {
  return given ?? classification ?? "unclassified";
}

function domainsOf({ columns }: SourceDeclaration): readonly string[] | undefined {
  const domains = columns.filter(needsKey).map(tokenDomain);
  return domains.length === 0 ? undefined : domains;
}

function canonicalType(type: string): string {
  return canonicalSql(type).replaceAll(/\s+/g, "").toLowerCase();
}
