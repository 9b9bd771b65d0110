// Owns how a model falls: by its own problems, behind what it reads, or untested. Says each once, with the root cause.
import { type Location, type MeshError, placed, problems } from "../../errors/index.ts";
import type { Project } from "../../project/index.ts";
import type { ModelWork } from "../types.ts";
import { type Cause, isIn, type PassState } from "./pass-state.ts";
import { placeOfReference, placeText } from "./place-of-reference.ts";

export function fail(state: PassState, work: ModelWork, found: readonly MeshError[]): void {
  const { id, project, location } = work.draft;
  for (const problem of found) state.book.add(project.name, placed(problem, location));
  state.models.delete(id);
  state.failed.set(id, { what: id, at: placeText(found[0]?.location ?? location) });
}

export function failBecause(state: PassState, work: ModelWork, reads: string, cause: Cause): void {
  const { id, project } = work.draft;
  const about = {
    what: id,
    reads: reads === work.brokenUpstream ? cause.what : reads,
    cause: cause.what,
    at: cause.at,
  };
  state.book.add(project.name, problems.upstreamBroken(about, { location: placeOfReference(work, reads) }));
  state.models.delete(id);
  state.failed.set(id, cause);
}

/** True when something it reads failed, and so it did. */
export function failBehind(state: PassState, work: ModelWork): boolean {
  const reads = work.deps.find((id) => state.failed.has(id));
  if (reads === undefined) return false;
  failBecause(state, work, reads, state.failed.get(reads) as Cause);
  return true;
}

/** A stand-in's model may read, itself or by a test, what is there no more: then it is left out, and true. */
export function failGiven(state: PassState, id: string): boolean {
  const model = state.failed.has(id) ? undefined : state.given.get(id);
  if (!model) return false;
  const isGone = (read: string) => state.failed.has(read) || !(state.works.has(read) || state.given.has(read));
  let reads = model.dependsOn.models.find(isGone);
  for (const { dependsOn } of state.givenTests.get(id) ?? []) reads ??= dependsOn.find(isGone);
  if (reads === undefined) return false;
  state.failed.set(id, state.failed.get(reads) ?? { what: id, at: placeText(model.location) });
  const location = { file: model.location.file };
  state.book.add(model.project, problems.staleModelDropped({ model: id, reads }, { location }), "warning");
  return true;
}

/** A model whose test cannot be run must not be published untested. */
export function dropUnguarded(state: PassState, id: string, location: Location | undefined): void {
  const work = state.works.get(id);
  if (!work || state.failed.has(id)) return;
  state.failed.set(id, { what: id, at: location && placeText(location) });
  state.models.delete(id);
}

/**
 * Of a project whose files could not all be read nothing is built: what the unread file says of a model, such as its tests, its
 * access or a default, would be missing without a word.
 */
export function leaveOutUnread(state: PassState): void {
  for (const project of state.projects) {
    const place = unreadPlace(project);
    if (place === undefined) continue;
    for (const draft of state.drafts.get(project.name) ?? []) dropUnguarded(state, draft.id, place);
  }
}

/** Where the first thing of the project's files stands that could not be read. */
export function unreadPlace(project: Project): Location | undefined {
  const unread = project.diagnostics.find((diagnostic) => diagnostic.level === "error");
  return unread && (unread.location ?? project.at);
}

/** What reads a model that fell after its columns were found falls too, and so do tests of what is gone. */
export function dropDependents(state: PassState): void {
  // Whatever is not in the manifest has failed by now.
  for (let changed = state.failed.size > 0; changed; ) {
    changed = false;
    for (const id of state.graph.order) {
      const work = state.works.get(id);
      if ((work && state.models.has(id) && failBehind(state, work)) || failGiven(state, id)) changed = true;
    }
    for (const test of state.tests.values()) {
      const gone = test.dependsOn.find((id) => !isIn(state, id));
      if (gone === undefined) continue;
      state.tests.delete(test.id);
      changed = true;
      const cause = state.failed.get(gone);
      if (gone === test.model || !cause) continue;
      const about = { what: `The test "${test.name}"`, reads: gone, cause: cause.what, at: cause.at };
      state.book.add(test.project, problems.upstreamBroken(about, { location: test.location }));
      // Which model a test of its own file guards follows from all it reads: with one gone it is nobody's, and the problem says so.
      if (test.type !== "singular") dropUnguarded(state, test.model, test.location);
    }
  }
}
