// Owns the shape of the live `Mesh` object that every surface uses. What it does is in `mesh.ts`, in terms of `pipeline.ts`.
import type { Config, Environment } from "./config/index.ts";
import type { PortBreak, PortNote } from "./contract/index.ts";
import type { DeployOptions, DeployResult } from "./deploy/index.ts";
import type { Diagnostic } from "./errors/index.ts";
import type { RunEvent, RunOrigin, RunResult } from "./execute/index.ts";
import type { ColumnSchema, Manifest, Model } from "./manifest/index.ts";
import type { Cursor } from "./materialize/index.ts";
import type { Plan } from "./plan/index.ts";
import type { SourceTable, StoreColumn } from "./source/index.ts";
import type { Actor, BuildRecord, Publication, RunRecord, StateStore, TestRecord } from "./state/index.ts";
import type { QueryResult } from "./warehouse/index.ts";

export interface MeshOptions {
  /** Where to look for `mesh.config.ts`: this folder or the nearest above. */
  readonly cwd: string;
  readonly target?: string;
  readonly vars?: Readonly<Record<string, unknown>>;
  /** Process environment by default; a `.env` file beside the config fills what is missing. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface Selection {
  /** dbt's grammar; several are a union. Absent means everything. */
  readonly select?: readonly string[];
  readonly exclude?: readonly string[];
}

export interface PlanOptions extends Selection {
  readonly fullRefresh?: boolean;
  /** Names of snapshots whose history begins anew. */
  readonly discardHistory?: readonly string[];
}

export interface DiffOptions {
  /** Ids of builds: the one before the published one, and the published one, unless told. */
  readonly before?: string;
  readonly after?: string;
  /** The model's `unique_key` unless told; of a history `dbt_scd_id`. */
  readonly key?: readonly string[];
  /** How many keys of each change are given. */
  readonly rows: number;
  readonly signal?: AbortSignal;
}

export interface DiffSide {
  readonly build: string;
  readonly createdAt: Date;
  readonly asOf?: Date;
  readonly rows: number;
}

/** Two builds compared by key. */
export interface BuildDiff {
  readonly model: string;
  readonly before: DiffSide;
  readonly after: DiffSide;
  readonly key: readonly string[];
  readonly schema: {
    readonly added: readonly ColumnSchema[];
    readonly removed: readonly ColumnSchema[];
    readonly retyped: readonly { readonly name: string; readonly was: string; readonly now: string }[];
  };
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly unchanged: number;
  /** In how many updated rows each column changed. */
  readonly changedColumns: Readonly<Record<string, number>>;
  /** Keys, masked where classified; with the columns that changed when it is an update. */
  readonly sample: readonly {
    readonly change: "inserted" | "updated" | "deleted";
    readonly key: Readonly<Record<string, unknown>>;
    readonly columns: readonly string[];
  }[];
}

/** Bounds as the column that the range is told by has them; `from` inclusive, `to` exclusive. */
export interface BackfillRange {
  readonly from?: string;
  readonly to?: string;
}

export interface RunOptions extends PlanOptions {
  readonly threads?: number;
  readonly failFast?: boolean;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
  /** What `plan` gave for the same options, to run just what was shown; made anew when absent. */
  readonly plan?: Plan;
  /** What else is recorded of the run. */
  readonly origin?: RunOrigin;
  /** The person who runs it: recorded with the run, and in the audit log. */
  readonly by?: Actor;
}

export interface ListedModel {
  readonly id: string;
  readonly kind: string;
  readonly materialized: string;
  readonly access: string;
  readonly path: string;
  readonly owner: string;
  readonly tags: readonly string[];
  readonly description?: string;
}

export interface BuildListing {
  readonly build: BuildRecord;
  readonly published: boolean;
}

export interface CheckResult {
  readonly ok: boolean;
  readonly what: string;
  readonly help?: string;
}

/** Checks of a part that core does not know. */
export type DoctorChecks = (mesh: {
  readonly config: Config;
  readonly env: Environment;
  /** The state store's clock. */
  readonly now: () => Promise<Date>;
}) => Promise<readonly CheckResult[]>;

export interface StoreProduct {
  readonly id: string;
  readonly kind: "snapshot" | "model" | "report";
  /** With a way to reach them. */
  readonly owner: string;
}

/** What a store's schema does to the mesh. */
export interface CheckedStore {
  /** `project.store` */
  readonly store: string;
  /** Nothing breaks. */
  readonly ok: boolean;
  /** Ids of the sources compared. */
  readonly sources: readonly string[];
  /** What the next reading would refuse, each with the ids of the products it breaks. */
  readonly breaks: readonly (PortBreak & { readonly products: readonly string[] })[];
  readonly products: readonly StoreProduct[];
  readonly notes: readonly PortNote[];
}

