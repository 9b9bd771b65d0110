// Owns one pass over the mesh: every project compiled against the others, and what must be left out and why.
import { type Diagnostic, type Location, type MeshError, problems } from "../errors/index.ts";
import { buildGraph, findCycles, type Graph } from "../graph/index.ts";
import { bindSql, type Column, type CompiledSql, type DataTest, type Model, type Shard } from "../manifest/index.ts";
import type { Project } from "../project/index.ts";
import type { Reference } from "../util/index.ts";
import { assembleModel, assembleShard } from "./assemble-shard.ts";
import type { ProjectCache } from "./cache/project-cache.ts";
import { checkColumns } from "./check-columns.ts";
import { compileModel } from "./compile-model.ts";
import { compileReports } from "./compile-reports.ts";
import { type CompiledTests, compileModelTests, compileSingularTest, type TestContext } from "./compile-tests.ts";
import { declareModels } from "./declare-models.ts";
import { type ColumnFinder, createColumnFinder, type KnownColumns, knownColumns, unknownType } from "./find-columns.ts";
import { accessProblem, MeshIndex, type Resolution } from "./mesh-index.ts";
import { placed } from "./placed.ts";
import { ProblemBook } from "./problem-book.ts";
import { type MacroSets, type RenderSettings, type RenderWorld, renderWorld } from "./render/render-world.ts";
import type { SeedReader } from "./shell/seed-columns.ts";
import type { ShellCatalog } from "./shell/shell-catalog.ts";
import { stableName } from "./stable-name.ts";
import type { ModelDraft, ModelWork, RefTarget } from "./types.ts";

export interface CompileInput {
  readonly root: string;
  readonly settings: RenderSettings;
  /** False: columns only where they are declared. */
  readonly types: boolean;
  /** Each name once. */
  readonly projects: readonly Project[];
  /** Last good versions that stand in for projects not in `projects`. */
  readonly stale: readonly Shard[];
  readonly macros: MacroSets;
  cacheOf(project: string): ProjectCache;
  shell(): Promise<ShellCatalog>;
  seeds(): SeedReader;
}

export interface CompiledOnce {
  readonly shards: readonly Shard[];
  /** Projects with an error of their own making. */
  readonly broken: ReadonlySet<string>;
  /** Changes whenever a shard's content does, together with the project's own hash. */
  readonly keys: ReadonlyMap<string, readonly unknown[]>;
}

/** Why a model is not in the manifest: the thing at fault and its place. */
interface Cause {
  readonly what: string;
  readonly at: string | undefined;
}

/** Told of a project whose files could not all be read, these may be wrong. */
const DOUBTFUL = new Set([
  "compile/schedule-not-found",
  "compile/store-not-found",
  "compile/source-not-found",
  "compile/properties-without-file",
]);

const TYPES_WITHOUT_USER_SQL = new Set(["unique", "not_null"]);

export async function compileOnce(input: CompileInput): Promise<CompiledOnce> {
  return new Pass(input).run();
}

/** What one pass knows so far. Its methods are the phases, in order. */
class Pass {
  readonly #input: CompileInput;
  readonly #index = new MeshIndex();
  readonly #book = new ProblemBook();
  readonly #finder: ColumnFinder;
  readonly #unreadable: ReadonlySet<string>;
  readonly #worlds = new Map<string, RenderWorld>();
  readonly #works = new Map<string, ModelWork>();
  readonly #disabled = new Map<string, ModelWork>();
  readonly #staleModels = new Map<string, Model>();
  readonly #causes = new Map<string, Cause>();
  readonly #known = new Map<string, KnownColumns>();
  readonly #columns = new Map<string, readonly Column[]>();
  readonly #tests = new Map<string, DataTest[]>();
  /** Spellings of types as written, by project. */
  readonly #spellings = new Map<string, ReadonlyMap<string, string>>();
  #graph: Graph = buildGraph(new Map());

