// Owns the tests of one project: those declared on a model, those written in SQL, and which model each guards.
import { type Location, MeshError, placed, problems } from "../errors/index.ts";
import { ancestorsOf, type Graph } from "../graph/index.ts";
import { type Column, type DataTest, sqlFromTokens } from "../manifest/index.ts";
import type { ModelFile, Project, TestDeclaration } from "../project/index.ts";
import { describeSingularTest, expandTest } from "../quality/index.ts";
import { hashOf, type Reference } from "../util/index.ts";
import type { ProjectCache } from "./cache/project-cache.ts";
import { renderQuery } from "./render/render-query.ts";
import type { RenderWorld } from "./render/render-world.ts";
import { stableName } from "./stable-name.ts";
import type { ModelDraft } from "./types.ts";

export interface CompiledTests {
  readonly tests: readonly DataTest[];
  readonly problems: readonly MeshError[];
  /** Models that must not be published because a test of theirs cannot be run. */
  readonly unguarded: readonly string[];
}

export interface TestContext {
  readonly cache: ProjectCache;
  readonly graph: Graph;
  /** The id of the model a reference of the project means; throws its problem. */
  resolve(reference: Reference): string;
}

interface Remembered {
  readonly key: string;
  readonly asked: readonly (readonly [reference: Reference, model: string])[];
  readonly tests: readonly DataTest[];
}

/** Tests of a model's YAML. `columns` is undefined when they are not known. */
export function compileModelTests(
  draft: ModelDraft,
  columns: readonly Column[] | undefined,
  context: TestContext,
): CompiledTests {
  const { properties, name, id, project } = draft;
  const declared = properties ? [...onColumns(properties.columns), ...onModel(properties.tests)] : [];
  if (declared.length === 0) return { tests: [], problems: [], unguarded: [] };
  const { cache } = context;
  const key = hashOf([JSON.stringify(declared), id, columns?.map((column) => column.name)]);
  const remembered = cache.get("tests", name) as Remembered | undefined;
  if (remembered?.key === key && answersHold(remembered.asked, context)) {
    const outOfOrder = remembered.tests.flatMap((test) => orderProblem(test, context.graph) ?? []);
    if (outOfOrder.length > 0) return { tests: [], problems: outOfOrder, unguarded: [id] };
    return { tests: remembered.tests, problems: [], unguarded: [] };
  }
  cache.forget("tests", name);
  const found: MeshError[] = [];
  const tests: DataTest[] = [];
  const asked: [Reference, string][] = [];
  for (const { declaration, column } of declared) {
    if (declaration.config.enabled === false) continue;
    const expanded = expandTest({
      declaration,
      model: id,
      modelName: name,
      project: project.name,
      ...(column !== undefined && { column }),
      columns,
      resolveRef(reference) {
        const model = context.resolve(reference);
        asked.push([reference, model]);
        return model;
      },
    });
    if ("problems" in expanded) {
      found.push(...expanded.problems.map((problem) => placed(problem, declaration.at)));
      continue;
    }
    const { tokenedSql, ...rest } = expanded.test;
    const test: DataTest = { ...rest, sql: sqlFromTokens(tokenedSql, stableName, { file: declaration.at.file }) };
    const outOfOrder = orderProblem(test, context.graph);
    if (outOfOrder) found.push(outOfOrder);
    else tests.push(test);
  }
  if (found.length > 0) return { tests: [], problems: found, unguarded: [id] };
  cache.set("tests", name, { key, asked, tests } satisfies Remembered);
  return { tests, problems: [], unguarded: [] };
}

interface Declared {
  readonly declaration: TestDeclaration;
  readonly column: string | undefined;
}

function onColumns(
  columns: readonly { readonly name: string; readonly tests: readonly TestDeclaration[] }[],
): readonly Declared[] {
  return columns.flatMap(({ name, tests }) => tests.map((declaration) => ({ declaration, column: name })));
}

function onModel(tests: readonly TestDeclaration[]): readonly Declared[] {
  return tests.map((declaration) => ({ declaration, column: undefined }));
}

function answersHold(asked: Remembered["asked"], context: TestContext): boolean {
  try {
    return asked.every(([reference, model]) => context.resolve(reference) === model);
  } catch (error) {
    if (error instanceof MeshError) return false;
    throw error;
  }
}

/** The problem with reading a model that is built from the one the test guards. */
function orderProblem(test: DataTest, graph: Graph): MeshError | undefined {
  const reads = readsDescendant(test, graph);
  if (reads === undefined) return undefined;
  return problems.testReadsDescendant({ test: test.name, model: test.model, reads }, { location: test.location });
}

/** A model the test reads that is built from the one it guards. */
export function readsDescendant({ model, dependsOn }: DataTest, graph: Graph): string | undefined {
  const level = graph.levels.get(model) ?? 0;
  return dependsOn.find(
    (id) => id !== model && (graph.levels.get(id) ?? 0) > level && ancestorsOf(graph, [id]).has(model),
  );
}

/** A test of `tests/*.sql`. It guards the model of its project that it reads and that is built last. */
export function compileSingularTest(
  file: ModelFile,
  project: Project,
  world: RenderWorld,
  context: TestContext & { mayRead(model: string): MeshError | undefined },
): CompiledTests & { readonly brokenUpstream?: string } {
  const { name } = file;
  const location: Location = { file: file.file.path };
  const id = `${project.name}.${name}`;
  const subject = { id, name, resource: "test", file: file.file, beneath: {} } as const;
  const { query, problems: found, models, brokenUpstream } = renderQuery(subject, world, context.cache);
  if (query?.config.enabled === false) return { tests: [], problems: [], unguarded: [] };
  const guarded = guardedModel(models, project.name, context.graph);
  const unguarded = guarded === undefined ? [] : [guarded];
  const denied = models.flatMap((model) => {
    const problem = context.mayRead(model);
    return problem ? [placed(problem, location)] : [];
  });
  if (!query || denied.length > 0) {
    return {
      tests: [],
      problems: [...found, ...denied],
      unguarded,
      ...(brokenUpstream !== undefined && { brokenUpstream }),
    };
  }
  if (guarded === undefined) {
    const problem = problems.testGuardsNothing({ test: name, project: project.name, reads: models }, { location });
    return { tests: [], problems: [problem], unguarded };
  }
  const described = describeSingularTest({
    name,
    project: project.name,
    model: guarded,
    dependsOn: models,
    config: query.config,
    location,
  });
  if ("problems" in described) return { tests: [], problems: described.problems, unguarded };
  const test: DataTest = { ...described.test, sql: query.sql };
  const outOfOrder = orderProblem(test, context.graph);
  if (outOfOrder) return { tests: [], problems: [outOfOrder], unguarded };
  return { tests: [test], problems: [], unguarded: [] };
}

/** Which of the models that a singular test reads it guards: the one of its own project that is built last. */
export function guardedModel(reads: readonly string[], project: string, { levels }: Graph): string | undefined {
  const models = reads.filter((model) => model.startsWith(`${project}.`));
  // Models are built by level, then by id.
  const before = (a: string, b: string) => (levels.get(a) ?? 0) - (levels.get(b) ?? 0) || (a < b ? -1 : 1);
  return models.sort(before).at(-1);
}
