// Owns the source port: what mesh asks of a microservice's store. Knows no adapter.
import type { ColumnSchema } from "../manifest/index.ts";

export interface StoreSettings {
  /** `project.store`, for messages. */
  readonly id: string;
  readonly client: "pg" | "mysql" | "sqlite";
  /** Resolved: secrets in place. Never printed. A string is a URL or, for sqlite, an absolute file. */
  readonly connection: string | Readonly<Record<string, unknown>>;
  /** At most this many tables are read at once. */
  readonly concurrency: number;
}

/** A table or view of the store. */
export interface SourceTable {
  readonly schema?: string | undefined;
  readonly identifier: string;
}

export interface StoreColumn {
  readonly name: string;
  /** As the store says it: `numeric(12,2)`, `bigint unsigned`. */
  readonly storeType: string;
  /** The DuckDB type that holds every value exactly; undefined when there is none (then it lands only as VARCHAR by declaration). */
  readonly type: string | undefined;
  readonly nullable: boolean;
}

export interface ExtractRequest {
  readonly table: SourceTable;
  /** The declared columns, in order; `type` is the declared warehouse type. */
  readonly columns: readonly ColumnSchema[];
  readonly signal?: AbortSignal;
}

/** A stream in the COPY_CSV dialect. An error of the store is thrown by the iterator, also when it came at a row's end. */
export interface Extraction {
  readonly stream: AsyncIterable<Uint8Array>;
  /** Rows the store says it sent. Known once the stream has ended well. */
  rows(): number;
}

/** Every read through it sees the store at one instant. */
export interface ConsistentSession {
  /** The store's own clock at that instant. */
  readonly asOf: Date;
  /** The store's own name of the instant (LSN, binlog position), when it has one. */
  readonly position?: string;
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
