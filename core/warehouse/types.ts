// Owns the warehouse port: what mesh asks of a place that holds builds. Knows no adapter.
import type { MeshError } from "../errors/index.ts";
import type { Build, BuildData, ColumnSchema, CompiledSql, RelationName } from "../manifest/index.ts";

/** Differences between warehouses, as data. */
export interface WarehouseCapabilities {
  /** An append build can share the files or storage of the build before. */
  readonly sharesStorage: boolean;
}

export interface QueryResult {
  readonly columns: readonly ColumnSchema[];
  /** JSON-safe cells: 64-bit integers and decimals as strings, timestamps as ISO text, blobs as hex. */
  readonly rows: readonly (readonly unknown[])[];
}

/** A column on its way in: `type` is what it lands as; its cells are that type's canonical text (blobs hex, lists and structs JSON). */
export interface LoadColumn extends ColumnSchema {
  /** `csv-stream`: the stream has no cell for it, and every row lands NULL. */
  readonly absent?: boolean;
}

/** Asked in the session after `setup`: when the query has rows, the build is refused with `problem`. */
export interface BuildCheck {
  readonly sql: string;
  readonly problem: MeshError;
}

/** One share of rows on their way in, in the COPY_CSV dialect. */
export interface CsvPart {
  open(): AsyncIterable<Uint8Array>;
  /**
   * Asked when the stream failed with `error`, after what was written of it is gone: true opens the part again, whose
   * bytes then start anew. Absent: never.
   */
  reopen?(error: unknown): Promise<boolean>;
}

/** How one build is made. Made by `materialize/` and `execute/`, carried out by an adapter. */
export type BuildStatement =
  /** The whole table is the query's rows. `setup` runs first, in the session (temporary tables only). */
  | {
      readonly kind: "select";
      readonly setup?: readonly string[];
      readonly checks?: readonly BuildCheck[];
      readonly sql: string;
    }
  /** The base's rows and the query's; the base's storage is shared, not copied. */
  | { readonly kind: "append"; readonly base: BuildData; readonly setup?: readonly string[]; readonly sql: string }
  | { readonly kind: "view"; readonly sql: CompiledSql; readonly inputs: Readonly<Record<string, string>> }
  /**
   * Bytes in the COPY_CSV dialect of `util`, without header. Every cell is read as text, then cast; a bad cell fails the
   * build. Parts land side by side, each in a file of its own; one that fails takes the whole build with it.
   */
  | { readonly kind: "csv-stream"; readonly parts: readonly CsvPart[]; readonly columns: readonly LoadColumn[] }
  /** A file with a header, for seeds; types are those given, or inferred for columns without one. */
  | {
      readonly kind: "csv-file";
      readonly path: string;
      readonly delimiter: string;
      readonly types: Readonly<Record<string, string>>;
    }
  /** A staging Parquet file whose columns are cast to the given types. */
  | { readonly kind: "parquet-file"; readonly path: string; readonly columns: readonly LoadColumn[] };

export interface NewBuild {
  /** Unique per attempt; names the physical table. */
  readonly id: string;
  readonly model: string;
  readonly relation: RelationName;
}

export interface SessionRequest {
  /** The builds this step reads: its pinned inputs and, for an incremental step, its own base. Keyed by model id. */
  readonly inputs: ReadonlyMap<string, Build>;
  /** Builds that view builds among the inputs read, transitively, keyed by build id. */
  readonly behindViews: ReadonlyMap<string, Build>;
  readonly signal?: AbortSignal;
}

