// Owns the normalised configuration. What users write is in `define-mesh.ts`.

export interface DuckdbWarehouseConfig {
  readonly kind: "duckdb";
  /** Absolute folder. */
  readonly path: string;
  /** DuckDB's memory limit, such as `2GB`; absent means DuckDB's own default. */
  readonly memoryLimit?: string;
}

export type WarehouseConfig = DuckdbWarehouseConfig;

export type StateConfig =
  | { readonly kind: "sqlite" /** Absolute file. */; readonly path: string }
  | { readonly kind: "postgres" /** `${ENV}` unresolved. */; readonly connection: string; readonly schema: string };

export interface Retention {
  /** A build is kept while it is among this many newest of its model … */
  readonly builds: number;
  /** … or younger than this. Published builds and what they read are always kept. */
  readonly minAgeMs: number;
}

/** Where a protection key is kept; a command's key is what it prints. */
export type KeyPlace = { readonly env: string } | { readonly file: string } | { readonly command: string };

export interface ProtectionKey {
  /** Letters and digits; part of every token. */
  readonly id: string;
  readonly from: KeyPlace;
}

/** Days when no data is due. */
export interface CalendarConfig {
  readonly closed: readonly string[];
  readonly timezone: string;
}

export interface Config {
  readonly name: string;
  /** Absolute folder of `mesh.config.ts`. */
  readonly root: string;
  /** Globs of project folders, relative to the root. */
  readonly projects: readonly string[];
  /** Folder of shared macros, relative to the root. */
  readonly macros: string;
  readonly target: { readonly name: string; readonly warehouse: WarehouseConfig; readonly state: StateConfig };
  readonly targetNames: readonly string[];
  readonly threads: number;
  /** The mesh's `vars` with `--vars` over them. */
  readonly vars: Readonly<Record<string, unknown>>;
  /** `--vars` alone: these win over a project's own vars, the mesh's do not. */
  readonly commandVars: Readonly<Record<string, unknown>>;
  readonly retention: Retention;
  /** Keys of protected columns: the first protects, the others are known. May be none. */
  readonly protectionKeys: readonly ProtectionKey[];
  /** Channels and routes of alerts; `${ENV}` unresolved. No channels where mesh.config.ts says nothing. */
  readonly alerts: AlertsConfig;
  /** Calendars that every project may name. */
  readonly calendars: Readonly<Record<string, CalendarConfig>>;
  readonly scheduler: SchedulerConfig;
}

export type AlertChannel =
  | { readonly kind: "webhook"; readonly url: string; readonly timeoutMs: number }
  | {
      readonly kind: "email";
      readonly smtp: string;
      readonly from: string;
      readonly to?: string;
      readonly timeoutMs: number;
    }
  | { readonly kind: "command"; readonly command: readonly string[]; readonly timeoutMs: number };

export interface AlertsConfig {
  readonly channels: Readonly<Record<string, AlertChannel>>;
  readonly owners: { readonly slack?: string; readonly email?: string };
  readonly routes: Readonly<Record<string, readonly string[]>>;
  readonly default: readonly string[];
}

export interface SchedulerConfig {
  /** `${ENV}` unresolved; absent where mesh.config.ts names none. */
  readonly redis?: string;
  readonly leaseMs: number;
  /** Pool -> tasks at once, as written. What holds for those that are not here: `poolLimits` of `execute/`. */
  readonly pools: Readonly<Record<string, number>>;
}
