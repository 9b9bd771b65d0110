// Owns the types of the manifest. Everything here is plain JSON: no functions, no dates, no undefined inside arrays.
import type { Diagnostic, Location } from "../errors/index.ts";
import type { CompiledSql } from "./compiled-sql.ts";

export type Access = "private" | "protected" | "public";
export type ModelKind = "snapshot" | "sql" | "typescript" | "seed";
export type Materialization = "snapshot" | "table" | "view" | "incremental" | "seed";
/** Unclassified counts as sensitive; see the glossary. */
export type Classification = string;

export interface Owner {
  readonly team: string;
  readonly email?: string;
  readonly slack?: string;
}

/** When a schedule's models are due: at times, when what they read was published anew, or both. */
export type ScheduleCondition = "cron" | "any_new" | "all_new" | "cron_after_all_new";

/** What becomes of ticks that nobody was there to see. */
export type CatchUp =
  | { readonly mode: "none" | "latest" | "all" }
  /** Those of so long ago or less. */
  | { readonly mode: "window"; readonly windowMs: number };

/** What becomes of a run that is due while another of its schedule is under way. */
export type OverlapPolicy = "skip" | "buffer_one" | "buffer_all" | "cancel_other" | "allow";

/** A schedule in force, every default filled in. */
export interface Schedule {
  readonly on: ScheduleCondition;
  /** Present with `cron` and `cron_after_all_new`. */
  readonly cron?: string;
  /** IANA zone. */
  readonly timezone: string;
  readonly catchUp: CatchUp;
  readonly overlap: OverlapPolicy;
  /** Ids of the models whose publications it waits for, sorted; empty with `cron`. */
  readonly upstream: readonly string[];
  /** It lists none: `upstream` is what its models read of other schedules and projects, and follows the models that are there. */
  readonly upstreamIsRead?: boolean;
  /** `any_new`, `all_new`: so long nothing new must have been published before it runs. */
  readonly settleMs: number;
  /** `any_new`, `all_new`: from the start of one run to that of the next. */
  readonly minIntervalMs: number;
  /** `all_new`, `cron_after_all_new`: how long it waits for all; without end when absent. */
  readonly maxWaitMs?: number;
  /** It runs with what there is, or waits on and its owner is told. */
  readonly afterMaxWait: "run" | "alert";
  /** Of its runs, less is sooner; by its cadence when absent. */
  readonly priority?: number;
}

/** What is promised of the age of a table, as written. */
export interface ServiceLevel {
  /** The oldest its data may be: a duration such as `2h`. */
  readonly freshness?: string;
  /** From this age on its owner is warned. Less than `freshness`. */
  readonly warn?: string;
  /** `HH:MM` in the schedule's zone. Models only. */
  readonly available_by?: string;
  /** The longest a run may take for it. Models only. */
  readonly max_duration?: string;
  /** A calendar of the project: on its days no data is due. */
  readonly calendar?: string;
  /** How often the promise is kept, such as `99%`. */
  readonly target?: string;
}

/** Days when no data is due. */
export interface Calendar {
  /** `saturday`, `2026-12-25` or `2026-12-24..2026-12-26`. */
  readonly closed: readonly string[];
  /** IANA zone of the days. */
  readonly timezone: string;
}

/** The stable name: schema is the project, name is the model. */
export interface RelationName {
  readonly schema: string;
  readonly name: string;
}

export interface ProjectEntry {
  readonly name: string;
  /** Folder relative to the mesh's root. */
  readonly path: string;
  readonly description?: string;
  readonly owner: Owner;
  readonly schedules: Readonly<Record<string, Schedule>>;
  /** Those its service levels name: its own, and the mesh's. Absent when there are none. */
  readonly calendars?: Readonly<Record<string, Calendar>>;
}

export type StoreClient = "pg" | "mysql" | "sqlite" | "files" | "http";

