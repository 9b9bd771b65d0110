// Owns the description of a build: what state records, warehouses make and read, and publish points at.
import type { CompiledSql } from "./compiled-sql.ts";
import type { RelationName } from "./types.ts";

export interface ColumnSchema {
  readonly name: string;
  /** DuckDB's type name. */
  readonly type: string;
}

export interface BuildFile {
  /** Relative to the warehouse's root. Files are immutable and may be shared by several builds. */
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
}

export type BuildData =
  | {
      readonly kind: "files";
      readonly columns: readonly ColumnSchema[];
      readonly files: readonly BuildFile[];
      readonly rows: number;
      readonly bytes: number;
    }
  | {
      readonly kind: "view";
      readonly columns: readonly ColumnSchema[];
      readonly sql: CompiledSql;
      /** model id -> build id: a view reads the builds its run pinned, for ever. */
      readonly inputs: Readonly<Record<string, string>>;
    };

/** One immutable physical table. */
export interface Build {
  readonly id: string;
  /** The model's id. */
  readonly model: string;
  readonly relation: RelationName;
  readonly data: BuildData;
}
