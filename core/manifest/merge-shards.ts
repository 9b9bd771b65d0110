// Owns putting shards together. The order they come in does not count.
import type { Diagnostic } from "../errors/index.ts";
import { resolveUpstreams } from "./resolve-upstream.ts";
import type { Manifest, ProjectEntry, Shard } from "./types.ts";

export interface ManifestMeta {
  readonly mesh: string;
  readonly target: string;
  /** Problems of the mesh that belong to no project. */
  readonly diagnostics?: readonly Diagnostic[];
}

/** One manifest. Ids are taken to be unique over the shards, which compiling sees to. */
export function mergeShards(shards: readonly Shard[], meta: ManifestMeta): Manifest {
  const models = keyed(shards.flatMap((shard) => shard.models.map((model) => [model.id, model] as const)));
  const projects = shards.map(({ project, stale }): [string, ProjectEntry & { readonly stale?: boolean }] => {
    const resolved = resolveUpstreams(project, models);
    return [project.name, stale ? { ...resolved, stale } : resolved];
  });
  return {
    schemaVersion: 1,
    mesh: meta.mesh,
    target: meta.target,
    projects: keyed(projects),
    stores: keyed(shards.flatMap(({ stores }) => stores.map((store) => [store.id, store]))),
    sources: keyed(shards.flatMap(({ sources }) => sources.map((source) => [source.id, source]))),
    models,
    tests: keyed(shards.flatMap(({ tests }) => tests.map((test) => [test.id, test]))),
    reports: keyed(shards.flatMap(({ reports }) => reports.map((report) => [report.id, report]))),
    diagnostics: sortDiagnostics([...(meta.diagnostics ?? []), ...shards.flatMap(({ diagnostics }) => diagnostics)]),
  };
}

function keyed<Value>(entries: readonly (readonly [string, Value])[]): Readonly<Record<string, Value>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => compare(a, b)));
}

/** By project, then place, then code and message. */
function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...diagnostics].sort(
    (a, b) =>
      compare(a.project ?? "", b.project ?? "") ||
      compare(a.location?.file ?? "", b.location?.file ?? "") ||
      (a.location?.line ?? 0) - (b.location?.line ?? 0) ||
      (a.location?.column ?? 0) - (b.location?.column ?? 0) ||
      compare(a.code, b.code) ||
      compare(a.message, b.message),
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
