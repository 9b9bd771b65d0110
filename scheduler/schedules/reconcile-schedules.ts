// Owns keeping the schedules of the state store as they are deployed. A new one starts from now; one whose times change does so too; one that
// is gone is kept, and never due.

import type { Manifest, Schedule } from "../../core/manifest/index.ts";
import { nextTick, validateSchedule } from "../../core/sla/index.ts";
import type { ScheduleChange, ScheduleRecord } from "../../core/state/index.ts";
import { stableJson } from "../../core/util/index.ts";
import type { Duty } from "../duty.ts";

export const reconcileDuty: Duty = {
  name: "schedules",
  everyMs: 15_000,
  async run({ state, deployed, scheduleTime, log }) {
    const { manifest, ids } = await deployed();
    const known = await state.listSchedules();
    const wanted = declared(manifest);
    const at = await scheduleTime();
    const changes: ScheduleChange[] = [];
    const unusable: string[] = [];
    for (const [id, { project, name, definition }] of wanted) {
      const before = known.find((schedule) => schedule.id === id);
      if (before?.enabled && stableJson(before.definition) === stableJson(definition)) continue;
      if ((await validateSchedule(definition)).length > 0) {
        unusable.push(id);
        continue;
      }
      const restart = !before?.enabled || timesDiffer(before.definition, definition);
      const { cron, timezone } = definition;
      const nextAt = cron === undefined ? undefined : await nextTick({ cron, timezone }, at);
      changes.push({ id, project, name, definition, restart, ...(nextAt && { nextAt }) });
    }
    const gone = known.filter(({ id, enabled }) => enabled && !wanted.has(id)).map(({ id }) => id);
    for (const schedule of unusable) log.warn({ schedule }, "the schedule's times cannot be read; it stays as it was");
    if (changes.length === 0 && gone.length === 0) return;
    if (!(await state.reconcileSchedules({ deployments: ids, changes, gone, at }))) {
      log.debug({}, "something else is deployed by now; the schedules are looked at again");
      return;
    }
    for (const { id, restart } of changes)
      log.info({ schedule: id }, restart ? "the schedule is in force from now" : "the schedule changed");
    for (const schedule of gone) log.info({ schedule }, "the schedule is no more");
  },
};

type Declared = Pick<ScheduleRecord, "project" | "name" | "definition">;

function declared({ projects }: Manifest): ReadonlyMap<string, Declared> {
  return new Map(
    Object.values(projects).flatMap(({ name: project, schedules }) =>
      Object.entries(schedules).map(
        ([name, definition]) => [`${project}.${name}`, { project, name, definition }] as const,
      ),
    ),
  );
}

function timesDiffer(a: Schedule, b: Schedule): boolean {
  return a.cron !== b.cron || a.timezone !== b.timezone || a.on !== b.on;
}
