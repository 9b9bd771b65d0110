// Owns the source port: what mesh asks of a microservice's store. Knows no adapter.
import type { ReadingPolicy, StoreClient } from "../manifest/index.ts";

export interface StoreSettings {
  /** `project.store`, for messages. */
  readonly id: string;
  readonly client: StoreClient;
  /** Resolved: secrets in place. Never printed. A string is a URL or, for files, an absolute path. The replica's, when the store has one. */
  readonly connection: string | Readonly<Record<string, unknown>>;
  readonly reading: ReadingPolicy;
}

/** A table, view or query of the store. */
export interface SourceTable {
  readonly schema?: string | undefined;
  readonly identifier: string;
  /** A SELECT; `identifier` is then only its name in messages. */
  readonly query?: string | undefined;
}

export interface StoreColumn {
  /** The store's own name. */
  readonly name: string;
  /** As the store says it: `numeric(12,2)`, `bigint unsigned`. */
  readonly storeType: string;
  /** The DuckDB type that holds every value exactly; undefined when there is none (then it lands only as VARCHAR by declaration). */
  readonly type: string | undefined;
  readonly nullable: boolean;
}

/** A declared column on its way out. */
export interface ExtractColumn {
  /** What it lands as. */
  readonly name: string;
  /** What the store calls it. */
  readonly identifier: string;
  /** The declared warehouse type, whose canonical text its cells are. */
  readonly type: string;
  /** Its values are replaced before they land: the account counts them and leaves them out of the checksum. */
  readonly replaced?: boolean;
}

/** A part of a table, told by a column that grows. Bounds are canonical text of the declared type. Rows with NULL in the column are in no window. */
export interface CursorWindow {
  /** The store's name of the column. */
  readonly identifier: string;
  readonly type: string;
  /** Inclusive. */
  readonly from?: string;
  /** Exclusive. */
  readonly to?: string;
}

export interface ExtractRequest {
  readonly table: SourceTable;
  /** The columns to read, in order. */
  readonly columns: readonly ExtractColumn[];
  readonly window?: CursorWindow | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the store itself counts of the rows asked for: SQL at the session's point, not by way of the stream. */
export interface StoreAccount {
  readonly rows: number;
  /** Per column of the request: how many values are not NULL. */
  readonly values: readonly number[];
  /**
   * The sum of all rows' digests, in decimal, as `docs/completeness.md` defines it (floats by their IEEE bits, not their
   * decimal text), over the columns that are neither `unchecked` nor `replaced`. Absent when it was not asked for.
   */
  readonly checksum?: string;
  /** Columns no digest can be made of in this store, with the reason. */
  readonly unchecked: readonly { readonly column: string; readonly reason: string }[];
}

/** One reader's share of the rows: every row of the request is in exactly one part. */
export interface ExtractPart {
  /**
   * Bytes in the COPY_CSV dialect. An error of the store is thrown by the iterator, also when it came at a row's end.
   * May be called again after a failure when the extraction is resumable; the bytes then start anew.
   */
  open(): AsyncIterable<Uint8Array>;
}

export interface Extraction {
  /** At least one. They may be read at the same time. */
  readonly parts: readonly ExtractPart[];
  /** A part whose stream failed can be opened again and gives the rows of the same point. */
  readonly resumable: boolean;
  /** About how much is coming, from the store's own statistics; for progress only. */
  readonly estimate?: { readonly rows?: number; readonly bytes?: number };
  /** Rows the store says it sent, over all parts. Known once every part has ended well. */
  rows(): number;
  /** The independent arm of loss accounting. May be asked while the parts are read. `checksum: false`: counts only. */
  account(options: { readonly checksum: boolean }): Promise<StoreAccount>;
  /** Milliseconds the store has worked for it so far, over all readers and its account. */
  storeMs?(): number;
}

/** Every read through it sees the store at one instant. */
export interface ConsistentSession {
  /** The store's own clock at that instant. */
  readonly asOf: Date;
  /** The store's own name of the instant (LSN, binlog position), when it has one. */
  readonly position?: string;
  /** Rows bring their own columns: those that `columns` does not tell may come all the same, with any value. */
  readonly schemaless?: boolean;
  /** undefined when the table does not exist, or the user may not know of it. Throws `store/permission-denied` where the store tells the two apart. */
  columns(table: SourceTable): Promise<readonly StoreColumn[] | undefined>;
  /** Names near a missing table, for a suggestion. */
  tables(): Promise<readonly string[]>;
  extract(request: ExtractRequest): Promise<Extraction>;
  close(): Promise<void>;
}

export interface StoreConnection {
  openConsistentSession(signal?: AbortSignal): Promise<ConsistentSession>;
  close(): Promise<void>;
}

export interface SourceAdapter {
  readonly client: StoreSettings["client"];
  /** Throws `store/connection-invalid`. The store is asked when a session is opened: that throws `store/unreachable`, `store/access-denied`, … without any secret in them. */
  connect(settings: StoreSettings): Promise<StoreConnection>;
}