/** How gently a store is read. Every duration in milliseconds; what a kind of store cannot do is refused when it compiles. */
export interface ReadingPolicy {
  /** How many tables may be read from it at once. */
  readonly concurrency: number;
  /** How many connections may share one large table, at the same point. */
  readonly readers: number;
  /** A table is shared when the store holds at least this many bytes of it. */
  readonly splitAboveBytes: number;
  readonly isolation: "repeatable_read" | "serializable";
  /** MySQL and MariaDB with several readers: a global read lock for the instant in which they all start. */
  readonly lockAndStart: boolean;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

/** A microservice's database. The connection keeps its `${ENV}` places: no secret is ever in a manifest. */
export interface Store {
  /** `project.store` */
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly client: StoreClient;
  readonly connection: string | Readonly<Record<string, unknown>>;
  /** A read replica: when given, everything is read there and nothing from the primary. */
  readonly replica?: string | Readonly<Record<string, unknown>>;
  readonly reading: ReadingPolicy;
  readonly location: Location;
}

/** What is done with the values of a column before they leave the extract stream. `drop`: the column is never read. */
export type Protection = "tokenize" | "hash" | "mask" | "drop";

export type DriftKind = "added" | "dropped" | "renamed" | "retyped" | "nullable" | "table_gone";
export type DriftAction = "refuse" | "add" | "ignore_new" | "widen";
/** What happens when a store is no longer as declared or as it was. */
export type DriftPolicy = Readonly<Record<DriftKind, DriftAction>>;

export interface SourceColumn {
  readonly name: string;
  /** The column's name in the store. */
  readonly identifier: string;
  /** The warehouse type the column lands as (a DuckDB type name). */
  readonly type: string;
  readonly description?: string;
  readonly classification?: Classification;
  readonly protect?: Protection;
  /** Tokens and hashes: the kind of value. Equal values of one kind match, in whichever column and project. */
  readonly tokenDomain?: string;
  readonly location: Location;
}

/** How much may be missing before a build fails: so many rows, or so large a share of the store's rows (0 to 1). */
export interface LossBudget {
  readonly rows: number;
  readonly share: number;
}

/** A declared table, view or query of a store: its port. Only the columns listed here are ever read. */
export interface Source {
  /** `project.store.table` */
  readonly id: string;
  readonly project: string;
  readonly store: string;
  readonly name: string;
  /** The name in the store; the schema is absent when the store's default is meant. */
  readonly identifier: string;
  readonly schema?: string;
  /** A SELECT of the store, when the port is a query; `identifier` is then only its name. */
  readonly query?: string;
  readonly description?: string;
  /** `checksum`: count, values per column and a checksum of all rows are compared with the store's. `counts`: without the checksum. */
  readonly verify: "checksum" | "counts";
  readonly lossBudget: LossBudget;
  readonly drift: DriftPolicy;
  /** Text columns are searched for card numbers as they land. */
  readonly scan: boolean;
  /** How old the newest published snapshot of it may be. */
  readonly sla?: ServiceLevel;
  readonly columns: readonly SourceColumn[];
  readonly location: Location;
}

export interface Column {
  readonly name: string;
  /** DuckDB's type; null when it could not be known offline. */
  readonly type: string | null;
  readonly description?: string;
  readonly classification?: Classification;
}

export interface Model {
  /** `project.model` */
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly kind: ModelKind;
  readonly materialized: Materialization;
  readonly relation: RelationName;
  /** The file that defines it (the YAML for a snapshot), and where its properties are written. */
  readonly location: Location;
  readonly propertiesLocation?: Location;
  readonly description?: string;
  readonly owner: Owner;
  readonly access: Access;
  readonly group?: string;
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, unknown>>;
  /** The name of a schedule of its project. */
  readonly schedule?: string;
  readonly sla?: ServiceLevel;
  readonly contract: { readonly enforced: boolean };
  /** In the order of the table. With `columnsKnown: false` only those declared, without types: the rest could not be found offline. */
  readonly columns: readonly Column[];
  readonly columnsKnown: boolean;
  /** Ids of models and of sources, sorted. */
  readonly dependsOn: { readonly models: readonly string[]; readonly sources: readonly string[] };
  /** Every configuration key in force, as resolved from project defaults, YAML and `config()`. */
  readonly config: ModelConfig;
  /** SQL models: the query of a full build, and of an incremental one when `is_incremental()` is used. */
  readonly sql?: CompiledSql;
  readonly incrementalSql?: CompiledSql;
  /** Snapshots: the id of the source. */
  readonly source?: string;
  /** Snapshots with tokens or hashes: the id of the key that makes them. */
  readonly protectionKey?: string;
  /** Hash of all that decides what the model's rows are: query, keys, types, macros reached, upstream is not included. */
  readonly fingerprint: string;
}

export interface ModelConfig {
  readonly unique_key?: readonly string[];
  /** Snapshots: `full | incremental | append | timestamp | check`. Incremental models: `append | delete+insert | merge`. */
  readonly strategy?: string;
  /** Snapshots `incremental` and `append`: the column that grows, and how far behind its end to read again. */
  readonly cursor?: string;
  readonly lookback?: string | number;
  /** Snapshots `timestamp` and `check`: dbt's keys. */
  readonly updated_at?: string;
  readonly check_cols?: "all" | readonly string[];
  readonly hard_deletes?: "ignore" | "invalidate" | "new_record";
  readonly dbt_valid_to_current?: string;
  readonly snapshot_meta_column_names?: Readonly<Record<string, string>>;
  readonly merge_update_columns?: readonly string[];
  readonly merge_exclude_columns?: readonly string[];
  readonly on_schema_change?: "ignore" | "fail" | "append_new_columns";
  readonly full_refresh?: boolean;
  /** Models of one project with the same `publish` group are published all or none. */
  readonly publish?: string;
  readonly pre_hook?: readonly string[];
  /** How often it is tried in all when the failure may pass. Default 3 for a snapshot, 1 for others. */
  readonly attempts?: number;
  /** Before the second attempt, as a duration; doubles with each further one. Default `30s`. */
  readonly retry_delay?: string;
  /** The longest one attempt may take, as a duration. */
  readonly timeout?: string;
  /** Pools of `mesh.config.ts` of which its step takes a slot, besides those of its store and project. */
  readonly pools?: readonly string[];
  /** Seeds. */
  readonly column_types?: Readonly<Record<string, string>>;
  readonly delimiter?: string;
  readonly [key: string]: unknown;
}

/** One test, expanded: a query whose rows are the failures. */
export interface DataTest {
  /** `project.name` of the test; unique. */
  readonly id: string;
  readonly project: string;
  readonly name: string;
  /** `unique`, `not_null`, …, or `singular`. */
  readonly type: string;
  /** The model whose publish it guards: the one it is written on, or for a singular test the one it reads that is built last. */
  readonly model: string;
  readonly column?: string;
  /** Every model the query reads, sorted, `model` included. */
  readonly dependsOn: readonly string[];
  readonly sql: CompiledSql;
  readonly severity: "error" | "warn";
  /** Conditions on the count of failures, such as `!= 0` or `> 10`. */
  readonly warnIf: string;
  readonly errorIf: string;
  /** SQL that turns the failing rows into the number judged; `count(*)` unless told. */
  readonly failCalc: string;
  readonly limit?: number;
  readonly storeFailures: boolean;
  readonly location: Location;
}

/** A downstream use outside the mesh (dbt's exposure). */
export interface Report {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly type: string;
  readonly url?: string;
  readonly description?: string;
  readonly owner: Owner | { readonly name?: string; readonly email?: string };
  readonly dependsOn: readonly string[];
  readonly location: Location;
}

/** What one project compiles to. A manifest is the merge of shards in any order. */
export interface Shard {
  readonly project: ProjectEntry;
  readonly stores: readonly Store[];
  readonly sources: readonly Source[];
  readonly models: readonly Model[];
  readonly tests: readonly DataTest[];
  readonly reports: readonly Report[];
  readonly diagnostics: readonly Diagnostic[];
  /** True when the project no longer compiles and this is its last good shard. */
  readonly stale?: boolean;
}

export interface Manifest {
  readonly schemaVersion: 1;
  readonly mesh: string;
  readonly target: string;
  /** All keyed by id, keys sorted. */
  readonly projects: Readonly<Record<string, ProjectEntry & { readonly stale?: boolean }>>;
  readonly stores: Readonly<Record<string, Store>>;
  readonly sources: Readonly<Record<string, Source>>;
  readonly models: Readonly<Record<string, Model>>;
  readonly tests: Readonly<Record<string, DataTest>>;
  readonly reports: Readonly<Record<string, Report>>;
  readonly diagnostics: readonly Diagnostic[];
}
