// Owns which builds may not go: those published, and those that a run under way, or one that is just being planned, may have pinned. Deletes none.
import { type OpenRuns, plannedSince, type StateStore } from "../state/index.ts";

/**
 * Published builds, and those that were published at some time since the oldest of these runs was planned: it may have pinned them.
 * `since`: when the caller began to look; a run that was asked for since then may have pinned what was published then.
 */
export async function buildsInUse(state: StateStore, open: OpenRuns, since: Date): Promise<ReadonlySet<string>> {
  const inUse = new Set<string>();
  for (const publication of (await state.published()).values()) inUse.add(publication.buildId);
  // A run that resumes another goes by what that one went by.
  const resumed = await Promise.all(
    open.waiting.flatMap(({ resumes }) => (resumes === undefined ? [] : [state.getRun(resumes)])),
  );
  const planned = [...open.running, ...resumed.flatMap((run) => run ?? [])];
  const read = planned.flatMap(({ readSequence }) => readSequence ?? []);
  // Those that an earlier version began did not record what they had read.
  const begun = planned.flatMap(({ readSequence, startedAt }) => (readSequence === undefined ? [startedAt] : []));
  const from = new Date(Math.min(...[plannedSince(open.waiting, since), ...begun].map((at) => at.getTime())));
  for (const filter of [{ since: from }, ...(read.length > 0 ? [{ after: Math.min(...read) }] : [])])
    for (const { buildId, previousBuildId } of await state.listPublications(filter)) {
      inUse.add(buildId);
      if (previousBuildId !== undefined) inUse.add(previousBuildId);
    }
  return inUse;
}
