// Read this file first: the vocabulary and the one arrow. Each phase is a short function from plain readonly data to plain readonly data.
//
//   config -> load -> compile -> check -> plan -> execute -> publish -> observe
//
//   project   one domain's folder                model    one table a project makes
//   store     a service's database, files, API   source   a declared table of a store: its port
//   manifest  everything compiled, plain JSON    plan     steps in order, each with its reason
//   run       one execution of a plan            build    one immutable physical table
//   snapshot  a model that copies a source       landing  what was read of it, before a strategy makes the build
//   publish   pointing a model's stable name at a build that passed its tests
//   task      the steps of a run that one process does at once, of `mesh run` or a worker
//
// Only `execute` and `publish` touch the world, through three ports: `source/`, `warehouse/`, `state/`. A fourth, `execute/transport.ts`, carries
// nothing but ids of tasks. What a process has open of all this is in `runtime.ts`.
// The CLI goes through `mesh.ts`, which calls these phases, and the files beside it for questions that are no run: `check-store.ts`,
// `diff-builds.ts`, `doctor.ts`. The scheduler plans by `gatherFacts` and `plan` with what is deployed (`deploy/`). What happens between a store and its build: `execute/extract/extract-source.ts`.
import type { CompiledMesh } from "./compile/index.ts";
import type { Config } from "./config/index.ts";
import type { Diagnostic } from "./errors/index.ts";
import type { RunRequest, RunResult } from "./execute/index.ts";
import { buildGraph, explainSelection, type Graph, refuseUnmatched, selectModels } from "./graph/index.ts";
import type { Manifest } from "./manifest/index.ts";
import type { PlanOptions, Selection } from "./mesh-types.ts";
import {
  type LastReading,
  makePlan,
  type Plan,
  type PlanFacts,
  type PlanRequest,
  type PublishedFact,
} from "./plan/index.ts";
import type { LoadedProjects } from "./project/index.ts";
import type { StateStore } from "./state/index.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** config: `mesh.config.ts`, found from a folder, normalised for one target. */
export async function configure(
  cwd: string,
  choice: { readonly target?: string; readonly vars?: Readonly<Record<string, unknown>>; readonly env: Environment },
): Promise<Config> {
  const { loadConfig } = await import("./config/index.ts");
  return loadConfig(cwd, choice);
}

/** load: folders to facts as written, each with its place. */
export async function load(config: Config): Promise<LoadedProjects> {
  const { loadProjects } = await import("./project/index.ts");
  return loadProjects(config);
}

/** compile: facts to the manifest; whatever is wrong is in its diagnostics, and what is right is compiled all the same. */
export async function compile(config: Config, loaded: LoadedProjects, env: Environment): Promise<CompiledMesh> {
  const { compileMesh } = await import("./compile/index.ts");
  return compileMesh({ config, ...loaded, env, types: true });
}

/** check: the problems that make a command fail. A broken project is an error, yet never a reason not to run the others. */
export function check(manifest: Manifest): readonly Diagnostic[] {
  return manifest.diagnostics.filter((diagnostic) => diagnostic.level === "error");
}

/** The dependency graph of a manifest's models. */
export function graphOf(manifest: Manifest): Graph {
  return buildGraph(new Map(Object.values(manifest.models).map((model) => [model.id, model.dependsOn.models])));
}

/** The models a selection means. Throws when it names nothing at all. */
export function select(manifest: Manifest, graph: Graph, selection: Selection): ReadonlySet<string> {
  refuseUnmatched(manifest, selection);
  return selectModels(manifest, graph, selection);
}

/** Warnings about parts of a selection that name nothing. Throws when all of them do. */
export function explain(manifest: Manifest, selection: Selection): readonly Diagnostic[] {
  refuseUnmatched(manifest, selection);
  return explainSelection(manifest, graphOf(manifest), selection);
}

/** What is published and how the stores were found last, as far as planning must know. */
export async function gatherFacts(state: StateStore, manifest: Manifest): Promise<PlanFacts> {
  const publications = [...(await state.published()).values()];
  const records = await state.getBuilds(publications.map((publication) => publication.buildId));
  const published = new Map<string, PublishedFact>();
  for (const { model, buildId } of publications) {
    const record = records.get(buildId);
    if (record?.contentId === undefined) continue;
    published.set(model, {
      buildId,
      contentId: record.contentId,
      fingerprint: record.fingerprint,
      protectionKey: record.extraction?.protection?.key,
      inputs: record.inputs,
      columns: record.data?.columns ?? [],
      ...(record.extraction && { strategy: record.extraction.strategy }),
    });
  }
  const sequence = publications.reduce((newest, publication) => Math.max(newest, publication.sequence), 0);
  return { published, sequence, readings: await gatherReadings(state, manifest) };
}

/** A failure to read a store that is about what the store is, and not about reaching it. */
const DRIFTED = new Set(["extract/drift-refused", "extract/columns-missing", "extract/table-missing"]);

/** How the last reading of each snapshot went, where it found something. */
async function gatherReadings(state: StateStore, manifest: Manifest): Promise<ReadonlyMap<string, LastReading>> {
  const snapshots = Object.values(manifest.models).flatMap(({ id, kind }) => (kind === "snapshot" ? [id] : []));
  const steps = await state.lastSteps("extract", snapshots);
  const runs = [...new Set([...steps.values()].map(({ runId }) => runId))];
  const builds = runs.length === 0 ? [] : await state.listBuilds({ models: snapshots, runs });
  const driftOf = new Map(
    builds.flatMap(({ model, runId, extraction }) => (extraction ? [[`${runId} ${model}`, extraction.drift]] : [])),
  );
  const readings = new Map<string, LastReading>();
  for (const [model, { runId, startedAt, status, reason, error }] of steps) {
    const refused = error !== undefined && DRIFTED.has(error.code) ? error.message : undefined;
    const problem = status === "unchanged" ? reason : refused;
    const drift = driftOf.get(`${runId} ${model}`) ?? [];
    readings.set(model, { runId, at: startedAt.toISOString(), drift, ...(problem !== undefined && { problem }) });
  }
  return readings;
}

/** plan: manifest, selection and facts to steps, each with its reason. */
export function plan(manifest: Manifest, facts: PlanFacts, options: PlanOptions & Pick<PlanRequest, "backfill">): Plan {
  const graph = graphOf(manifest);
  const { fullRefresh = false, discardHistory = [], backfill } = options;
  return makePlan({
    manifest,
    order: graph.order,
    selected: select(manifest, graph, options),
    facts,
    fullRefresh,
    discardHistory: new Set(discardHistory),
    ...(backfill && { backfill }),
  });
}

/** execute and publish: every step of the plan, each build tested before anyone can read it; observed through events. */
export async function execute(request: RunRequest): Promise<RunResult> {
  const { runPlan } = await import("./execute/index.ts");
  return runPlan(request);
}
