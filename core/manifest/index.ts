// The compiled form of the mesh as plain readonly data. May not read files, render templates or know a warehouse.
export { bindSql, type BoundSql, type CompiledSql, type Slot, slotToken, sqlFromTokens } from "./compiled-sql.ts";
export type {
  Access,
  Classification,
  Column,
  DataTest,
  Materialization,
  Manifest,
  Model,
  ModelConfig,
  ModelKind,
  Owner,
  ProjectEntry,
  RelationName,
  Report,
  Schedule,
  ServiceLevel,
  Shard,
  Source,
  SourceColumn,
  Store,
} from "./types.ts";
export type { Build, BuildData, BuildFile, ColumnSchema } from "./build.ts";
