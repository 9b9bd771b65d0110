// Owns what a materialization is told. Plain data, except a stream of bytes on its way in.
import type { Build, ColumnSchema, CompiledSql, Materialization, Model } from "../manifest/index.ts";
import type { BuildStatement } from "../warehouse/index.ts";

/** A model's query. */
export interface QueryRows {
  readonly kind: "query";
  /** The query bound to this session's relations. */
  readonly sql: string;
  /** The query with its slots, and the build of every model in them: what a view keeps. */
  readonly compiled: CompiledSql;
  readonly inputs: Readonly<Record<string, string>>;
}

/** Where a build's new rows come from: a query, or bytes from outside in one of the forms warehouses take. */
export type NewRows =
  | QueryRows
  | Extract<BuildStatement, { readonly kind: "csv-stream" | "csv-file" | "parquet-file" }>;

/** What an incremental build starts from. */
export interface IncrementalBase {
  readonly build: Build;
  /** How SQL in this session names it. */
  readonly relation: string;
  /** What the query returns, from `session.describe()`. */
  readonly newColumns: readonly ColumnSchema[];
}

export interface StatementInput {
  readonly model: Pick<Model, "id" | "materialized" | "config">;
  readonly rows: NewRows;
  /** Only for an incremental build on an earlier one; see `incrementalBase()`. */
  readonly base?: IncrementalBase;
}

/** One materialization: what it accepts and the statement it makes. */
export interface MaterializationType {
  readonly name: Materialization;
  readonly takes: readonly NewRows["kind"][];
  statement(input: StatementInput): BuildStatement;
}
