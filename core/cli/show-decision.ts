// Owns telling why a schedule is due or not: what schedulers decided last about one that waits for data, when the others come.
import { problems } from "../errors/index.ts";
import type { Manifest } from "../manifest/index.ts";
import { nextTick, wallTime } from "../sla/index.ts";
import { describePause, pausesOn, type StateStore } from "../state/index.ts";
import { closest } from "../util/index.ts";
import type { Output } from "./output/output.ts";

/** `id`: `project.schedule`. Throws `schedule/not-deployed`. */
export async function showDecision(
  id: string,
  { projects }: Manifest,
  state: StateStore,
  output: Output,
): Promise<void> {
  const schedules = new Map(
    Object.values(projects).flatMap(({ name, schedules: own }) =>
      Object.entries(own).map(([key, schedule]) => [`${name}.${key}`, schedule] as readonly [string, typeof schedule]),
    ),
  );
  const schedule = schedules.get(id);
  if (!schedule) throw problems.scheduleNotDeployed({ schedule: id, near: closest(id, [...schedules.keys()]) });
  const [decision] = await state.listDecisions(id);
  const [pause] = pausesOn(await state.listPauses(), { kind: "schedule", name: id }, await state.now());
  const { on, cron, timezone, upstream } = schedule;
  output.document({ schedule: id, on, upstream, ...decision, ...(pause && { pause }) });
  if (on === "cron") {
    const next = cron === undefined ? undefined : await nextTick({ cron, timezone }, await state.scheduleTime());
    const when = next === undefined ? "It never comes." : `Its next tick is ${wallTime(timezone, next)} ${timezone}.`;
    output.result(`${id} goes by the clock alone. ${when}${pause ? ` It is ${describePause(pause)}.` : ""}`);
    return;
  }
  if (!decision) {
    output.result(`${id} waits for data (${on}). No scheduler has looked at it yet.`);
    return;
  }
  const standing = decision.due ? "due" : decision.late ? "late" : "not due";
  const since = `${decision.decidedAt.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  output.result(`${id} (${on}) is ${standing} since ${since}. ${decision.why}`);
}
