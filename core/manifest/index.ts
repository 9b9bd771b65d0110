// The compiled form of the mesh as plain readonly data. May not read files, render templates or know a warehouse.

export type { Build, BuildData, BuildFile, ColumnSchema } from "./build.ts";
export { type BoundSql, bindSql, type CompiledSql, slotToken, sqlFromTokens } from "./compiled-sql.ts";
export { describeOwner, storeOwner } from "./describe-owner.ts";
export { diffManifests, type ModelChange } from "./diff-manifests.ts";
export type { DriftNote, ExtractionRecord } from "./extraction.ts";
export { manifestToJson } from "./manifest-json.ts";
export { mergeShards } from "./merge-shards.ts";
export { readUpstream } from "./resolve-upstream.ts";
export type {
  Access,
  Calendar,
  CatchUp,
  Column,
  DataTest,
  DriftAction,
  DriftKind,
  DriftPolicy,
  LossBudget,
  Manifest,
  Materialization,
  Model,
  ModelConfig,
  ModelKind,
  OverlapPolicy,
  Owner,
  ProjectEntry,
  Protection,
  ReadingPolicy,
  RelationName,
  Report,
  Schedule,
  ScheduleCondition,
  ServiceLevel,
  Shard,
  Source,
  SourceColumn,
  Store,
  StoreClient,
} from "./types.ts";

/** See `manifest-schema.ts`. Loaded when first used, with the schema library. */
export async function manifestJsonSchema(): Promise<string> {
  return (await import("./manifest-schema.ts")).manifestJsonSchema();
}