export interface StoreTable {
  readonly columns: readonly StoreColumn[] | undefined;
  readonly near: string | undefined;
}

export interface CheckStoreOptions {
  /** `project.store`, or the store's name where no other project has one of it. */
  readonly store: string;
  /** Instead of the declared one: the migrated database of a service's CI. */
  readonly connection?: string;
  /** A file instead of a database, relative to the working folder of the process. */
  readonly schema?: string;
}

export interface CleanResult {
  readonly removedBuilds: number;
  readonly removedDeployments: number;
  readonly crashedRuns: number;
  readonly freedBytes: number;
}

/** A loaded mesh. Methods throw MeshError; `compile` instead returns what is wrong with the projects. */
export interface Mesh {
  readonly config: Config;
  /** Compiles once and remembers it. Diagnostics of every project are in the manifest. */
  compile(): Promise<{ readonly manifest: Manifest; readonly diagnostics: readonly Diagnostic[] }>;
  /** Warnings about parts of a selection that match no model. */
  explain(selection: Selection): Promise<readonly Diagnostic[]>;
  /** This and what else takes a selection throws `selection/matches-nothing` when no part of `select` matches a model. */
  list(selection: Selection): Promise<readonly ListedModel[]>;
  plan(options: PlanOptions): Promise<Plan>;
  /** A range of a snapshot's source as its column writes it, and the column. Throws `snapshot/…` when it cannot be read again. */
  backfillRange(
    snapshot: string,
    range: BackfillRange,
  ): Promise<{ readonly model: Model; readonly cursor: Cursor; readonly window: BackfillRange }>;
  /** The plan for reading a range of a snapshot's source again. Throws `snapshot/…` when it cannot be. */
  planBackfill(snapshot: string, range: BackfillRange): Promise<Plan>;
  run(options: RunOptions): Promise<RunResult>;
  /** Does what an ended run of `run` left undone, with the builds it had pinned. Throws `run/…` when it cannot be. */
  resume(runId: string, options: Omit<RunOptions, "select" | "exclude" | "plan">): Promise<RunResult>;
  /** Runs the tests of the selected models on their published builds. */
  test(
    options: Selection & { readonly signal?: AbortSignal; readonly onResult?: (result: TestRecord) => void },
  ): Promise<readonly TestRecord[]>;
  /** Rows of a published model, or of an inline query in which `ref()` works. */
  show(what: { readonly model: string } | { readonly inline: string }, limit: number): Promise<QueryResult>;
  /** Compiled SQL of a model with stable names. */
  compiledSql(model: string): Promise<string>;
  builds(filter: { readonly model?: string; readonly limit?: number }): Promise<readonly BuildListing[]>;
  /** Two builds of a model, compared by key. Throws `diff/…`. */
  diff(model: string, options: DiffOptions): Promise<BuildDiff>;
  runs(limit: number): Promise<readonly RunRecord[]>;
  /** Publishes an earlier build: the one before the published one, or `to`. */
  rollback(
    model: string,
    asked: { readonly to?: string | undefined; readonly by: Actor; readonly why?: string | undefined },
  ): Promise<Publication>;
  /** Registers projects of the working folder for schedulers and workers, as far as nothing stands in the way. Throws `deploy/…`. */
  deploy(options: DeployOptions): Promise<DeployResult>;
  /** Removes what crashed runs left, builds past retention and deployments that nobody needs. `by`: the person who does it, for the audit log. */
  clean(by?: Actor): Promise<CleanResult>;
  /** `others` look at what core does not know, such as Redis, and are given what they need of the mesh. */
  doctor(others?: DoctorChecks): Promise<readonly CheckResult[]>;
  /** Compares a store's schema with every source declared of it. Needs no state and no warehouse. Throws `store/…` when it cannot be judged. */
  checkStore(options: CheckStoreOptions): Promise<CheckedStore>;
  /** The columns of a table as the store has them, none for a store without a schema; undefined, with a name near to it, when there is no such table. */
  storeTable(store: string, table: SourceTable): Promise<StoreTable>;
  /** The store's schema as the text of a file that `checkStore` reads. */
  storeSchema(options: Omit<CheckStoreOptions, "schema">): Promise<string>;
  /** The target's state store, its schema up to date; closed with the mesh. */
  state(): Promise<StateStore>;
  /** The text without any secret this mesh has resolved so far. */
  redact(text: string): string;
  close(): Promise<void>;
}
