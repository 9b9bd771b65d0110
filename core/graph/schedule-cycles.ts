// Owns finding schedules that wait for each other in a circle. Which models a schedule waits for is handed in.
import type { Model } from "../manifest/index.ts";
import { findCycles } from "./find-cycles.ts";

/** `schedule` waits for `model`, which runs by the schedule `by`. All are ids. */
export interface ScheduleWait {
  readonly schedule: string;
  readonly model: string;
  readonly by: string;
}

/** `upstreams`: schedule -> the models it waits for. Each circle as its waits, one after the other; one circle per knot. */
export function findScheduleCycles(
  upstreams: ReadonlyMap<string, readonly string[]>,
  modelOf: (id: string) => Model | undefined,
): readonly (readonly ScheduleWait[])[] {
  const waits = new Map([...upstreams].map(([schedule, models]) => [schedule, waitsOf(schedule, models, modelOf)]));
  const nodes = new Map([...waits].map(([schedule, by]) => [schedule, [...by.keys()]]));
  return findCycles(nodes).map(({ path }) =>
    path.slice(0, -1).flatMap((schedule, i) => waits.get(schedule)?.get(path[i + 1] ?? "") ?? []),
  );
}

/** By the schedule that is waited for; the first model tells for all. */
function waitsOf(schedule: string, models: readonly string[], modelOf: (id: string) => Model | undefined) {
  const waits = new Map<string, ScheduleWait>();
  for (const id of models) {
    const model = modelOf(id);
    if (model?.schedule === undefined) continue;
    const by = `${model.project}.${model.schedule}`;
    if (!waits.has(by)) waits.set(by, { schedule, model: id, by });
  }
  return waits;
}
