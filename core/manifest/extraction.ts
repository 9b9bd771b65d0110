// Owns what is recorded of one reading of a store: what was asked, what arrived, how it was checked, what it cost. No values of rows.
import type { DriftKind, Protection } from "./types.ts";

/** One difference between a store and what was declared of it, or what it was at the build before. */
export interface DriftNote {
  readonly kind: DriftKind;
  readonly column?: string;
  /** Types or names, as the store writes them. */
  readonly was?: string;
  readonly now?: string;
  /** What was done about it, for people: `ignored`, `landed as BIGINT`. */
  readonly action: string;
}

export interface ExtractionCost {
  /** Milliseconds in which the store worked for this table, over all its readers. */
  readonly storeMs: number;
  /** Bytes that came out of the store. */
  readonly readBytes: number;
  /** Bytes of Parquet written. */
  readonly writtenBytes: number;
  readonly readers: number;
}

export interface ExtractionRecord {
  readonly strategy: string;
  /** The greatest value of the cursor that this build and those before it hold, as the declared type's canonical text. */
  readonly watermark?: { readonly column: string; readonly value: string };
  /** Which part of the source was read: `from` on (inclusive), before `to`. Absent: all of it. */
  readonly window?: { readonly from?: string; readonly to?: string };
  /** Rows the store counted by SQL at the point, and rows that the files hold by their footers. */
  readonly storeRows: number;
  readonly landedRows: number;
  /** The same checksum of all rows, made by the store's SQL and from the landed files. Absent with `verify: counts`. */
  readonly checksum?: { readonly store: string; readonly landed: string };
  /** Which key made its tokens and hashes: its id, and what tells it from another of the same id. */
  readonly protection?: { readonly key: string; readonly check: string };
  /** Columns whose values were replaced as they landed: how, and for tokens and hashes of which kind of value. */
  readonly replaced?: readonly { readonly column: string; readonly protect: Protection; readonly domain?: string }[];
  /** Columns the checksum leaves out, each with the reason; their values are counted all the same. */
  readonly unchecked: readonly { readonly column: string; readonly reason: string }[];
  /** The columns of the source as the store described them. */
  readonly storeColumns: readonly { readonly name: string; readonly storeType: string; readonly nullable: boolean }[];
  readonly drift: readonly DriftNote[];
  readonly cost: ExtractionCost;
}
