// Owns the columns that a history adds to its source's: dbt's names, and the names somebody chose instead.
import type { ColumnSchema, ModelConfig } from "../../manifest/index.ts";

export const META_COLUMNS = [
  "dbt_scd_id",
  "dbt_updated_at",
  "dbt_valid_from",
  "dbt_valid_to",
  "dbt_is_deleted",
] as const;
export type MetaColumn = (typeof META_COLUMNS)[number];

const STORE_TIME = "TIMESTAMP WITH TIME ZONE";

type HistoryConfig = Pick<ModelConfig, "strategy" | "updated_at" | "hard_deletes" | "snapshot_meta_column_names">;

export function metaNames(config: HistoryConfig): Readonly<Record<MetaColumn, string>> {
  const chosen = config.snapshot_meta_column_names ?? {};
  return Object.fromEntries(META_COLUMNS.map((name) => [name, chosen[name] ?? name])) as Record<MetaColumn, string>;
}

/** In order; none unless the strategy is `timestamp` or `check`. The times have the type of `updated_at`, else that of the store's clock. */
export function metaColumns(config: HistoryConfig, source: readonly ColumnSchema[]): readonly ColumnSchema[] {
  if (config.strategy !== "timestamp" && config.strategy !== "check") return [];
  const names = metaNames(config);
  const updatedAt = config.updated_at?.toLowerCase();
  const time = source.find(({ name }) => name.toLowerCase() === updatedAt)?.type ?? STORE_TIME;
  return [
    { name: names.dbt_scd_id, type: "VARCHAR" },
    { name: names.dbt_updated_at, type: time },
    { name: names.dbt_valid_from, type: time },
    { name: names.dbt_valid_to, type: time },
    ...(config.hard_deletes === "new_record" ? [{ name: names.dbt_is_deleted, type: "VARCHAR" }] : []),
  ];
}
