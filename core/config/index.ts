// The configuration, loaded and normalised; connections and the environment. May not know projects.
export type { AlertChannelOptions, AlertsOptions } from "./alerts-options.ts";
export { calendarSchema, calendarsSchema } from "./calendar-schema.ts";
export {
  type CalendarOptions,
  type DuckdbWarehouseOptions,
  defineMesh,
  type MeshConfig,
  type PostgresStateOptions,
  type ProtectionKeyOptions,
  type SchedulerOptions,
  type SqliteStateOptions,
  type TargetOptions,
} from "./define-mesh.ts";
export { type Environment, loadEnvironment, parseEnvironmentFile } from "./environment.ts";
export { findRoot, type LoadConfigOptions, loadConfig } from "./load-config.ts";
export {
  type LoadedFile,
  type LoadFailure,
  loadTypescriptFile,
  placeInUserCode,
  reasonOf,
} from "./load-typescript-file.ts";
export { type ConnectionTemplate, type ResolvedConnection, resolveConnection } from "./resolve-connection.ts";
export {
  describePath,
  describeValue,
  durationLike,
  type Path,
  type SchemaProblem,
  sayProblem,
  schemaProblems,
  strict,
  textLike,
} from "./schema-problems.ts";
export type * from "./types.ts";
