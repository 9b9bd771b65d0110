// Owns how soon a schedule's runs go on among others: as it says, or by how often it is due.
import type { Schedule } from "../../core/manifest/index.ts";
import { nextTick } from "../../core/sla/index.ts";

const OFTEN = 50;
const SELDOM = 100;
const HOUR_MS = 3_600_000;

/** Less is sooner. Going by data alone counts as often. */
export async function priorityOf({ priority, cron, timezone }: Schedule): Promise<number> {
  if (priority !== undefined) return priority;
  if (cron === undefined) return OFTEN;
  // A day and an instant at which no zone moves its clocks.
  const first = await nextTick({ cron, timezone }, new Date("2026-01-14T12:00:00Z"));
  const second = first && (await nextTick({ cron, timezone }, first));
  return first && second && second.getTime() - first.getTime() <= HOUR_MS ? OFTEN : SELDOM;
}
