// Owns deleting: builds past retention, rejected builds, and physical leftovers that no live build claims.
import { MeshError } from "../errors/index.ts";
import type { BuildRecord, StateStore } from "../state/index.ts";
import type { Warehouse } from "../warehouse/index.ts";
import { expiredBuilds } from "./retention.ts";

export interface SweepRequest {
  readonly state: StateStore;
  readonly warehouse: Warehouse;
  readonly retention: { readonly builds: number; readonly minAgeMs: number };
  /** The run that sweeps, if one does: it is done with what it rejected. */
  readonly runId?: string;
  /** Also compare what is physically there with the state store. */
  readonly orphans?: boolean;
}

/** Returns how many builds went and how many bytes of files they alone had. */
export async function sweep(request: SweepRequest): Promise<{ readonly builds: number; readonly bytes: number }> {
  const { state, warehouse } = request;
  const physical = request.orphans ? await warehouse.listBuilds() : [];
  const finished = await state.listBuilds({ statuses: ["passed"] });
  const expired = new Set(
    expiredBuilds({
      builds: finished,
      keep: await buildsInUse(state),
      retention: request.retention,
      now: await state.now(),
    }),
  );
  // A live run may still test other builds against one it rejected.
  const live = new Set((await state.listRuns({ status: "running" })).map((run) => run.id));
  const rejected = (await state.listBuilds({ statuses: ["rejected"] })).filter(
    (build) => build.runId === request.runId || !live.has(build.runId),
  );
  const alive = new Set(
    (await state.listBuilds({ statuses: ["building", "built", "passed", "rejected"] })).map((build) => build.id),
  );
  const orphans = physical.filter((id) => !alive.has(id));
  const keepFiles = filesOf(finished.filter((build) => !expired.has(build.id)));
  for (const file of filesOf(await state.listBuilds({ statuses: ["building", "built"] }))) keepFiles.add(file);
  // State first: a crash in between leaves files without a record, which the next sweep finds.
  const removed: BuildRecord[] = [];
  for (const build of [...finished.filter(({ id }) => expired.has(id)), ...rejected]) {
    if (await markRemoved(build, state)) removed.push(build);
    else for (const file of filesOf([build])) keepFiles.add(file);
  }
  const doomed = [...new Set([...removed.map((build) => build.id), ...orphans])];
  if (doomed.length > 0) await warehouse.dropBuilds(doomed, keepFiles);
  return { builds: doomed.length, bytes: bytesOf(removed, keepFiles) };
}

/** False when somebody rolled back to the build a moment ago: then it stays. */
async function markRemoved(build: BuildRecord, state: StateStore): Promise<boolean> {
  try {
    await state.setBuildStatus([build.id], "removed");
    return true;
  } catch (error) {
    if (error instanceof MeshError && error.code === "state/build-published") return false;
    throw error;
  }
}

/** Published builds, and everything that was published at some time since the oldest live run began: it may have pinned it. */
async function buildsInUse(state: StateStore): Promise<ReadonlySet<string>> {
  const inUse = new Set<string>();
  for (const publication of (await state.published()).values()) inUse.add(publication.buildId);
  const live = await state.listRuns({ status: "running" });
  if (live.length === 0) return inUse;
  const since = Math.min(...live.map((run) => run.startedAt.getTime()));
  for (const publication of await state.listPublications({})) {
    if (publication.publishedAt.getTime() < since) continue;
    inUse.add(publication.buildId);
    if (publication.previousBuildId !== undefined) inUse.add(publication.previousBuildId);
  }
  return inUse;
}

function filesOf(builds: readonly BuildRecord[]): Set<string> {
  const files = new Set<string>();
  for (const build of builds)
    if (build.data?.kind === "files") for (const file of build.data.files) files.add(file.path);
  return files;
}

function bytesOf(builds: readonly BuildRecord[], except: ReadonlySet<string>): number {
  const counted = new Map<string, number>();
  for (const build of builds)
    if (build.data?.kind === "files")
      for (const file of build.data.files) if (!except.has(file.path)) counted.set(file.path, file.bytes);
  return [...counted.values()].reduce((sum, bytes) => sum + bytes, 0);
}
