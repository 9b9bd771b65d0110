// Owns one pass over all projects: models alone, then their columns parents first, then tests and reports, then shards.
import type { Config } from "../config/index.ts";
import { type Diagnostic, type Location, type MeshError, problems } from "../errors/index.ts";
import { ancestorsOf, buildGraph, descendantsOf, findCycles, type Graph } from "../graph/index.ts";
import { bindSql, type Column, type DataTest, type Model, type Report, type Shard } from "../manifest/index.ts";
import type { Project, TextFile } from "../project/index.ts";
import type { Reference } from "../util/index.ts";
import type { SeedReader } from "../warehouse/index.ts";
import { assembleModel, assembleShard } from "./assemble-shard.ts";
import type { ProjectCache } from "./cache/project-cache.ts";
import { checkColumns } from "./check-columns.ts";
import { compileModel } from "./compile-model.ts";
import { compileReports } from "./compile-reports.ts";
import { type CompiledTests, compileModelTests, compileSingularTest, type TestContext } from "./compile-tests.ts";
import { declareModels } from "./declare-models.ts";
import { type ColumnFinder, createColumnFinder, type KnownColumns, knownColumns, unknownType } from "./find-columns.ts";
import { accessProblem, MeshIndex } from "./mesh-index.ts";
import { placed } from "./placed.ts";
import { ProblemBook } from "./problem-book.ts";
import { type MacroSets, type RenderWorld, renderWorld } from "./render/render-world.ts";
import type { ShellCatalog } from "./shell/shell-catalog.ts";
import { stableName } from "./stable-name.ts";
import type { ModelDraft, ModelWork } from "./types.ts";

/** What stays the same over the passes of one compile. */
export interface CompileSession {
  readonly config: Config;
  readonly projects: readonly Project[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly types: boolean;
  /** By project name. */
  readonly caches: ReadonlyMap<string, ProjectCache>;
  readonly macros: MacroSets;
  readonly sharedMacros: readonly TextFile[];
  shell(): Promise<ShellCatalog>;
  seeds(): Promise<SeedReader>;
}

export interface CompilePass {
  readonly shards: readonly Shard[];
  readonly standIns: readonly Shard[];
  /** Projects with an error of their own making. */
  readonly broken: ReadonlySet<string>;
  /** Problems of no project. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Why something is not in the manifest: the model or project at fault, and where its problem is. */
interface Cause {
  readonly what: string;
  readonly at: string | undefined;
}

export async function compilePass(session: CompileSession, standIns: readonly Shard[]): Promise<CompilePass> {
  const replaced = new Set(standIns.map((shard) => shard.project.name));
  const projects = session.projects.filter((project) => !replaced.has(project.name));
  const pass = new Pass(session, projects, standIns);
  await pass.compileModels();
  pass.checkReferences();
  pass.checkCycles();
  await pass.findColumns();
  await pass.compileTests();
  pass.leaveOutUnread();
  pass.dropDependents();
  pass.checkPublishGroups();
  return pass.finish();
}

class Pass {
  readonly #session: CompileSession;
  readonly #projects: readonly Project[];
  readonly #standIns: readonly Shard[];
  readonly #book = new ProblemBook();
  readonly #index = new MeshIndex();
  readonly #worlds = new Map<string, RenderWorld>();
  readonly #drafts = new Map<string, readonly ModelDraft[]>();
  readonly #works = new Map<string, ModelWork>();
  /** Models of stand-ins. */
  readonly #given = new Map<string, Model>();
  /** Tests of stand-ins, by the model they guard. */
  readonly #givenTests = new Map<string, readonly DataTest[]>();
  readonly #failed = new Map<string, Cause>();
  readonly #known = new Map<string, KnownColumns>();
  readonly #models = new Map<string, Model>();
  readonly #tests = new Map<string, DataTest>();
  readonly #finder: ColumnFinder;
  #graph: Graph = buildGraph(new Map());

