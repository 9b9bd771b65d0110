// Owns which builds may go. Pure: it is told everything and deletes nothing.
import type { BuildRecord } from "../state/index.ts";

export interface RetentionRequest {
  /** Finished builds of any models. */
  readonly builds: readonly BuildRecord[];
  /** Ids that must stay: published ones, and those a running run may have pinned. */
  readonly keep: ReadonlySet<string>;
  readonly retention: { readonly builds: number; readonly minAgeMs: number };
  readonly now: Date;
}

/** Ids of the builds past retention. What a kept view build reads is kept with it. */
export function expiredBuilds({ builds, keep, retention, now }: RetentionRequest): readonly string[] {
  const byId = new Map(builds.map((build) => [build.id, build]));
  const kept = new Set<string>();
  const hold = (id: string) => {
    const open = [id];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (kept.has(next)) continue;
      kept.add(next);
      const data = byId.get(next)?.data;
      if (data?.kind === "view") open.push(...Object.values(data.inputs));
    }
  };
  for (const id of keep) hold(id);
  const seen = new Map<string, number>();
  for (const build of [...builds].sort(newestFirst)) {
    if (build.status !== "passed") continue;
    const rank = (seen.get(build.model) ?? 0) + 1;
    seen.set(build.model, rank);
    if (rank <= retention.builds || now.getTime() - build.createdAt.getTime() < retention.minAgeMs) hold(build.id);
  }
  return builds.filter((build) => build.status === "passed" && !kept.has(build.id)).map((build) => build.id);
}

/** By the database's clock: ids are made by clocks that may be wrong. */
function newestFirst(a: BuildRecord, b: BuildRecord): number {
  return b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1);
}
