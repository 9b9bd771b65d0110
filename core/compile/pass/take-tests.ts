// Owns compiling the tests of every project in a pass, and binding those that hold SQL somebody wrote.
import { type MeshError, problems } from "../../errors/index.ts";
import type { DataTest } from "../../manifest/index.ts";
import type { Project } from "../../project/index.ts";
import type { Reference } from "../../util/index.ts";
import type { ProjectCache } from "../cache/project-cache.ts";
import { type CompiledTests, compileModelTests, compileSingularTest, type TestContext } from "../compile-tests.ts";
import type { MeshIndex } from "../mesh-index.ts";
import type { RenderWorld } from "../render/render-world.ts";
import { referenceProblem } from "./check-references.ts";
import { dropUnguarded } from "./fail-model.ts";
import { cacheOf, type PassState } from "./pass-state.ts";
import { placeText } from "./place-of-reference.ts";

export async function compileTests(state: PassState): Promise<void> {
  for (const project of state.projects) {
    const cache = cacheOf(state, project.name);
    const reader = (group: string | undefined) => ({ id: project.name, project: project.name, group });
    const context = (group: string | undefined): TestContext => ({
      cache,
      graph: state.graph,
      resolve: (reference: Reference) => {
        if (reference.kind === "source")
          return resolved(state.index.resolveSource(project.name, reference.store, reference.table));
        const model = resolved(state.index.resolveRef(project.name, reference));
        const problem = referenceProblem(state, reader(group), model);
        if (problem) throw problem;
        return model;
      },
    });
    for (const draft of state.drafts.get(project.name) ?? []) {
      const model = state.models.get(draft.id);
      if (!model) continue;
      const compiled = compileModelTests(draft, model.columnsKnown ? model.columns : undefined, context(model.group));
      await takeTests(state, project, compiled, cache);
    }
    const world = state.worlds.get(project.name);
    for (const file of world ? project.tests : []) {
      const mayRead = (model: string) => referenceProblem(state, reader(undefined), model);
      const compiled = compileSingularTest(file, project, world as RenderWorld, { ...context(undefined), mayRead });
      if (compiled.brokenUpstream !== undefined) {
        const about = {
          what: `The test "${file.name}"`,
          reads: compiled.brokenUpstream,
          cause: compiled.brokenUpstream,
          at: undefined,
        };
        state.book.add(project.name, problems.upstreamBroken(about, { location: { file: file.file.path } }));
      }
      await takeTests(state, project, compiled, cache);
    }
  }
}

async function takeTests(
  state: PassState,
  project: Project,
  compiled: CompiledTests,
  cache: ProjectCache,
): Promise<void> {
  for (const problem of compiled.problems) state.book.add(project.name, problem);
  for (const id of compiled.unguarded) dropUnguarded(state, id, compiled.problems[0]?.location);
  for (const test of compiled.tests) {
    const other = state.tests.get(test.id);
    const problem = other
      ? problems.duplicateTest(
          { name: test.name, project: project.name, other: placeText(other.location) },
          { location: test.location },
        )
      : await bindTest(state, test, project, cache);
    if (problem) {
      state.book.add(project.name, problem);
      dropUnguarded(state, test.model, problem.location);
    } else state.tests.set(test.id, test);
  }
}

async function bindTest(
  state: PassState,
  test: DataTest,
  project: Project,
  cache: ProjectCache,
): Promise<MeshError | undefined> {
  // Columns of these were looked up; only a `where` holds SQL that somebody wrote.
  if (WITHOUT_USER_SQL.has(test.type) && !test.sql.text.includes("(select * from")) return undefined;
  if (!state.session.types || test.dependsOn.some((id) => state.failed.has(id))) return undefined;
  const subject = { id: undefined, project: project.name, what: `the test ${test.name}`, location: test.location };
  return state.finder.bind(test.name, test.sql, subject, state.known, cache);
}

/** The model's id; throws the problem when there is none. */
function resolved(resolution: ReturnType<MeshIndex["resolveRef"]>): string {
  if ("model" in resolution) return resolution.model;
  if ("problem" in resolution) throw resolution.problem;
  const { brokenProject } = resolution;
  throw problems.upstreamBroken({ what: "A test", reads: brokenProject, cause: brokenProject, at: undefined });
}

const WITHOUT_USER_SQL: ReadonlySet<string> = new Set([
  "unique",
  "not_null",
  "accepted_values",
  "row_count",
  "unique_combination_of_columns",
]);