  constructor(session: CompileSession, projects: readonly Project[], standIns: readonly Shard[]) {
    this.#session = session;
    this.#projects = projects;
    this.#standIns = standIns;
    this.#finder = createColumnFinder({
      root: session.config.root,
      index: this.#index,
      shell: session.shell,
      seeds: session.seeds,
    });
    for (const project of projects) {
      const { drafts, problems: found } = declareModels(project);
      this.#drafts.set(project.name, drafts);
      for (const diagnostic of project.diagnostics) this.#book.addDiagnostic(project.name, diagnostic);
      for (const problem of found) this.#book.add(project.name, problem);
      const broken = project.diagnostics.some((diagnostic) => diagnostic.level === "error");
      this.#index.addProject(project, drafts, broken);
    }
    for (const shard of standIns) {
      this.#index.addShard(shard);
      for (const test of shard.tests)
        this.#givenTests.set(test.model, [...(this.#givenTests.get(test.model) ?? []), test]);
      for (const model of shard.models) {
        this.#given.set(model.id, model);
        const columns = model.columns.flatMap(({ name, type }) => (type === null ? [] : [{ name, type }]));
        this.#known.set(
          model.id,
          model.columnsKnown ? knownColumns(columns) : { because: `the columns of ${model.id} are not known` },
        );
      }
    }
  }

  /** Each model alone: rendered, configured, its references resolved to ids. */
  async compileModels(): Promise<void> {
    const { config, env, macros, sharedMacros } = this.#session;
    const settings = { config, env, sharedMacros };
    for (const project of this.#projects) {
      const world = renderWorld(project, this.#index, macros.of(project), settings);
      this.#worlds.set(project.name, world);
      const context = { world, cache: this.#cacheOf(project.name), root: config.root };
      for (const draft of this.#drafts.get(project.name) ?? []) {
        const work = await compileModel(draft, context);
        if (work.settings.enabled || work.problems.length > 0) this.#works.set(draft.id, work);
        if (work.problems.length > 0) this.#fail(work, work.problems);
        else if (work.brokenUpstream !== undefined)
          this.#failBecause(work, work.brokenUpstream, { what: `the project "${work.brokenUpstream}"`, at: undefined });
      }
    }
  }

  /** Whether each model may read what it reads, and whether that is switched on. */
  checkReferences(): void {
    for (const work of this.#works.values()) {
      const { draft, settings } = work;
      const reader = { id: draft.id, project: draft.project.name, group: settings.group };
      const found = work.deps.flatMap((id) => {
        const problem = this.#referenceProblem(reader, id);
        return problem ? [placed(problem, placeOfReference(work, id))] : [];
      });
      if (found.length > 0) this.#fail(work, found);
    }
    const parents = new Map<string, readonly string[]>();
    for (const [id, model] of this.#given) parents.set(id, model.dependsOn.models);
    for (const [id, work] of this.#works) parents.set(id, work.deps);
    this.#graph = buildGraph(parents);
  }

  checkCycles(): void {
    for (const { path, members } of findCycles(this.#graph.parents)) {
      const first =
        this.#works.get(path[0] ?? "") ?? members.map((id) => this.#works.get(id)).find((work) => work !== undefined);
      if (!first) continue;
      this.#fail(first, [problems.cycle({ path, members }, { location: placeOfReference(first, path[1] ?? "") })]);
      const cause = this.#failed.get(first.draft.id) as Cause;
      for (const id of members) if (!this.#failed.has(id)) this.#failed.set(id, cause);
    }
  }

  /** Columns and types, parents first. A model that reads a failed one is left out with one problem that names the root cause. */
  async findColumns(): Promise<void> {
    // What stands on or behind a circle is in no order; it only has to be told why it is left out.
    const ordered = new Set(this.#graph.order);
    const order = [...this.#graph.order, ...[...this.#works.keys()].filter((id) => !ordered.has(id)).sort()];
    for (const id of order) {
      if (this.#failGiven(id)) continue;
      const work = this.#works.get(id);
      if (!work || this.#failed.has(id) || this.#failBehind(work)) continue;
      const cache = this.#cacheOf(work.draft.project.name);
      const sourceProblems = this.#sourceProblems(work);
      if (sourceProblems.length > 0) {
        this.#fail(work, sourceProblems);
        continue;
      }
      const { known, problems: found } = this.#session.types
        ? await this.#finder.find(work, this.#known, cache)
        : { known: { because: "types were not asked for" }, problems: [] };
      if (found.length > 0) {
        this.#fail(work, found);
        continue;
      }
      this.#known.set(id, known);
      await this.#settleColumns(work, known, cache);
    }
  }

  async #settleColumns(work: ModelWork, known: KnownColumns, cache: ProjectCache): Promise<void> {
    const { draft, settings } = work;
    if ("because" in known) {
      if (settings.contract.enforced && this.#session.types) {
        const location = draft.properties?.at ?? draft.location;
        this.#fail(work, [problems.contractNotChecked({ model: draft.id, because: known.because }, { location })]);
      } else {
        // Their order and types are not known, but what is classified stays so.
        const columns = (draft.properties?.columns ?? []).map(declaredOnly);
        this.#models.set(draft.id, assembleModel(work, { columns, known: false }));
      }
      return;
    }
    const declared = draft.properties?.columns ?? [];
    const canonical = await this.#finder.canonicalTypes(
      declared.flatMap(({ data_type }) => data_type ?? []),
      cache,
    );
    const wrongTypes = declared.flatMap(({ name, data_type, at }) =>
      data_type === undefined || canonical.has(data_type) ? [] : [unknownType(name, data_type, at)],
    );
    const checked = checkColumns(work, known.columns, canonical);
    const found = [...wrongTypes, ...checked.problems];
    if (found.length > 0) this.#fail(work, found);
    else this.#models.set(draft.id, assembleModel(work, { columns: checked.columns, known: true }));
  }

  #sourceProblems(work: ModelWork): readonly MeshError[] {
    const { source, draft, definedColumns } = work;
    if (source === undefined) return [];
    if (!definedColumns || definedColumns.length === 0) {
      const [, store, table] = source.split(".");
      const declared = draft.project.sources.find((one) => one.store === store && one.name === table);
      return [problems.sourceWithoutColumns({ source }, { location: declared?.at ?? draft.location })];
    }
    return definedColumns.flatMap(({ name, type, at }) =>
      type === ""
        ? [problems.sourceColumnWithoutType({ source, column: name }, { location: at ?? draft.location })]
        : [],
    );
  }

  async compileTests(): Promise<void> {
    for (const project of this.#projects) {
      const cache = this.#cacheOf(project.name);
      const reader = (group: string | undefined) => ({ id: project.name, project: project.name, group });
      const context = (group: string | undefined): TestContext => ({
        cache,
        graph: this.#graph,
        resolve: (reference: Reference) => {
          if (reference.kind === "source")
            return this.#resolved(this.#index.resolveSource(project.name, reference.store, reference.table));
          const model = this.#resolved(this.#index.resolveRef(project.name, reference));
          const problem = this.#referenceProblem(reader(group), model);
          if (problem) throw problem;
          return model;
        },
      });
      for (const draft of this.#drafts.get(project.name) ?? []) {
        const model = this.#models.get(draft.id);
        if (!model) continue;
        const compiled = compileModelTests(draft, model.columnsKnown ? model.columns : undefined, context(model.group));
        await this.#takeTests(project, compiled, cache);
      }
      const world = this.#worlds.get(project.name);
      for (const file of world ? project.tests : []) {
        const mayRead = (model: string) => this.#referenceProblem(reader(undefined), model);
        const compiled = compileSingularTest(file, project, world as RenderWorld, { ...context(undefined), mayRead });
        if (compiled.brokenUpstream !== undefined) {
          const about = {
            what: `The test "${file.name}"`,
            reads: compiled.brokenUpstream,
            cause: compiled.brokenUpstream,
            at: undefined,
          };
          this.#book.add(project.name, problems.upstreamBroken(about, { location: { file: file.file.path } }));
        }
        await this.#takeTests(project, compiled, cache);
      }
    }
  }

  async #takeTests(project: Project, compiled: CompiledTests, cache: ProjectCache): Promise<void> {
    for (const problem of compiled.problems) this.#book.add(project.name, problem);
    for (const id of compiled.unguarded) this.#dropUnguarded(id, compiled.problems[0]?.location);
    for (const test of compiled.tests) {
      const other = this.#tests.get(test.id);
      const problem = other
        ? problems.duplicateTest(
            { name: test.name, project: project.name, other: placeText(other.location) },
            { location: test.location },
          )
        : await this.#bindTest(test, project, cache);
      if (problem) {
        this.#book.add(project.name, problem);
        this.#dropUnguarded(test.model, problem.location);
      } else this.#tests.set(test.id, test);
    }
  }

  async #bindTest(test: DataTest, project: Project, cache: ProjectCache): Promise<MeshError | undefined> {
    // Columns of these were looked up; only a `where` holds SQL that somebody wrote.
    if (WITHOUT_USER_SQL.has(test.type) && !test.sql.text.includes("(select * from")) return undefined;
    if (!this.#session.types || test.dependsOn.some((id) => this.#failed.has(id))) return undefined;
    const subject = { id: undefined, project: project.name, what: `the test ${test.name}`, location: test.location };
    return this.#finder.bind(test.name, test.sql, subject, this.#known, cache);
  }

  /** A model whose test cannot be run must not be published untested. */
  #dropUnguarded(id: string, location: Location | undefined): void {
    const work = this.#works.get(id);
    if (!work || this.#failed.has(id)) return;
    this.#failed.set(id, { what: id, at: location && placeText(location) });
    this.#models.delete(id);
  }

  /**
   * Of a project whose files could not all be read nothing is built: what the unread file says of a model, such as its tests, its
   * access or a default, would be missing without a word.
   */
  leaveOutUnread(): void {
    for (const project of this.#projects) {
      const unread = project.diagnostics.find((diagnostic) => diagnostic.level === "error");
      if (!unread) continue;
      for (const draft of this.#drafts.get(project.name) ?? [])
        this.#dropUnguarded(draft.id, unread.location ?? project.at);
    }
  }

  /** What reads a model that fell after its columns were found falls too, and so do tests of what is gone. */
  dropDependents(): void {
    for (let changed = true; changed; ) {
      changed = false;
      for (const id of this.#graph.order) {
        const work = this.#works.get(id);
        if ((work && this.#models.has(id) && this.#failBehind(work)) || this.#failGiven(id)) changed = true;
      }
      for (const test of this.#tests.values()) {
        const gone = test.dependsOn.find((id) => !this.#isIn(id));
        if (gone === undefined) continue;
        this.#tests.delete(test.id);
        changed = true;
        const cause = this.#failed.get(gone);
        if (gone === test.model || !cause) continue;
        const about = { what: `The test "${test.name}"`, reads: gone, cause: cause.what, at: cause.at };
        this.#book.add(test.project, problems.upstreamBroken(about, { location: test.location }));
        // Which model a test of its own file guards follows from all it reads: with one gone it is nobody's, and the problem says so.
        if (test.type !== "singular") this.#dropUnguarded(test.model, test.location);
      }
    }
  }

  checkPublishGroups(): void {
    const groups = new Map<string, string[]>();
    for (const { id, project, config } of this.#models.values()) {
      if (config.publish === undefined) continue;
      const key = `${project}/${config.publish}`;
      groups.set(key, [...(groups.get(key) ?? []), id]);
    }
    for (const [key, members] of groups) {
      if (members.length < 2) continue;
      const inside = new Set(members);
      const below = descendantsOf(this.#graph, members);
      const between = [...ancestorsOf(this.#graph, members)].filter((id) => below.has(id) && !inside.has(id)).sort();
      for (const id of between) {
        const before = members.find((member) => ancestorsOf(this.#graph, [id]).has(member)) ?? "";
        const after = members.find((member) => descendantsOf(this.#graph, [id]).has(member)) ?? "";
        const project = key.split("/")[0] ?? "";
        const location = this.#models.get(after)?.location;
        const problem = problems.publishGroupOpen(
          { group: key.slice(project.length + 1), model: id, before, after },
          { location },
        );
        this.#book.add(project, problem);
        for (const member of members) this.#dropUnguarded(member, location);
      }
    }
    this.dropDependents();
  }

  async finish(): Promise<CompilePass> {
    const shards: Shard[] = [];
    const strays: Diagnostic[] = [];
    for (const diagnostic of this.#session.macros.diagnostics(this.#projects)) {
      if (diagnostic.project === undefined) strays.push(diagnostic);
      else this.#book.addDiagnostic(diagnostic.project, diagnostic);
    }
    for (const project of this.#projects) {
      const { name } = project;
      // Two folders of one name share their problems, and neither has models.
      if (shards.some((shard) => shard.project.name === name)) continue;
      const reports = this.#compileReports(project);
      const spelt = this.#session.types ? await this.#spelling(project) : new Map<string, string>();
      shards.push(
        assembleShard(project, {
          models: [...this.#models.values()].filter((model) => model.project === name),
          tests: [...this.#tests.values()].filter((test) => test.project === name),
          reports,
          diagnostics: this.#book.of(name),
          spell: (type) => spelt.get(type) ?? type,
        }),
      );
    }
    const broken = new Set(this.#projects.map(({ name }) => name).filter((name) => this.#book.isBroken(name)));
    return {
      shards,
      standIns: this.#standIns.map((shard) => this.#withoutTheGone(shard)),
      broken,
      diagnostics: strays,
    };
  }

  #spelling(project: Project): Promise<ReadonlyMap<string, string>> {
    const written = project.sources.flatMap(({ columns }) => columns.flatMap(({ data_type }) => data_type ?? []));
    return this.#finder.canonicalTypes(written, this.#cacheOf(project.name));
  }

  #compileReports(project: Project): readonly Report[] {
    const { reports, problems: found } = compileReports(project, {
      resolve: (target) => {
        const resolution = this.#index.resolveRef(project.name, target);
        if ("brokenProject" in resolution) {
          const about = {
            what: "A report",
            reads: resolution.brokenProject,
            cause: resolution.brokenProject,
            at: undefined,
          };
          return { problem: problems.upstreamBroken(about) };
        }
        if ("problem" in resolution) return resolution;
        const problem = this.#referenceProblem(
          { id: project.name, project: project.name, group: undefined },
          resolution.model,
        );
        return problem ? { problem } : resolution;
      },
      causeOf: (model) => this.#failed.get(model),
    });
    for (const problem of found) this.#book.add(project.name, problem);
    return reports;
  }

  /** What is left of a stand-in without its models that read what is gone. */
  #withoutTheGone(shard: Shard): Shard {
    const areIn = (ids: readonly string[]) => ids.every((id) => this.#isIn(id));
    return {
      ...shard,
      models: shard.models.filter(({ id }) => this.#isIn(id)),
      tests: shard.tests.filter(({ model, dependsOn }) => this.#isIn(model) && areIn(dependsOn)),
      reports: shard.reports.filter(({ dependsOn }) => areIn(dependsOn)),
      diagnostics: [...shard.diagnostics, ...this.#book.of(shard.project.name)],
    };
  }

  /** True once it is certain that the model is in the manifest. */
  #isIn(id: string): boolean {
    return this.#models.has(id) || (this.#given.has(id) && !this.#failed.has(id));
  }

  /** Why `reader` may not read the model, whatever state the model is in. */
  #referenceProblem(reader: Parameters<typeof accessProblem>[0], id: string): MeshError | undefined {
    const known = this.#index.byId(id);
    if (!known) return undefined;
    const given = this.#given.get(id);
    if (given) return accessProblem(reader, known, given);
    const work = this.#works.get(id);
    if (!work) return problems.refDisabled({ model: id, at: placeText(known.location) });
    return accessProblem(reader, known, work.settings);
  }

  #resolved(resolution: ReturnType<MeshIndex["resolveRef"]>): string {
    if ("model" in resolution) return resolution.model;
    if ("problem" in resolution) throw resolution.problem;
    const { brokenProject } = resolution;
    throw problems.upstreamBroken({ what: "A test", reads: brokenProject, cause: brokenProject, at: undefined });
  }

  #fail(work: ModelWork, found: readonly MeshError[]): void {
    const { id, project, location } = work.draft;
    for (const problem of found) this.#book.add(project.name, placed(problem, location));
    this.#models.delete(id);
    this.#failed.set(id, { what: id, at: placeText(found[0]?.location ?? location) });
  }

  #failBecause(work: ModelWork, reads: string, cause: Cause): void {
    const { id, project } = work.draft;
    const about = {
      what: id,
      reads: reads === work.brokenUpstream ? cause.what : reads,
      cause: cause.what,
      at: cause.at,
    };
    this.#book.add(project.name, problems.upstreamBroken(about, { location: placeOfReference(work, reads) }));
    this.#models.delete(id);
    this.#failed.set(id, cause);
  }

  /** True when something it reads failed, and so it did. */
  #failBehind(work: ModelWork): boolean {
    const reads = work.deps.find((id) => this.#failed.has(id));
    if (reads === undefined) return false;
    this.#failBecause(work, reads, this.#failed.get(reads) as Cause);
    return true;
  }

  /** A stand-in's model may read, itself or by a test, what is there no more: then it is left out, and true. */
  #failGiven(id: string): boolean {
    const model = this.#failed.has(id) ? undefined : this.#given.get(id);
    if (!model) return false;
    const tested = (this.#givenTests.get(id) ?? []).flatMap(({ dependsOn }) => dependsOn);
    const reads = [...model.dependsOn.models, ...tested].find(
      (read) => this.#failed.has(read) || !(this.#works.has(read) || this.#given.has(read)),
    );
    if (reads === undefined) return false;
    this.#failed.set(id, this.#failed.get(reads) ?? { what: id, at: placeText(model.location) });
    const location = { file: model.location.file };
    this.#book.add(model.project, problems.staleModelDropped({ model: id, reads }, { location }), "warning");
    return true;
  }

  #cacheOf(project: string): ProjectCache {
    return this.#session.caches.get(project) as ProjectCache;
  }
}

/** Where the query names a model it reads; the model's own place when that cannot be told. */
function placeOfReference({ sql, draft }: ModelWork, id: string): Location {
  const slot = sql?.slots.find(({ model }) => model === id);
  return (sql && slot && bindSql(sql, stableName).locate(slot.start)) ?? draft.location;
}

function placeText({ file, line }: Location): string {
  return line === undefined ? file : `${file}:${line}`;
}

const WITHOUT_USER_SQL: ReadonlySet<string> = new Set([
  "unique",
  "not_null",
  "accepted_values",
  "row_count",
  "unique_combination_of_columns",
]);

function declaredOnly(column: {
  readonly name: string;
  readonly description?: string;
  readonly classification?: string;
}): Column {
  const { name, description, classification } = column;
  return {
    name,
    type: null,
    ...(description !== undefined && { description }),
    ...(classification !== undefined && { classification }),
  };
}
