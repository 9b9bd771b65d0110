// Owns refusing schedules that wait for each other in a circle, over all projects: those compiled and those that are given.
import { problems } from "../../errors/index.ts";
import { findScheduleCycles, type ScheduleWait } from "../../graph/index.ts";
import { type Model, readUpstream, type Schedule } from "../../manifest/index.ts";
import { isIn, type PassState } from "./pass-state.ts";

type Schedules = Readonly<Record<string, Schedule>>;

/** `compiled`: of each project of the pass, its schedules. */
export function checkScheduleCycles(state: PassState, compiled: ReadonlyMap<string, Schedules>): void {
  const modelOf = (id: string): Model | undefined =>
    isIn(state, id) ? (state.models.get(id) ?? state.given.get(id)) : undefined;
  for (const waits of findScheduleCycles(upstreamsOf(state, compiled, modelOf), modelOf)) {
    const legs = waits.map((wait) => sayWait(state, wait));
    // Each project that is compiled is told of the whole circle, where it is part of it first.
    const told = new Set<string>();
    for (const wait of waits) {
      const project = projectOf(wait.schedule);
      if (told.has(project) || !compiled.has(project)) continue;
      told.add(project);
      const at = placeOf(state, wait);
      state.book.add(project, problems.scheduleCycle({ legs }, at && { location: at }));
    }
  }
}

function upstreamsOf(
  state: PassState,
  compiled: ReadonlyMap<string, Schedules>,
  modelOf: (id: string) => Model | undefined,
): ReadonlyMap<string, readonly string[]> {
  const given = state.standIns.map(({ project: { name, schedules } }) => [name, schedules] as const);
  const models = [...state.models.values(), ...state.given.values()];
  return new Map(
    [...compiled, ...given].flatMap(([project, schedules]) =>
      Object.entries(schedules).map(([name, { on, upstream, upstreamIsRead }]) => [
        `${project}.${name}`,
        // What a given one reads may have been moved by a project of this pass.
        upstreamIsRead ? readUpstream(models, modelOf, { project, name, on }) : upstream,
      ]),
    ),
  );
}

/** Where the model is listed, else where the schedule is; undefined when its project is only known as it is deployed. */
function placeOf(state: PassState, { schedule, model }: ScheduleWait) {
  const project = state.session.projects.find(({ name }) => name === projectOf(schedule));
  const declared = project?.schedules[schedule.slice(schedule.indexOf(".") + 1)];
  return declared?.upstream?.find(({ id }) => id === model)?.at ?? declared?.at;
}

function sayWait(state: PassState, wait: ScheduleWait): string {
  const at = placeOf(state, wait);
  const where = at === undefined ? "as it is deployed" : at.line === undefined ? at.file : `${at.file}:${at.line}`;
  return `${wait.schedule} waits for ${wait.model} of ${wait.by} (${where})`;
}

function projectOf(schedule: string): string {
  return schedule.slice(0, schedule.indexOf("."));
}
