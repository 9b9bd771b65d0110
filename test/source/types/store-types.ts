// Owns the form of a store's type matrix. One file per store beside this one fills it; `index.ts` lists them.

/** A column of the store, the type mesh must say is exact, and what its values are once landed as `declared` (or as that type). */
export interface TypeCase {
  readonly store: string;
  /** Statements that come first, such as CREATE TYPE. */
  readonly setup?: readonly string[];
  readonly type: string | undefined;
  readonly declared?: string;
  /** The store's SQL cannot make the text of its digest, see docs/completeness.md: its values are only counted. */
  readonly unchecked?: boolean;
  /** SQL literal -> what DuckDB prints. */
  readonly values: readonly (readonly [literal: string, landed: string | null])[];
}

/** Values that the declared type cannot hold: refused, with the count. `rows` absent: the type itself is refused. */
export interface RefusedCase {
  readonly what: string;
  readonly store: string;
  /** Statements that come first, such as CREATE TYPE. */
  readonly setup?: readonly string[];
  readonly declared: string;
  readonly literals: readonly string[];
  readonly rows?: number;
}

/** Everything mesh promises of one store's types. The suite of every source proves each line on a real server. */
export interface StoreTypes {
  /** The store's name on the page. */
  readonly title: string;
  /** Sentences below the store's tables. */
  readonly notes?: readonly string[];
  readonly types: readonly TypeCase[];
  readonly refused: readonly RefusedCase[];
}
