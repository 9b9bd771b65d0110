// Owns the shape of a store's schema without the store: what tables there are and their columns. No rows.
import type { SourceTable, StoreColumn } from "../types.ts";

/** What can be asked of a schema; a session of a live store answers the same questions. */
export interface StoreSchema {
  /** undefined when there is no such table. Throws `store/schema-unknown` for what the file cannot tell. */
  columns(table: SourceTable): Promise<readonly StoreColumn[] | undefined>;
  tables(): Promise<readonly string[]>;
  /** As a session's. */
  readonly schemaless?: boolean;
  close(): Promise<void>;
}

export interface SchemaTable {
  /** As a source may declare it: `orders`, `public.orders`. */
  readonly names: readonly string[];
  /** null for a view, whose columns only a server can tell. */
  readonly columns: readonly StoreColumn[] | null;
}

export interface SchemaContents {
  readonly tables: readonly SchemaTable[];
  /** The columns of ports that are queries, by the text of the query. */
  readonly queries: Readonly<Record<string, readonly StoreColumn[]>>;
}
