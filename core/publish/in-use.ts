// Owns which builds may not go: those published, and those that a run under way, or one that is just being planned, may have pinned. Deletes none.
import { type OpenRuns, plannedSince, type StateStore } from "../state/index.ts";

/**
 * Published builds, and those that were published at some time since the oldest of these runs was planned: it may have pinned them.
 * `began`: the newest publication when the caller began to look, since when somebody may have asked for a run that pinned what was published.
 */
export async function buildsInUse(state: StateStore, open: OpenRuns, began: number): Promise<ReadonlySet<string>> {
  const inUse = new Set<string>();
  for (const publication of (await state.published()).values()) inUse.add(publication.buildId);
  // A run that resumes another goes by what that one went by. One that goes on has recorded it, unless an earlier version began either.
  const resuming = [...open.waiting, ...open.running.filter(({ readSequence }) => readSequence === undefined)];
  const resumed = await Promise.all(
    resuming.flatMap(({ resumes }) => (resumes === undefined ? [] : [state.getRun(resumes)])),
  );
  const planned = [...open.running, ...resumed.flatMap((run) => run ?? [])];
  const after = Math.min(began, ...planned.flatMap(({ readSequence }) => readSequence ?? []));
  // Those that an earlier version began did not record what they had read.
  const times = planned.flatMap(({ readSequence, startedAt }) => (readSequence === undefined ? [startedAt] : []));
  if (open.waiting.length > 0) times.push(plannedSince(open.waiting, await state.now()));
  const since = times.length > 0 && new Date(Math.min(...times.map((at) => at.getTime())));
  const shown = [...(await state.publicationsAfter(after)), ...(since ? await state.listPublications({ since }) : [])];
  for (const { buildId, previousBuildId } of shown) {
    inUse.add(buildId);
    if (previousBuildId !== undefined) inUse.add(previousBuildId);
  }
  return inUse;
}