/** One step's private view of the warehouse: it sees its pinned inputs and nothing else. */
export interface WarehouseSession {
  /** How SQL in this session names an input. The last part is the model's name, so that `orders.id` still works. */
  relation(model: string): string;
  /** Makes a build just created visible under its model, for the tests on it. Replaces an input of the same model. */
  attach(build: Build): Promise<void>;
  query(sql: string): Promise<QueryResult>;
  /** Names and types of the columns a query would return; nothing is executed. */
  describe(sql: string): Promise<readonly ColumnSchema[]>;
  /** The rows of a query of any size, batch by batch in bounded memory; cells as in `query`. */
  stream(sql: string): AsyncIterable<QueryResult>;
  /** Creates the physical table. On any failure nothing of it is left. Never touches what exists. */
  create(build: NewBuild, statement: BuildStatement): Promise<BuildData>;
  /** An order-independent hash of a build's columns and rows: equal rows give equal hashes on every machine. */
  contentHash(data: BuildData): Promise<string>;
  /** What its stored rows hold, for loss accounting; see `docs/completeness.md`. */
  account(data: BuildData, columns: readonly AccountColumn[]): Promise<LandedAccount>;
  close(): Promise<void>;
}

/** A column as loss accounting looks at it. */
export interface AccountColumn extends ColumnSchema {
  /** Whether its values are part of the checksum. */
  readonly checked: boolean;
}

export interface LandedAccount {
  /** Absolute paths of the Parquet files. Their footers are for others to read: who wrote them is not asked. */
  readonly files: readonly string[];
  /** The sum of the digests of all rows over the checked columns, in decimal. Absent when no column is checked. */
  readonly checksum?: string;
  /** How many values of a nested column are not NULL, which no footer tells. By column name. */
  readonly nestedValues: Readonly<Record<string, number>>;
}

export interface PublishedRelation {
  readonly relation: RelationName;
  readonly description?: string;
  readonly build: Build;
}

export interface Warehouse {
  readonly kind: string;
  readonly capabilities: WarehouseCapabilities;
  /** Refuses when the warehouse belongs to another state store (`stateId`). Creates what is missing. */
  prepare(stateId: string): Promise<void>;
  openSession(request: SessionRequest): Promise<WarehouseSession>;
  /** A folder of its own for files on their way into a build, until `use` ends. What a killed process leaves there does not stay. */
  withStagingFolder<T>(use: (folder: string) => Promise<T>): Promise<T>;
  /**
   * Makes the stable names of one project show these builds, all at once, readers undisturbed.
   * `sequence` is the state store's newest publication of the project; `published()` gives it back.
   */
  publish(
    project: string,
    relations: readonly PublishedRelation[],
    behindViews: ReadonlyMap<string, Build>,
    sequence: number,
  ): Promise<void>;
  /** The sequence last served for a project; 0 when nothing is. */
  publishedSequence(project: string): Promise<number>;
  /** Where readers find a project's published tables, for people. */
  servingLocation(project: string): string;
  /** Build ids that have something physical, whether state knows them or not. */
  listBuilds(): Promise<readonly string[]>;
  /**
   * Deletes what is physical of these builds, except files in `keepFiles` (shared with live builds). Absent ones are fine.
   * A build known by its id alone is searched for, which takes time in proportion to all there is.
   */
  dropBuilds(
    builds: readonly (string | Pick<NewBuild, "id" | "relation">)[],
    keepFiles: ReadonlySet<string>,
  ): Promise<void>;
  /** Plain facts for `mesh doctor`. */
  check(): Promise<readonly { readonly ok: boolean; readonly what: string; readonly help?: string }[]>;
  close(): Promise<void>;
}

/** A seed's file as its model configures it. */
export interface SeedFile {
  /** For messages: the model's id. */
  readonly model: string;
  /** Absolute. */
  readonly path: string;
  readonly delimiter: string;
  /** Types that are given; the others are inferred. */
  readonly types: Readonly<Record<string, string>>;
}

/** Reads seeds whole without building anything, for the compiler. */
export interface SeedReader {
  /** The columns that a build of the file would have. Throws a coded error when it cannot be built as it is. */
  describe(seed: SeedFile): Promise<readonly ColumnSchema[]>;
  close(): Promise<void>;
}
