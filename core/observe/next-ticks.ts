// Owns when each deployed schedule is due next, and whether a scheduler has seen it. Decides nothing.
import type { Manifest } from "../manifest/index.ts";
import { nextTick } from "../sla/index.ts";
import type { StateStore } from "../state/index.ts";

export interface NextTick {
  /** A scheduler has seen it. */
  readonly inForce: boolean;
  /** Schedule time; absent when it goes by data alone. */
  readonly nextAt?: Date;
}

/** `project.schedule` -> its next tick: the one schedulers go by, or of one they have not seen the first. */
export async function nextTicks({ projects }: Manifest, state: StateStore): Promise<ReadonlyMap<string, NextTick>> {
  const rows = new Map((await state.listSchedules()).map((row) => [row.id, row] as const));
  const time = await state.scheduleTime();
  const found = new Map<string, NextTick>();
  for (const { name: project, schedules } of Object.values(projects)) {
    for (const [name, { cron, timezone }] of Object.entries(schedules)) {
      const id = `${project}.${name}`;
      const row = rows.get(id);
      const inForce = row?.enabled === true;
      const nextAt = inForce ? row.nextAt : cron === undefined ? undefined : await nextTick({ cron, timezone }, time);
      found.set(id, { inForce, ...(nextAt && { nextAt }) });
    }
  }
  return found;
}
