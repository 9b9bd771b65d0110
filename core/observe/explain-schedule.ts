// Owns telling why a schedule is due or not: what schedulers decided last about one that waits for data, when the others come.
import { problems } from "../errors/index.ts";
import type { Manifest, Schedule } from "../manifest/index.ts";
import { nextTick, wallTime } from "../sla/index.ts";
import { type ConditionRecord, describePause, type PauseRecord, pausesOn, type StateStore } from "../state/index.ts";
import { closest } from "../util/index.ts";

export interface ScheduleStanding {
  readonly schedule: string;
  readonly on: Schedule["on"];
  readonly upstream: readonly string[];
  /** What schedulers decided last, of one that waits for data. */
  readonly decision?: ConditionRecord;
  readonly pause?: PauseRecord;
  /** All of it in people's words. */
  readonly said: string;
}

/** `id`: `project.schedule`. Throws `schedule/not-deployed`. */
export async function explainSchedule(
  id: string,
  { projects }: Manifest,
  state: StateStore,
): Promise<ScheduleStanding> {
  const schedules = new Map(
    Object.values(projects).flatMap(({ name, schedules: own }) =>
      Object.entries(own).map(([key, schedule]) => [`${name}.${key}`, schedule] as readonly [string, Schedule]),
    ),
  );
  const schedule = schedules.get(id);
  if (!schedule) throw problems.scheduleNotDeployed({ schedule: id, near: closest(id, [...schedules.keys()]) });
  const [decision] = await state.listDecisions(id);
  const [pause] = pausesOn(await state.listPauses(), { kind: "schedule", name: id }, await state.now());
  const { on, cron, timezone, upstream } = schedule;
  const about = { schedule: id, on, upstream, ...(decision && { decision }), ...(pause && { pause }) };
  if (on === "cron") {
    const next = cron === undefined ? undefined : await nextTick({ cron, timezone }, await state.scheduleTime());
    const when = next === undefined ? "It never comes." : `Its next tick is ${wallTime(timezone, next)} ${timezone}.`;
    return {
      ...about,
      said: `${id} goes by the clock alone. ${when}${pause ? ` It is ${describePause(pause)}.` : ""}`,
    };
  }
  if (!decision) return { ...about, said: `${id} waits for data (${on}). No scheduler has looked at it yet.` };
  const standing = decision.due ? "due" : decision.late ? "late" : "not due";
  const since = `${decision.decidedAt.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  return { ...about, said: `${id} (${on}) is ${standing} since ${since}. ${decision.why}` };
}
