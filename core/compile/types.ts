// Owns the shapes that the steps of compiling hand to each other.
import type { Location, MeshError } from "../errors/index.ts";
import type { Access, ColumnSchema, CompiledSql, Materialization, ModelConfig, ModelKind } from "../manifest/index.ts";
import type { ModelProperties, Project, TextFile } from "../project/index.ts";

/** A model as declared: its file and its properties found together. */
export interface ModelDraft {
  /** `project.model` */
  readonly id: string;
  readonly name: string;
  readonly project: Project;
  readonly kind: ModelKind;
  /** Absent for a snapshot. */
  readonly file?: TextFile;
  readonly properties?: ModelProperties;
  readonly location: Location;
}

/** The configuration in force. */
export interface Settings {
  readonly enabled: boolean;
  readonly materialized: Materialization;
  readonly access: Access;
  readonly group?: string;
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, unknown>>;
  readonly schedule?: string;
  readonly contract: { readonly enforced: boolean };
  readonly config: ModelConfig;
}

/** A reference as a reader wrote it. */
export interface RefTarget {
  readonly project?: string | undefined;
  readonly name: string;
  readonly version?: string | number | undefined;
}

/** A model with all that can be said of it alone: its query rendered, its references resolved, its configuration settled. */
export interface ModelWork {
  readonly draft: ModelDraft;
  readonly settings: Settings;
  /** What the file itself gave to config(). */
  readonly inFile?: Readonly<Record<string, unknown>>;
  readonly problems: readonly MeshError[];
  /** The model or project at fault, when what it reads is broken beyond knowing. */
  readonly brokenUpstream?: string;
  /** Ids of the models it reads, sorted. */
  readonly deps: readonly string[];
  readonly source?: string;
  readonly sql?: CompiledSql;
  readonly incrementalSql?: CompiledSql;
  /** Hash of the SQL without its formatting. */
  readonly canonical?: string;
  /** `path:macro` and its hash, of every macro reached. */
  readonly macros: Readonly<Record<string, string>>;
  /** Columns its definition gives: snapshots and TypeScript models. Types as written. */
  readonly definedColumns?: readonly DefinedColumn[];
  /** TypeScript models: hash of the variables they are given; which of them they use cannot be told. */
  readonly vars?: string;
  /** TypeScript models: argument name -> model id. */
  readonly inputs?: Readonly<Record<string, string>>;
}

export interface DefinedColumn extends ColumnSchema {
  readonly description?: string;
  readonly classification?: string;
  readonly at?: Location;
}
