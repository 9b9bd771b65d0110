// Owns what a TypeScript model's file says: defineModel, ref, and the types that guide its writer. Runs nothing.

/** One row, keyed by column. 64-bit integers arrive as bigint; decimals, dates and times as exact text. */
export type Row = Readonly<Record<string, unknown>>;

/** Another model a TypeScript model reads. */
export interface ModelRef {
  readonly project?: string;
  readonly name: string;
  readonly version?: string | number;
}

/** A DuckDB type, or one with a description. */
export type ModelColumn = string | { readonly type: string; readonly description?: string };

export interface TypescriptModelConfig {
  /** Default `table`. */
  readonly materialized?: "table" | "incremental";
  readonly unique_key?: string | readonly string[];
  readonly incremental_strategy?: "append" | "delete+insert" | "merge";
  readonly merge_update_columns?: string | readonly string[];
  readonly merge_exclude_columns?: string | readonly string[];
  readonly on_schema_change?: "ignore" | "fail" | "append_new_columns";
  readonly full_refresh?: boolean;
  /** The name of a schedule of the project. */
  readonly schedule?: string;
  readonly access?: "private" | "protected" | "public";
  readonly group?: string;
  readonly tags?: string | readonly string[];
  readonly enabled?: boolean;
  readonly contract?: { readonly enforced: boolean };
  readonly publish?: string;
  /** How often it is tried in all when the failure may pass. */
  readonly attempts?: number;
  /** A duration such as `30s`: before the second attempt. */
  readonly retry_delay?: string;
  /** The longest one attempt may take. */
  readonly timeout?: string;
  readonly pools?: string | readonly string[];
}

/** What `rows` is given besides its inputs. */
export interface RowsContext {
  /** Aborted when the run is cancelled: pass it to fetch and to timers. */
  readonly signal: AbortSignal;
  /** True when the rows are added to, or merged into, those of the build before. */
  readonly isIncremental: boolean;
  /** Values of `vars` and `--vars`. */
  readonly vars: Readonly<Record<string, unknown>>;
}

export type Dependencies = Readonly<Record<string, ModelRef>>;
export type RowsInput<Deps extends Dependencies> = RowsContext & { readonly [Name in keyof Deps]: AsyncIterable<Row> };

export interface TypescriptModel<
  Columns extends Readonly<Record<string, ModelColumn>> = Readonly<Record<string, ModelColumn>>,
  Deps extends Dependencies = Dependencies,
> {
  /** Column names and DuckDB types, in the order of the table. */
  readonly columns: Columns;
  /** What it reads; each is handed to `rows` under its name as a stream of rows. */
  readonly deps?: Deps;
  readonly config?: TypescriptModelConfig;
  /** Yields the rows: every column, null for no value. A key that is not declared is refused. Runs only when the model is built. */
  rows(
    input: RowsInput<Deps>,
  ):
    | AsyncIterable<{ readonly [Name in keyof Columns]: unknown }>
    | Iterable<{ readonly [Name in keyof Columns]: unknown }>;
}

/**
 * Marks a file's default export as a model.
 *
 *     export default defineModel({
 *       columns: { day: "date", rate: "decimal(18,6)" },
 *       deps: { orders: ref("orders") },
 *       async *rows({ orders, signal }) { … },
 *     });
 */
export function defineModel<
  const Columns extends Readonly<Record<string, ModelColumn>>,
  const Deps extends Dependencies = Record<never, never>,
>(model: TypescriptModel<Columns, Deps>): TypescriptModel<Columns, Deps> {
  return model;
}

/** `ref("model")` of the own project, `ref("project", "model")` of another; `{ v: 2 }` last for a contract version. */
export function ref(name: string, options?: { readonly v?: string | number }): ModelRef;
export function ref(project: string, name: string, options?: { readonly v?: string | number }): ModelRef;
export function ref(
  first: string,
  second?: string | { readonly v?: string | number },
  third?: { readonly v?: string | number },
): ModelRef {
  const options = typeof second === "object" ? second : third;
  return {
    ...(typeof second === "string" && { project: first }),
    name: typeof second === "string" ? second : first,
    ...(options?.v !== undefined && { version: options.v }),
  };
}
