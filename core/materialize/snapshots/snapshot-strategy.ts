// Owns what a snapshot strategy is: which part of the source it reads, and how what was read goes onto the build before.
import type { MeshError } from "../../errors/index.ts";
import type { BuildData, ColumnSchema, Model } from "../../manifest/index.ts";
import type { BuildStatement } from "../../warehouse/index.ts";

type FilesData = Extract<BuildData, { readonly kind: "files" }>;

/** Rows in files, and how SQL in the session names them. */
export interface SnapshotRows {
  readonly relation: string;
  readonly data: FilesData;
}

/** A part of the source: from (inclusive) to (exclusive), in canonical text of the column's type. Empty: all of it. */
export interface WindowBounds {
  readonly from?: string;
  readonly to?: string;
}

export interface SnapshotInput {
  readonly model: Pick<Model, "id" | "config">;
  /** What was read of the source. */
  readonly landing: SnapshotRows;
  /** The build before; absent when the table is made anew. */
  readonly base?: SnapshotRows;
  readonly window: WindowBounds;
  /** The window was asked for: it is replaced, and nothing is concluded of what is not in it. */
  readonly backfill: boolean;
  /** The store's clock at the point that was read. */
  readonly asOf: Date;
}

/** A query for one number; unless it is 0 the build is refused. */
export interface SnapshotCheck {
  readonly sql: string;
  readonly problem: (count: number) => MeshError;
}

/** How the build is made, step by step, in one session. */
export interface SnapshotWork {
  readonly checks: readonly SnapshotCheck[];
  /** Temporary tables, after the checks. */
  readonly setup: readonly string[];
  /** Checks that need them. */
  readonly afterSetup?: readonly SnapshotCheck[];
  /** A query for the number of rows of the base that do not stay as they are. With 0 its files can be shared. */
  readonly touched: string;
  readonly statement: (touched: number) => BuildStatement;
}

export interface SnapshotStrategy {
  readonly name: string;
  /** `window`: only what the cursor says is new, once there is a base. */
  readonly reads: "all" | "window";
  /** The build before holds what the store may no longer have: it is never made anew without being told to. */
  readonly keepsHistory: boolean;
  /** The configuration key of the column by which a backfill reads a range; absent: there is no backfill. */
  readonly backfillBy?: "cursor" | "updated_at";
  /** Absent: what was read is the build. */
  readonly combine?: (input: SnapshotInput) => SnapshotWork;
}

/** A column of the new build and on which sides it has values: it is NULL on the other. */
export interface AlignedColumn extends ColumnSchema {
  readonly inBase: boolean;
  readonly inLanding: boolean;
}
