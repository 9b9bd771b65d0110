// Owns the shards a pass ends with: those of its projects, and what is left of the stand-ins.
import { type Diagnostic, problems } from "../../errors/index.ts";
import type { Report, Schedule, Shard } from "../../manifest/index.ts";
import type { Project } from "../../project/index.ts";
import { assembleShard } from "../assemble-shard.ts";
import { compileReports } from "../compile-reports.ts";
import { referenceProblem } from "./check-references.ts";
import { checkScheduleCycles } from "./check-schedule-cycles.ts";
import { type CompilePass, cacheOf, isIn, type PassState } from "./pass-state.ts";
import { settleCalendars } from "./settle-calendars.ts";
import { settleSchedules } from "./settle-schedules.ts";

export async function finishPass(state: PassState): Promise<CompilePass> {
  const shards: Shard[] = [];
  const strays: Diagnostic[] = [];
  const replaced = new Set(state.standIns.map(({ project }) => project.name));
  for (const diagnostic of state.session.macros.diagnostics(state.session.projects)) {
    if (diagnostic.project === undefined) strays.push(diagnostic);
    // A stand-in carries the problems of what it replaces already.
    else if (!replaced.has(diagnostic.project)) state.book.addDiagnostic(diagnostic.project, diagnostic);
  }
  const schedulesOf = new Map<string, Readonly<Record<string, Schedule>>>();
  for (const project of state.projects)
    if (!schedulesOf.has(project.name)) schedulesOf.set(project.name, settleSchedules(state, project));
  checkScheduleCycles(state, schedulesOf);
  for (const project of state.projects) {
    const { name } = project;
    // Two folders of one name share their problems, and neither has models.
    if (shards.some((shard) => shard.project.name === name)) continue;
    const reports = reportsOf(state, project);
    const schedules = schedulesOf.get(name) ?? {};
    const calendars = settleCalendars(state, project);
    const spelt = state.session.types ? await spelling(state, project) : new Map<string, string>();
    shards.push(
      assembleShard(project, {
        models: [...state.models.values()].filter((model) => model.project === name),
        tests: [...state.tests.values()].filter((test) => test.project === name),
        reports,
        schedules,
        calendars,
        diagnostics: state.book.of(name),
        spell: (type) => spelt.get(type) ?? type,
      }),
    );
  }
  const broken = new Set(state.projects.map(({ name }) => name).filter((name) => state.book.isBroken(name)));
  return {
    shards,
    standIns: state.standIns.map((shard) => withoutTheGone(state, shard)),
    broken,
    reads: readsOf(state),
    graph: state.graph,
    diagnostics: strays,
  };
}

function readsOf({ graph, works }: PassState): ReadonlyMap<string, ReadonlySet<string>> {
  const reads = new Map<string, Set<string>>();
  const add = (reader: string, project: string) => {
    const known = reads.get(reader);
    if (known) known.add(project);
    else reads.set(reader, new Set([project]));
  };
  for (const [id, parents] of graph.parents) for (const parent of parents) add(projectOf(id), projectOf(parent));
  for (const { draft, brokenUpstream } of works.values())
    if (brokenUpstream !== undefined) add(draft.project.name, brokenUpstream);
  return reads;
}

function projectOf(id: string): string {
  return id.slice(0, id.indexOf("."));
}

function spelling(state: PassState, project: Project): Promise<ReadonlyMap<string, string>> {
  const written = project.sources.flatMap(({ columns }) => columns.flatMap(({ data_type }) => data_type ?? []));
  return state.finder.canonicalTypes(written, cacheOf(state, project.name));
}

function reportsOf(state: PassState, project: Project): readonly Report[] {
  const { reports, problems: found } = compileReports(project, {
    resolve: (target) => {
      const resolution = state.index.resolveRef(project.name, target);
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
      const problem = referenceProblem(
        state,
        { id: project.name, project: project.name, group: undefined },
        resolution.model,
      );
      return problem ? { problem } : resolution;
    },
    causeOf: (model) => state.failed.get(model),
  });
  for (const problem of found) state.book.add(project.name, problem);
  return reports;
}

/** What is left of a stand-in without its models that read what is gone. */
function withoutTheGone(state: PassState, shard: Shard): Shard {
  const areIn = (ids: readonly string[]) => ids.every((id) => isIn(state, id));
  return {
    ...shard,
    models: shard.models.filter(({ id }) => isIn(state, id)),
    tests: shard.tests.filter(({ model, dependsOn }) => isIn(state, model) && areIn(dependsOn)),
    reports: shard.reports.filter(({ dependsOn }) => areIn(dependsOn)),
    diagnostics: [...shard.diagnostics, ...state.book.of(shard.project.name)],
  };
}
