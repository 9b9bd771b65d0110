// Owns what users write in mesh.config.ts: the documented, typed form. Its normalised form is in `types.ts`.
import type { AlertsOptions } from "./alerts-options.ts";

/** Where builds live. One kind today: Parquet files read and written by DuckDB. */
export interface DuckdbWarehouseOptions {
  readonly kind: "duckdb";
  /** Folder, relative to the config. Example: `.mesh/warehouse`. */
  readonly path: string;
  /** DuckDB's memory limit, such as `2GB`. Default: DuckDB's own. */
  readonly memoryLimit?: string;
}

export interface SqliteStateOptions {
  readonly kind: "sqlite";
  /** File, relative to the config. Example: `.mesh/state.db`. */
  readonly path: string;
}

export interface PostgresStateOptions {
  readonly kind: "postgres";
  /** A URL; `${NAME}` and `${NAME:-default}` are taken from the environment. */
  readonly connection: string;
  /** The schema of mesh's own tables. Default: `mesh`. */
  readonly schema?: string;
}

export interface TargetOptions {
  readonly warehouse: DuckdbWarehouseOptions;
  readonly state: SqliteStateOptions | PostgresStateOptions;
}

/** 32 or 64 random bytes in base64 or hexadecimal. `openssl rand -hex 32` makes them. */
export interface ProtectionKeyOptions {
  /** Up to 16 letters and digits. Part of every token, so that it is known which key made it. */
  readonly id: string;
  /** An environment variable, a file relative to the config, or what a shell command prints. */
  readonly from: { readonly env: string } | { readonly file: string } | { readonly command: string };
}

/** Days when no data is due. Each lasts from midnight to midnight in the zone. */
export interface CalendarOptions {
  /** `saturday`, `2026-12-25` or `2026-12-24..2026-12-26`. */
  readonly closed: readonly string[];
  /** IANA zone, such as `Europe/Madrid`. */
  readonly timezone: string;
}

export interface MeshConfig {
  /** The mesh's name: lower-case letters, digits, `_` and `-`. */
  readonly name: string;
  /** Globs of project folders, relative to the config; `!` leaves out. Default: `projects/*`. */
  readonly projects?: string | readonly string[];
  /** Folder of macros that every project may use. Default: `macros`. */
  readonly macros?: string;
  /** The target used without `--target` and without `MESH_TARGET`. */
  readonly defaultTarget: string;
  /** Where each environment keeps builds and state. */
  readonly targets: Readonly<Record<string, TargetOptions>>;
  /** Steps run at once. Default: the number of processors, at least 2. */
  readonly threads?: number;
  /** Values for `var()` in every project; a project's own `vars` and `--vars` win. */
  readonly vars?: Readonly<Record<string, unknown>>;
  readonly retention?: {
    /** Builds of a model that are kept, newest first. Default: 5. */
    readonly builds?: number;
    /** Builds younger than this are kept too. Default: `24h`. */
    readonly minAge?: string;
  };
  /** How columns under `protect: tokenize` or `hash` are protected; see the page on protection. */
  readonly protect?: {
    /** One key or several: the first protects, the others are known, for tokens made with them. */
    readonly keys: ProtectionKeyOptions | readonly ProtectionKeyOptions[];
  };
  /** Calendars that every project may name in an `sla`; a project's own of the same name wins. */
  readonly calendars?: Readonly<Record<string, CalendarOptions>>;
  /** Who is told when a promise is not kept, and how; see the page on service levels. */
  readonly alerts?: AlertsOptions;
  /** What `mesh scheduler` and `mesh worker` share; `mesh run` needs none of it. */
  readonly scheduler?: SchedulerOptions;
}

export interface SchedulerOptions {
  /** A URL such as `redis://:${REDIS_PASSWORD}@redis:6379/0` or `rediss://…`; `REDIS_URL` wins. Default: one of its own, for development. */
  readonly redis?: string;
  /** How long a worker that says nothing is believed to be alive. Default: `30s`; at least `1s`. */
  readonly lease?: string;
  /** How many tasks of a pool are under way at once; 0 holds them all. A pool that is not named has no limit, except that two runs read a store (`store:…`) at once. Example: `{ warehouse: 8, "tag:heavy": 1 }`. */
  readonly pools?: Readonly<Record<string, number>>;
}

/** Returns its argument. Gives an editor the types of mesh.config.ts. */
export function defineMesh(config: MeshConfig): MeshConfig {
  return config;
}
