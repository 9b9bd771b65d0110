// Owns which models a project's schedules wait for: those listed, or what their models read of other projects and other schedules.
import { problems } from "../../errors/index.ts";
import { type Model, readUpstream, type Schedule } from "../../manifest/index.ts";
import type { Project, ScheduleDeclaration } from "../../project/index.ts";
import { closest } from "../../util/index.ts";
import { conditionOf, scheduleOf } from "../schedule-policies.ts";
import { isIn, type PassState } from "./pass-state.ts";

export function settleSchedules(state: PassState, project: Project): Readonly<Record<string, Schedule>> {
  const broken = state.book.isBroken(project.name);
  const settled = Object.entries(project.schedules).flatMap(([name, declared]): [string, Schedule][] => {
    const on = conditionOf(declared);
    // One that never says when is told of in the project's problems.
    if ((on === "cron" || on === "cron_after_all_new") && declared.cron === undefined) return [];
    if (on === "cron") return [[name, scheduleOf(declared, [])]];
    const upstream = declared.upstream
      ? listedUpstream(state, project, name, declared.upstream)
      : readUpstream([...state.models.values()], (id) => modelOf(state, id), { project: project.name, name, on });
    // In a broken project a reader may be missing.
    if (upstream.length === 0 && !declared.upstream && !broken && hasModels(state, project, name))
      state.book.add(project.name, problems.scheduleWaitsForNothing({ schedule: name, on }, { location: declared.at }));
    return [[name, scheduleOf(declared, [...new Set(upstream)].sort(), declared.upstream === undefined)]];
  });
  return Object.fromEntries(settled);
}

function listedUpstream(
  state: PassState,
  project: Project,
  schedule: string,
  listed: NonNullable<ScheduleDeclaration["upstream"]>,
): readonly string[] {
  return listed.flatMap(({ id, at }) => {
    const model = modelOf(state, id);
    if (model && runsBy(model, project, schedule)) {
      state.book.add(project.name, problems.scheduleWaitsForItself({ schedule, upstream: id }, { location: at }));
      return [];
    }
    // What is declared and not in the manifest has a problem of its own.
    if (model || state.index.byId(id)) return [id];
    const near = closest(id, [...state.models.keys(), ...state.given.keys()]);
    const problem = problems.scheduleUpstreamNotFound({ schedule, upstream: id, near }, { location: at });
    // Of a project that could not be read a missing name proves nothing.
    if (!state.book.isBroken(id.slice(0, id.indexOf(".")))) state.book.add(project.name, problem);
    return [];
  });
}

function hasModels(state: PassState, project: Project, schedule: string): boolean {
  return [...state.models.values()].some((model) => runsBy(model, project, schedule));
}

function modelOf(state: PassState, id: string): Model | undefined {
  return isIn(state, id) ? (state.models.get(id) ?? state.given.get(id)) : undefined;
}

function runsBy(model: Model, project: Project, schedule: string): boolean {
  return model.project === project.name && model.schedule === schedule;
}
