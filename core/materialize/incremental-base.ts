// Owns the question dbt's `is_incremental()` asks.
import type { Build, Model } from "../manifest/index.ts";

/**
 * The build that an incremental model adds to, or undefined when it is made anew. `is_incremental()` is true exactly
 * when this is a build: the model is incremental, has a published build that is no view, and no full refresh is asked
 * for. The model's own `full_refresh`, when set, wins over the request.
 */
export function incrementalBase(
  model: Pick<Model, "materialized" | "config">,
  published: Build | undefined,
  fullRefresh: boolean,
): Build | undefined {
  if (model.materialized !== "incremental" || (model.config.full_refresh ?? fullRefresh)) return undefined;
  return published?.data.kind === "files" ? published : undefined;
}
