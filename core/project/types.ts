// Owns the facts of a project as written, each with its place. No meaning yet: nothing is resolved, rendered or checked across files.
import type { Diagnostic, Location } from "../errors/index.ts";
import type {
  Calendar,
  DriftAction,
  DriftKind,
  OverlapPolicy,
  Owner,
  Protection,
  ScheduleCondition,
  ServiceLevel,
  StoreClient,
} from "../manifest/index.ts";

export interface Located {
  readonly at: Location;
}

/** A schedule as written. What contradicts itself in it is in the project's diagnostics. */
export interface ScheduleDeclaration extends Located {
  readonly on?: ScheduleCondition;
  readonly cron?: string;
  readonly timezone?: string;
  readonly catch_up?: string;
  readonly overlap?: OverlapPolicy;
  readonly upstream?: readonly ({ readonly id: string } & Located)[];
  readonly settle?: string;
  readonly min_interval?: string;
  readonly max_wait?: string;
  readonly then?: "run" | "alert";
  readonly priority?: number;
}

export interface TestDeclaration extends Located {
  /** `unique`, `accepted_values`, …, as written. */
  readonly type: string;
  readonly name?: string;
  readonly description?: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly config: TestConfig;
}

export interface TestConfig {
  readonly severity?: "error" | "warn";
  readonly warn_if?: string;
  readonly error_if?: string;
  readonly fail_calc?: string;
  readonly where?: string;
  readonly limit?: number;
  readonly store_failures?: boolean;
  readonly enabled?: boolean;
}

export interface ColumnDeclaration extends Located {
  readonly name: string;
  readonly data_type?: string;
  readonly description?: string;
  readonly classification?: string;
  /** Columns of a source: the name in the store, and what is done with its values on the way. */
  readonly identifier?: string;
  readonly protect?: Protection;
  readonly token_domain?: string;
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly tests: readonly TestDeclaration[];
}

export interface StoreDeclaration extends Located {
  readonly name: string;
  readonly client: StoreClient;
  /** As written, `${ENV}` unresolved. */
  readonly connection: string | Readonly<Record<string, unknown>>;
  readonly replica?: string | Readonly<Record<string, unknown>>;
  /** Keys of project.yml that say how gently it is read, as written. */
  readonly reading: StoreReading;
  /** `together`: the snapshots of the store are published all or none. */
  readonly publish?: "together";
}

export interface StoreReading {
  readonly concurrency?: number;
  readonly readers?: number;
  readonly split_above?: string;
  readonly isolation?: "repeatable_read" | "serializable";
  readonly lock_and_start?: boolean;
  readonly connect_timeout?: string;
  readonly statement_timeout?: string;
  readonly lock_timeout?: string;
  readonly idle_timeout?: string;
}

export interface SourceDeclaration extends Located {
  /** The store's name (`sources[].name` in YAML). */
  readonly store: string;
  readonly name: string;
  readonly identifier?: string;
  readonly schema?: string;
  readonly query?: string;
  readonly description?: string;
  readonly verify?: "checksum" | "counts";
  /** Rows, or a share such as `0.1%`. */
  readonly loss_budget?: number | string;
  readonly drift?: DriftAction | Partial<Readonly<Record<DriftKind, DriftAction>>>;
  readonly scan?: boolean;
  readonly sla?: ServiceLevel;
  readonly slaAt?: KeyPlaces;
  readonly columns: readonly ColumnDeclaration[];
}

/** Where each key of a mapping stands. */
export type KeyPlaces = Readonly<Record<string, Location>>;

/** `config:` of YAML with the place of each key, so that a key given twice can name both. */
export interface ConfigDeclaration {
  readonly values: Readonly<Record<string, unknown>>;
  readonly at: Readonly<Record<string, Location>>;
}

/** What YAML promises about a model, seed or snapshot. */
export interface ModelProperties extends Located {
  readonly name: string;
  readonly resource: "model" | "seed" | "snapshot";
  readonly description?: string;
  readonly config: ConfigDeclaration;
  readonly sla?: ServiceLevel;
  readonly slaAt?: KeyPlaces;
  readonly columns: readonly ColumnDeclaration[];
  readonly tests: readonly TestDeclaration[];
  /** Snapshots: `relation: source('store', 'table')`. */
  readonly relation?: { readonly store: string; readonly table: string; readonly at: Location };
}

export interface TextFile {
  /** Relative to the mesh's root, `/` separated. */
  readonly path: string;
  readonly content: string;
  /** SHA-256 of the content. */
  readonly hash: string;
}

export interface ModelFile {
  readonly name: string;
  readonly kind: "sql" | "typescript" | "seed";
  readonly file: TextFile;
}

export interface ReportDeclaration extends Located {
  readonly name: string;
  readonly type: string;
  readonly url?: string;
  readonly description?: string;
  readonly owner: { readonly name?: string; readonly email?: string };
  /** As written: `ref('x')` or `ref('project', 'x')`. */
  readonly depends_on: readonly { readonly project?: string; readonly name: string; readonly at: Location }[];
}

export interface Project extends Located {
  readonly name: string;
  /** Folder relative to the mesh's root. */
  readonly path: string;
  readonly description?: string;
  readonly owner: Owner;
  readonly stores: readonly StoreDeclaration[];
  readonly schedules: Readonly<Record<string, ScheduleDeclaration>>;
  /** Its own calendars. */
  readonly calendars: Readonly<Record<string, Calendar>>;
  readonly defaults: ConfigDeclaration;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly sources: readonly SourceDeclaration[];
  readonly properties: readonly ModelProperties[];
  readonly models: readonly ModelFile[];
  /** `tests/**.sql` */
  readonly tests: readonly ModelFile[];
  /** `macros/**.sql` of this project. */
  readonly macros: readonly TextFile[];
  readonly reports: readonly ReportDeclaration[];
  /** Problems found while reading. A project with an error here is broken; the others go on. */
  readonly diagnostics: readonly Diagnostic[];
  /** Hash of every file read. */
  readonly hash: string;
}