  constructor(input: CompileInput) {
    this.#input = input;
    this.#finder = createColumnFinder({ ...input, index: this.#index });
    this.#unreadable = new Set(
      input.projects.filter(({ diagnostics }) => diagnostics.some(isError)).map(({ name }) => name),
    );
  }

  async run(): Promise<CompiledOnce> {
    const drafts = this.#declare();
    await this.#compileModels(drafts);
    this.#checkReferences();
    this.#order();
    for (const id of this.#graph.order) await this.#settleModel(id);
    this.#compileTests();
    this.#leaveOutReaders();
    if (this.#input.types) await this.#bindTests();
    this.#leaveOutReaders();
    return this.#assemble();
  }

  #declare(): readonly ModelDraft[] {
    const all: ModelDraft[] = [];
    for (const shard of this.#input.stale) {
      this.#index.addShard(shard);
      for (const model of shard.models) this.#staleModels.set(model.id, model);
      for (const test of shard.tests) this.#addTest(test);
    }
    for (const project of this.#input.projects) {
      const { drafts, problems: found } = declareModels(project);
      this.#index.addProject(project, drafts, this.#unreadable.has(project.name));
      for (const diagnostic of project.diagnostics) this.#book.addDiagnostic(project.name, diagnostic);
      for (const problem of found) this.#report(project.name, problem);
      all.push(...drafts);
    }
    return all;
  }

  async #compileModels(drafts: readonly ModelDraft[]): Promise<void> {
    const { settings, macros, root, projects } = this.#input;
    for (const project of projects) {
      this.#worlds.set(project.name, renderWorld(project, this.#index, macros.of(project), settings));
    }
    for (const draft of drafts) {
      const { name } = draft.project;
      const world = this.#worlds.get(name);
      if (!world) continue;
      const work = await compileModel(draft, { world, cache: this.#input.cacheOf(name), root });
      (work.settings.enabled ? this.#works : this.#disabled).set(draft.id, work);
    }
    for (const { project, ...diagnostic } of macros.diagnostics(projects)) {
      if (project !== undefined) this.#book.addDiagnostic(project, { ...diagnostic, project });
    }
  }

  /** Whether each model may read what it reads, and whether that is there. */
  #checkReferences(): void {
    for (const work of [...this.#works.values()]) {
      const { draft, settings, deps } = work;
      const reader = { id: draft.id, project: draft.project.name, group: settings.group };
      const found = deps.flatMap((dep) => {
        const problem = dep === draft.id ? undefined : this.#mayRead(reader, dep);
        return problem ? [placed(problem, placeOfSlot(work, dep))] : [];
      });
      if (found.length > 0) this.#works.set(draft.id, { ...work, problems: [...work.problems, ...found] });
    }
  }

  #mayRead(
    reader: { readonly id: string; readonly project: string; readonly group: string | undefined },
    model: string,
  ): MeshError | undefined {
    const off = this.#disabled.get(model);
    if (off) return problems.refDisabled({ model, at: placeText(off.draft.properties?.at ?? off.draft.location) });
    const known = this.#index.byId(model);
    const promise = this.#works.get(model)?.settings ?? this.#staleModels.get(model);
    return known && promise ? accessProblem(reader, known, promise) : undefined;
  }

  #order(): void {
    const edges = new Map<string, readonly string[]>();
    for (const [id, { deps }] of this.#works) edges.set(id, deps);
    for (const [id, { dependsOn }] of this.#staleModels) edges.set(id, dependsOn.models);
    for (const { path, members } of findCycles(edges)) {
      const [first = ""] = path;
      const location = this.#placeOf(first);
      const problem = problems.cycle(
        { path, members },
        { location: placeOfSlotOr(this.#works.get(first), path[1], location) },
      );
      for (const project of new Set(path.map(projectOf))) {
        if (this.#worlds.has(project)) this.#brokenByCycle.add(project);
      }
      this.#book.add(projectOf(first), problem);
      for (const id of members) {
        this.#causes.set(id, { what: `the circle of ${path.slice(1).join(", ")}`, at: placeText(location) });
        // Its readers come after it in the order; it has no place of its own.
        edges.set(id, []);
      }
    }
    this.#graph = buildGraph(edges);
  }

  readonly #brokenByCycle = new Set<string>();

  /** Decides whether a model is in, and finds its columns. Whatever it reads was settled before. */
  async #settleModel(id: string): Promise<void> {
    const stale = this.#staleModels.get(id);
    if (stale) return this.#settleStale(stale);
    const work = this.#works.get(id);
    if (!work) return;
    const { draft, problems: own, brokenUpstream } = work;
    const project = draft.project.name;
    for (const problem of own) this.#report(project, problem);
    if (this.#causes.has(id)) return;
    if (this.#unreadable.has(project)) {
      this.#causes.set(id, { what: `the project "${project}"`, at: placeText(draft.project.at) });
      return;
    }
    if (own.length > 0) return this.#leaveOut(id, draft.location);
    if (brokenUpstream !== undefined) {
      const cause = { what: `the project "${brokenUpstream}"`, at: undefined };
      return this.#leaveOutBecause(work, cause.what, cause);
    }
    const broken = work.deps.find((dep) => this.#causes.has(dep));
    const cause = broken === undefined ? undefined : this.#causes.get(broken);
    if (broken !== undefined && cause) return this.#leaveOutBecause(work, broken, cause);
    await this.#findColumns(work);
  }

  #settleStale(model: Model): void {
    const gone = model.dependsOn.models.find((dep) => this.#isOut(dep));
    if (gone === undefined) {
      const typed = model.columns.flatMap(({ name, type }) => (type === null ? [] : [{ name, type }]));
      const known = model.columnsKnown && typed.length === model.columns.length;
      this.#known.set(model.id, known ? knownColumns(typed) : { because: "they were not known" });
      return;
    }
    this.#causes.set(model.id, this.#causes.get(gone) ?? { what: gone, at: undefined });
    const { location } = model;
    this.#book.add(
      model.project,
      problems.staleModelDropped({ model: model.id, reads: gone }, { location }),
      "warning",
    );
  }

  async #findColumns(work: ModelWork): Promise<void> {
    const { draft, settings } = work;
    const { id, location } = draft;
    const project = draft.project.name;
    const declared = draft.properties?.columns ?? [];
    if (!this.#input.types) {
      this.#known.set(id, { because: "types were not asked for" });
      const columns = work.definedColumns?.map(({ at: _at, ...column }): Column => column);
      this.#columns.set(id, columns ?? []);
      return;
    }
    const cache = this.#input.cacheOf(project);
    const { known, problems: found } = await this.#finder.find(work, this.#known, cache);
    this.#known.set(id, known);
    const written = declared.flatMap(({ data_type: type }) => type ?? []);
    const canonical = await this.#finder.canonicalTypes(written, cache);
    const wrong: MeshError[] = [...found];
    // A snapshot's columns are its source's, whose types were looked up with the source.
    for (const { name, data_type: type, at } of declared) {
      if (type !== undefined && !canonical.has(type)) wrong.push(unknownType(name, type, at));
    }
    if ("columns" in known) {
      const checked = checkColumns(work, known.columns, canonical);
      wrong.push(...checked.problems);
      this.#columns.set(id, checked.columns);
    } else {
      // Their order and types are unknown, but what is classified stays so.
      this.#columns.set(id, declared.map(declaredOnly));
      if (settings.contract.enforced && wrong.length === 0) {
        const problem = problems.contractNotChecked({ model: id, because: known.because }, { location });
        this.#book.add(project, problem, "warning");
      }
    }
    for (const problem of wrong) this.#report(project, problem);
    if (wrong.length > 0) this.#leaveOut(id, location);
  }

  #compileTests(): void {
    for (const project of this.#input.projects) {
      const { name } = project;
      const world = this.#worlds.get(name);
      if (!world || this.#unreadable.has(name)) continue;
      const cache = this.#input.cacheOf(name);
      const names = new Map<string, DataTest>();
      const take = ({ tests, problems: found, unguarded }: CompiledTests) => {
        for (const problem of found) this.#report(name, problem);
        for (const id of unguarded) this.#leaveOut(id, this.#placeOf(id));
        for (const test of tests) {
          const other = names.get(test.id);
          if (other) {
            const about = { name: test.name, project: name, other: placeText(other.location) };
            this.#report(name, problems.duplicateTest(about, { location: test.location }));
            this.#leaveOut(test.model, this.#placeOf(test.model));
            continue;
          }
          names.set(test.id, test);
          this.#addTest(test);
        }
      };
      for (const [id, work] of this.#works) {
        if (work.draft.project !== project || this.#causes.has(id)) continue;
        const known = this.#known.get(id);
        const columns = known && "columns" in known ? this.#columns.get(id) : undefined;
        take(compileModelTests(work.draft, columns, this.#testContext(id, work.settings.group, name, cache)));
      }
      for (const file of project.tests) {
        const id = `${name}.${file.name}`;
        const context = this.#testContext(id, undefined, name, cache);
        const mayRead = (model: string) => this.#mayReadInTest(name, id, model);
        const compiled = compileSingularTest(file, project, world, { ...context, mayRead });
        take(compiled);
        if (compiled.brokenUpstream !== undefined && compiled.problems.length === 0) {
          const what = `the project "${compiled.brokenUpstream}"`;
          const about = { what: `The test "${file.name}"`, reads: what, cause: what, at: undefined };
          this.#book.add(name, problems.upstreamBroken(about, { location: { file: file.file.path } }));
          for (const model of compiled.unguarded) this.#causes.set(model, { what, at: undefined });
        }
      }
    }
  }

  #testContext(id: string, group: string | undefined, project: string, cache: ProjectCache): TestContext {
    const resolve = (reference: Reference): string => {
      const model = this.#must(
        id,
        reference.kind === "ref"
          ? this.#index.resolveRef(project, reference)
          : this.#index.resolveSource(project, reference.store, reference.table),
      );
      const denied = this.#mayRead({ id, project, group }, model);
      if (denied) throw denied;
      return model;
    };
    return { cache, graph: this.#graph, resolve };
  }

  /** A test in SQL belongs to its project's owner, who may look into every group of the project. */
  #mayReadInTest(project: string, id: string, model: string): MeshError | undefined {
    const group = projectOf(model) === project ? this.#works.get(model)?.settings.group : undefined;
    const isOwn = projectOf(model) === project && !this.#disabled.has(model);
    return isOwn ? undefined : this.#mayRead({ id, project, group }, model);
  }

  #must(reader: string, resolution: Resolution): string {
    if ("model" in resolution) return resolution.model;
    if ("problem" in resolution) throw resolution.problem;
    const what = `the project "${resolution.brokenProject}"`;
    throw problems.upstreamBroken({ what: `A test of ${reader}`, reads: what, cause: what, at: undefined });
  }

  async #bindTests(): Promise<void> {
    for (const [model, tests] of this.#tests) {
      const work = this.#works.get(model);
      if (!work || this.#causes.has(model)) continue;
      const project = work.draft.project.name;
      for (const test of tests) {
        // Their columns were looked up; only a `where` holds SQL that somebody wrote.
        if (TYPES_WITHOUT_USER_SQL.has(test.type) && !test.sql.text.includes("(select * from")) continue;
        const { name, sql, location } = test;
        const subject = { id: undefined, project, what: `The test "${name}"`, location };
        const problem = await this.#finder.bind(name, sql, subject, this.#known, this.#input.cacheOf(project));
        if (!problem) continue;
        this.#report(project, problem);
        this.#leaveOut(model, this.#placeOf(model));
      }
    }
  }

  /** Leaves out, in the order of the graph and until nothing changes, what reads something left out. */
  #leaveOutReaders(): void {
    for (let changed = true; changed; ) {
      changed = false;
      for (const id of this.#graph.order) {
        if (this.#causes.has(id)) continue;
        const stale = this.#staleModels.get(id);
        const work = this.#works.get(id);
        const reads = [...(work?.deps ?? stale?.dependsOn.models ?? [])];
        for (const test of this.#tests.get(id) ?? []) reads.push(...test.dependsOn);
        const broken = reads.find((read) => this.#isOut(read));
        if (broken === undefined) continue;
        changed = true;
        if (stale) this.#settleStaleOut(stale, broken);
        else if (work) {
          this.#leaveOutBecause(work, broken, this.#causes.get(broken) ?? { what: broken, at: undefined });
        }
      }
    }
  }

  #settleStaleOut(model: Model, reads: string): void {
    this.#causes.set(model.id, this.#causes.get(reads) ?? { what: reads, at: undefined });
    const problem = problems.staleModelDropped({ model: model.id, reads }, { location: model.location });
    this.#book.add(model.project, problem, "warning");
  }

  #assemble(): CompiledOnce {
    const shards: Shard[] = [];
    const keys = new Map<string, readonly unknown[]>();
    for (const project of this.#input.projects) {
      const { name } = project;
      const works = [...this.#works.values()].filter(
        ({ draft }) => draft.project === project && !this.#causes.has(draft.id),
      );
      const models = works.map((work) => {
        const { id } = work.draft;
        const known = this.#known.get(id);
        const isKnown = known !== undefined && ("columns" in known || work.definedColumns !== undefined);
        return assembleModel(work, { columns: this.#columns.get(id) ?? [], known: isKnown });
      });
      const tests = works.flatMap(({ draft }) => this.#tests.get(draft.id) ?? []);
      const compiled = compileReports(project, {
        resolve: (target) => this.#resolveForReport(project, target),
        causeOf: (model) => this.#causes.get(model),
      });
      for (const problem of compiled.problems) this.#report(name, problem);
      const spellings = this.#spellings.get(name);
      const diagnostics = this.#book.of(name);
      const spell = (type: string) => spellings?.get(type) ?? type;
      shards.push(assembleShard(project, { models, tests, reports: compiled.reports, diagnostics, spell }));
      keys.set(
        name,
        models.map((model) => {
          const known = this.#known.get(model.id);
          return [model.id, model.fingerprint, known && "columns" in known ? known.signature : null];
        }),
      );
    }
    for (const shard of this.#input.stale) {
      const isIn = (id: string) => !this.#causes.has(id);
      shards.push({
        ...shard,
        stale: true,
        models: shard.models.filter(({ id }) => isIn(id)),
        tests: shard.tests.filter(({ model, dependsOn }) => isIn(model) && dependsOn.every((id) => !this.#isOut(id))),
        reports: shard.reports.filter(({ dependsOn }) => dependsOn.every((id) => !this.#isOut(id))),
        diagnostics: this.#book.of(shard.project.name),
      });
    }
    const broken = new Set(
      this.#input.projects
        .map(({ name }) => name)
        .filter((name) => this.#book.isBroken(name) || this.#brokenByCycle.has(name)),
    );
    return { shards, broken, keys };
  }

  #resolveForReport(project: Project, target: RefTarget): { readonly model: string } | { readonly problem: MeshError } {
    const resolution = this.#index.resolveRef(project.name, target);
    if ("brokenProject" in resolution) {
      const what = `the project "${resolution.brokenProject}"`;
      return { problem: problems.upstreamBroken({ what: "A report", reads: what, cause: what, at: undefined }) };
    }
    if ("problem" in resolution) return resolution;
    const problem = this.#mayReadInTest(project.name, `A report of ${project.name}`, resolution.model);
    return problem ? { problem } : resolution;
  }

  #addTest(test: DataTest): void {
    const tests = this.#tests.get(test.model);
    if (tests) tests.push(test);
    else this.#tests.set(test.model, [test]);
  }

  #report(project: string, problem: MeshError): void {
    if (this.#unreadable.has(project) && DOUBTFUL.has(problem.code)) return;
    this.#book.add(project, problem);
  }

  #leaveOut(id: string, location: Location): void {
    if (!this.#causes.has(id)) this.#causes.set(id, { what: id, at: placeText(location) });
  }

  #leaveOutBecause(work: ModelWork, reads: string, cause: Cause): void {
    const { id, location, project } = work.draft;
    this.#causes.set(id, cause);
    const about = { what: id, reads, cause: cause.what, at: cause.at };
    this.#book.add(project.name, problems.upstreamBroken(about, { location }));
  }

  #isOut(id: string): boolean {
    return this.#causes.has(id) || !(this.#works.has(id) || this.#staleModels.has(id));
  }

  #placeOf(id: string): Location {
    return this.#works.get(id)?.draft.location ?? this.#staleModels.get(id)?.location ?? { file: "" };
  }
}

function isError({ level }: Diagnostic): boolean {
  return level === "error";
}

function projectOf(id: string): string {
  return id.slice(0, id.indexOf("."));
}

function placeText({ file, line }: Location): string {
  return line === undefined ? file : `${file}:${line}`;
}

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

/** Where a model's query reads another; its file when the query does not show it. */
function placeOfSlot(work: ModelWork, model: string): Location {
  return placeOfSlotOr(work, model, work.draft.location);
}

function placeOfSlotOr(work: ModelWork | undefined, model: string | undefined, otherwise: Location): Location {
  for (const sql of [work?.sql, work?.incrementalSql]) {
    const place = sql && placeIn(sql, model);
    if (place) return place;
  }
  return otherwise;
}

function placeIn(sql: CompiledSql, model: string | undefined): Location | undefined {
  const slot = sql.slots.find((one) => one.model === model);
  return slot && bindSql(sql, stableName).locate(slot.start);
}
