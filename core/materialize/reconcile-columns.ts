// Owns `on_schema_change`: which columns an incremental build has when the query's columns are no longer those of the build before.
import { problems } from "../errors/index.ts";
import type { ColumnSchema, Model } from "../manifest/index.ts";

export interface ReconciledColumns {
  /** The new build's columns, in order, and on which side each has values: absent ones are NULL there. */
  readonly all: readonly (ColumnSchema & { readonly inBase: boolean; readonly inNew: boolean })[];
  /** Names on both sides, as the base spells them. */
  readonly shared: readonly string[];
  /** The new build has exactly the base's columns. */
  readonly sameAsBase: boolean;
}

/**
 * `ignore` (the default): columns the query gained are dropped, columns it lost are an error.
 * `fail`: any difference in names or types is an error.
 * `append_new_columns`: gained columns are added, NULL in old rows; lost ones stay, NULL in new rows. Types stay the base's.
 */
export function reconcileColumns(
  model: Pick<Model, "id" | "config">,
  base: readonly ColumnSchema[],
  fresh: readonly ColumnSchema[],
): ReconciledColumns {
  const policy = model.config.on_schema_change ?? "ignore";
  const baseNames = new Map(base.map((column) => [column.name.toLowerCase(), column]));
  const freshNames = new Map(fresh.map((column) => [column.name.toLowerCase(), column]));
  const added = fresh.filter((column) => !baseNames.has(column.name.toLowerCase()));
  const removed = base.filter((column) => !freshNames.has(column.name.toLowerCase()));

  if (policy === "fail") {
    const changes = [
      ...added.map((column) => `${column.name} (${column.type}) is new`),
      ...removed.map((column) => `${column.name} is gone`),
      ...base.flatMap((column) => {
        const now = freshNames.get(column.name.toLowerCase());
        return now && now.type !== column.type ? [`${column.name} was ${column.type} and is ${now.type}`] : [];
      }),
    ];
    if (changes.length > 0) throw problems.schemaChanged({ model: model.id, changes });
  }
  if (policy === "ignore" && removed.length > 0) {
    throw problems.columnRemoved({ model: model.id, columns: removed.map((column) => column.name) });
  }
  const gained = policy === "append_new_columns" ? added : [];
  return {
    all: [
      ...base.map((column) => ({ ...column, inBase: true, inNew: freshNames.has(column.name.toLowerCase()) })),
      ...gained.map((column) => ({ ...column, inBase: false, inNew: true })),
    ],
    shared: base.filter((column) => freshNames.has(column.name.toLowerCase())).map((column) => column.name),
    sameAsBase: gained.length === 0,
  };
}
