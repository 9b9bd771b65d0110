// Owns what one pass over the projects has worked out so far: the one thing its steps share, and all they change.
import type { Config } from "../../config/index.ts";
import type { Diagnostic } from "../../errors/index.ts";
import { buildGraph, type Graph } from "../../graph/index.ts";
import type { DataTest, Model, Shard } from "../../manifest/index.ts";
import type { Project, TextFile } from "../../project/index.ts";
import type { SeedReader } from "../../warehouse/index.ts";
import type { ProjectCache } from "../cache/project-cache.ts";
import { declareModels } from "../declare-models.ts";
import { type ColumnFinder, createColumnFinder, type KnownColumns, knownColumns } from "../find-columns.ts";
import { MeshIndex } from "../mesh-index.ts";
import { ProblemBook } from "../problem-book.ts";
import type { MacroSets, RenderWorld } from "../render/render-world.ts";
import type { ShellCatalog } from "../shell/shell-catalog.ts";
import type { ModelDraft, ModelWork } from "../types.ts";

/** What stays the same over the passes of one compile. */
export interface CompileSession {
  readonly config: Config;
  readonly projects: readonly Project[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly types: boolean;
  /** By project name; of those compiled so far. */
  readonly caches: Map<string, ProjectCache>;
  readonly macros: MacroSets;
  readonly sharedMacros: readonly TextFile[];
  shell(): Promise<ShellCatalog>;
  seeds(): Promise<SeedReader>;
}

/** What a pass ends with. */
export interface CompilePass {
  readonly shards: readonly Shard[];
  readonly standIns: readonly Shard[];
  /** Projects with an error of their own making. */
  readonly broken: ReadonlySet<string>;
  /** Each project to those it reads. */
  readonly reads: ReadonlyMap<string, ReadonlySet<string>>;
  /** Of all models. */
  readonly graph: Graph;
  /** Problems of no project. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Why something is not in the manifest: the model or project at fault, and where its problem is. */
export interface Cause {
  readonly what: string;
  readonly at: string | undefined;
}

/** Maps are by model id unless they say otherwise. */
export interface PassState {
  readonly session: CompileSession;
  /** Those that no stand-in replaces. */
  readonly projects: readonly Project[];
  readonly standIns: readonly Shard[];
  readonly book: ProblemBook;
  readonly index: MeshIndex;
  /** By project name. */
  readonly worlds: Map<string, RenderWorld>;
  /** By project name. */
  readonly drafts: ReadonlyMap<string, readonly ModelDraft[]>;
  /** Models that are not switched off, or that have problems. */
  readonly works: Map<string, ModelWork>;
  /** Models of stand-ins. */
  readonly given: ReadonlyMap<string, Model>;
  /** Tests of stand-ins, by the model they guard. */
  readonly givenTests: ReadonlyMap<string, readonly DataTest[]>;
  readonly failed: Map<string, Cause>;
  readonly known: Map<string, KnownColumns>;
  /** Finished models. */
  readonly models: Map<string, Model>;
  /** Finished tests, by their id. */
  readonly tests: Map<string, DataTest>;
  readonly finder: ColumnFinder;
  /** Of all models and those of stand-ins; empty until references are checked. */
  graph: Graph;
}

/** A pass that has compiled nothing yet: what is declared is known, and what loading found wrong is written down. */
export function startPass(session: CompileSession, standIns: readonly Shard[]): PassState {
  const replaced = new Set(standIns.map((shard) => shard.project.name));
  const projects = session.projects.filter((project) => !replaced.has(project.name));
  const book = new ProblemBook();
  const index = new MeshIndex();
  const drafts = new Map<string, readonly ModelDraft[]>();
  for (const project of projects) {
    const { drafts: declared, problems: found } = declareModels(project);
    drafts.set(project.name, declared);
    for (const diagnostic of project.diagnostics) book.addDiagnostic(project.name, diagnostic);
    for (const problem of found) book.add(project.name, problem);
    const broken = project.diagnostics.some((diagnostic) => diagnostic.level === "error");
    index.addProject(project, declared, broken);
  }
  const given = new Map<string, Model>();
  const givenTests = new Map<string, readonly DataTest[]>();
  const known = new Map<string, KnownColumns>();
  for (const shard of standIns) {
    index.addShard(shard);
    for (const test of shard.tests) givenTests.set(test.model, [...(givenTests.get(test.model) ?? []), test]);
    for (const model of shard.models) {
      given.set(model.id, model);
      known.set(model.id, knownColumnsOf(model));
    }
  }
  const { config, shell, seeds } = session;
  return {
    session,
    projects,
    standIns,
    book,
    index,
    worlds: new Map(),
    drafts,
    works: new Map(),
    given,
    givenTests,
    failed: new Map(),
    known,
    models: new Map(),
    tests: new Map(),
    finder: createColumnFinder({ root: config.root, index, shell, seeds }),
    graph: buildGraph(new Map()),
  };
}

function knownColumnsOf({ id, columns, columnsKnown }: Model): KnownColumns {
  if (!columnsKnown) return { because: `the columns of ${id} are not known` };
  return knownColumns(columns.flatMap(({ name, type }) => (type === null ? [] : [{ name, type }])));
}

/** True once it is certain that the model is in the manifest. */
export function isIn({ models, given, failed }: PassState, id: string): boolean {
  return models.has(id) || (given.has(id) && !failed.has(id));
}

export function cacheOf({ session }: PassState, project: string): ProjectCache {
  return session.caches.get(project) as ProjectCache;
}
