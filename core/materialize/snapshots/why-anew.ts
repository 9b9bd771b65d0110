// Owns the question whether a snapshot goes onto its published build or is made anew from the whole source.
import { type MeshError, problems } from "../../errors/index.ts";
import type { ColumnSchema, Model } from "../../manifest/index.ts";
import { snapshotStrategies } from "./index.ts";
import { metaNames } from "./meta-columns.ts";

/** What is published of a snapshot, as far as this question needs it. */
export interface PublishedSnapshot {
  readonly fingerprint: string;
  readonly columns: readonly ColumnSchema[];
  /** As recorded with the reading. */
  readonly strategy?: string | undefined;
}

type Snapshot = Pick<Model, "id" | "config" | "fingerprint">;

/**
 * Why the snapshot is made anew, for people; undefined when it goes onto the published build. `asked`: somebody wants it
 * anew. A history is given up only when asked.
 */
export function whyAnew(model: Snapshot, published: PublishedSnapshot | undefined, asked: boolean): string | undefined {
  const { config, fingerprint } = model;
  const strategy = snapshotStrategies[config.strategy ?? "full"];
  if (!published) return "it was never published";
  if (asked)
    return strategy?.keepsHistory ? "its history is given up, as was asked for" : "a full refresh was asked for";
  if (strategy?.combine === undefined) return "all of the source is read every time";
  const before = snapshotStrategies[published.strategy ?? "full"];
  if (strategy.keepsHistory) return before?.keepsHistory ? undefined : "it begins a history";
  if (before?.keepsHistory) return "its strategy changed: the whole source is read again";
  if (config.full_refresh === true) return "full_refresh is set: the whole source is read again";
  if (published.fingerprint !== fingerprint && config.full_refresh !== false)
    return "its definition changed: the whole source is read again";
  return undefined;
}

/** Why the snapshot cannot go onto its published build; undefined when it can, or is made anew. */
export function historyMisfit(
  model: Snapshot,
  published: PublishedSnapshot | undefined,
  asked: boolean,
): MeshError | undefined {
  if (!published || whyAnew(model, published, asked) !== undefined) return undefined;
  if (!snapshotStrategies[model.config.strategy ?? ""]?.keepsHistory) return undefined;
  const there = new Set(published.columns.map(({ name }) => name.toLowerCase()));
  const { dbt_is_deleted: _, ...needed } = metaNames(model.config);
  const missing = Object.values(needed).filter((name) => !there.has(name.toLowerCase()));
  return missing.length > 0 ? problems.snapshotHistoryColumns({ model: model.id, missing }) : undefined;
}
