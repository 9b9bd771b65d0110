// Owns what each model says alone and whether it may read what it reads: rendering, access, cycles.
import { type MeshError, placed, problems } from "../../errors/index.ts";
import { buildGraph, findCycles } from "../../graph/index.ts";
import { checkProtection } from "../check-protection.ts";
import { compileModel } from "../compile-model.ts";
import { accessProblem } from "../mesh-index.ts";
import { renderWorld } from "../render/render-world.ts";
import { dropUnguarded, fail, failBecause, unreadPlace } from "./fail-model.ts";
import { type Cause, cacheOf, type PassState } from "./pass-state.ts";
import { placeOfReference, placeText } from "./place-of-reference.ts";

/** Each model alone: rendered, configured, its references resolved to ids. */
export async function compileModels(state: PassState): Promise<void> {
  const { config, env, macros, sharedMacros } = state.session;
  const settings = { config, env, sharedMacros };
  for (const project of state.projects) {
    const world = renderWorld(project, state.index, macros.of(project), settings);
    state.worlds.set(project.name, world);
    for (const source of project.sources) {
      const { errors, warnings } = checkProtection(`${project.name}.${source.store}.${source.name}`, source);
      for (const problem of errors) state.book.add(project.name, problem);
      for (const problem of warnings) state.book.add(project.name, problem, "warning");
    }
    const context = { world, cache: cacheOf(state, project.name), root: config.root };
    for (const draft of state.drafts.get(project.name) ?? []) {
      const work = await compileModel(draft, context);
      if (work.settings.enabled || work.problems.length > 0) state.works.set(draft.id, work);
      if (work.problems.length > 0) fail(state, work, work.problems);
      // What its own project's files do not say is told with these files.
      else if (draft.kind === "snapshot" && work.brokenUpstream !== undefined)
        dropUnguarded(state, draft.id, unreadPlace(project));
      else if (work.brokenUpstream !== undefined)
        failBecause(state, work, work.brokenUpstream, { what: `the project "${work.brokenUpstream}"`, at: undefined });
    }
  }
}

/** Whether each model may read what it reads, and whether that is switched on. */
export function checkReferences(state: PassState): void {
  for (const work of state.works.values()) {
    const { draft, settings } = work;
    const reader = { id: draft.id, project: draft.project.name, group: settings.group };
    const found = work.deps.flatMap((id) => {
      const problem = referenceProblem(state, reader, id);
      return problem ? [placed(problem, placeOfReference(work, id))] : [];
    });
    if (found.length > 0) fail(state, work, found);
  }
  const parents = new Map<string, readonly string[]>();
  for (const [id, model] of state.given) parents.set(id, model.dependsOn.models);
  for (const [id, work] of state.works) parents.set(id, work.deps);
  state.graph = buildGraph(parents);
}

export function checkCycles(state: PassState): void {
  const { order, parents } = state.graph;
  // Only what stands on or behind a circle is in no order.
  if (order.length === parents.size) return;
  for (const { path, members } of findCycles(state.graph.parents)) {
    const first =
      state.works.get(path[0] ?? "") ?? members.map((id) => state.works.get(id)).find((work) => work !== undefined);
    if (!first) continue;
    fail(state, first, [problems.cycle({ path, members }, { location: placeOfReference(first, path[1] ?? "") })]);
    const cause = state.failed.get(first.draft.id) as Cause;
    for (const id of members) if (!state.failed.has(id)) state.failed.set(id, cause);
  }
}

/** Why `reader` may not read the model, whatever state the model is in. */
export function referenceProblem(
  state: PassState,
  reader: Parameters<typeof accessProblem>[0],
  id: string,
): MeshError | undefined {
  const known = state.index.byId(id);
  if (!known) return undefined;
  const given = state.given.get(id);
  if (given) return accessProblem(reader, known, given);
  const work = state.works.get(id);
  if (!work) return problems.refDisabled({ model: id, at: placeText(known.location) });
  // What was not read may well say that it is public; it is left out in any case, and its readers are told why.
  if (reader.project !== known.project && work.draft.project.diagnostics.some(({ level }) => level === "error"))
    return undefined;
  return accessProblem(reader, known, work.settings);
}
