// Owns deleting: builds past retention, rejected builds, and physical leftovers that no live build claims.
import { MeshError } from "../errors/index.ts";
import { type Actor, type BuildRecord, openRuns, type StateStore } from "../state/index.ts";
import type { Warehouse } from "../warehouse/index.ts";
import { buildsInUse } from "./in-use.ts";
import { expiredBuilds } from "./retention.ts";

export interface SweepRequest {
  readonly state: StateStore;
  readonly warehouse: Warehouse;
  readonly retention: { readonly builds: number; readonly minAgeMs: number };
  /** The run that sweeps, if one does: it is done with what it rejected. */
  readonly runId?: string;
  /** The person who sweeps, if one does. */
  readonly by?: Actor | undefined;
  /** Also compare what is physically there with the state store. */
  readonly orphans?: boolean;
}

/** Returns how many builds went and how many bytes of files they alone had. */
export async function sweep(request: SweepRequest): Promise<{ readonly builds: number; readonly bytes: number }> {
  const { state, warehouse } = request;
  const began = await state.latestSequence();
  const orphans = request.orphans ? await findOrphans(state, warehouse) : [];
  // Runs are asked for before and after the builds: one that ended in between was alive when its builds were looked at.
  const before = await openRuns(state);
  const builds = await state.listBuilds({ statuses: ["building", "built", "passed", "rejected"] });
  const after = await openRuns(state);
  const open = { waiting: [...before.waiting, ...after.waiting], running: [...before.running, ...after.running] };
  const live = new Set(open.running.map((run) => run.id));
  const finished = builds.filter((build) => build.status === "passed");
  const expired = new Set(
    expiredBuilds({
      builds: finished,
      keep: await buildsInUse(state, open, began),
      retention: request.retention,
      now: await state.now(),
    }),
  );
  const goes = (build: BuildRecord): boolean => {
    if (build.status === "passed") return expired.has(build.id);
    // A live run may still test other builds against one it rejected. What an ended run left unjudged stays so for ever.
    return !live.has(build.runId) || (build.status === "rejected" && build.runId === request.runId);
  };
  const doomed = builds.filter(goes);
  const keepFiles = filesOf(builds.filter((build) => !goes(build)));
  // State first: a crash in between leaves files without a record, which the next sweep finds.
  const removed = await markRemoved(doomed, state, request.by);
  const gone = new Set(removed.map((build) => build.id));
  for (const file of filesOf(doomed.filter((build) => !gone.has(build.id)))) keepFiles.add(file);
  const dropped = [...removed, ...orphans.filter((id) => !gone.has(id))];
  if (dropped.length > 0) await warehouse.dropBuilds(dropped, keepFiles);
  // A file that was shared lies with the build that wrote it, whose record may be long gone.
  if (removed.some((build) => [...filesOf([build])].some((path) => !path.includes(build.id) && !keepFiles.has(path)))) {
    const owners = await findOrphans(state, warehouse);
    await warehouse.dropBuilds(
      owners,
      filesOf(await state.listBuilds({ statuses: ["building", "built", "passed", "rejected"] })),
    );
  }
  return { builds: dropped.length, bytes: bytesOf(removed, keepFiles) };
}

/** Builds that have something physical and no record that claims it. What is there is asked first: a build is recorded before it is made. */
async function findOrphans(state: StateStore, warehouse: Warehouse): Promise<readonly string[]> {
  const physical = await warehouse.listBuilds();
  const records = await state.listBuilds({ statuses: ["building", "built", "passed", "rejected"] });
  const claimed = new Set(records.map((build) => build.id));
  // The folder of a build that is gone may hold files that others share: it is no leftover as long as they do.
  const sharedWith = new Set([...filesOf(records)].flatMap((path) => path.split("/")));
  return physical.filter((id) => !claimed.has(id) && !sharedWith.has(id));
}

/** Those that are removed now: not one that somebody rolled back to a moment ago. */
async function markRemoved(
  builds: readonly BuildRecord[],
  state: StateStore,
  by: Actor | undefined,
): Promise<readonly BuildRecord[]> {
  if (builds.length === 0) return [];
  try {
    await state.setBuildStatus(
      builds.map((build) => build.id),
      "removed",
      by,
    );
    return builds;
  } catch (error) {
    if (!(error instanceof MeshError) || error.code !== "state/build-published") throw error;
    if (builds.length === 1) return [];
  }
  const middle = Math.ceil(builds.length / 2);
  return [
    ...(await markRemoved(builds.slice(0, middle), state, by)),
    ...(await markRemoved(builds.slice(middle), state, by)),
  ];
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
