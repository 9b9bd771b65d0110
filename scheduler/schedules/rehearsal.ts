// Owns starting schedules on a clock of their own, for rehearsals.
import { problems } from "../../core/errors/index.ts";
import { readScheduleClock, type ScheduleClock, type StateStore } from "../../core/state/index.ts";

/**
 * `2026-10-25T00:00:00Z*60`: from there, sixty times as fast. A second process that says the same goes on with it. Throws
 * `schedule/bad-clock`, and `schedule/clock-refused` where schedules go by the time of day: they would stand still, and nobody would notice.
 */
export async function startRehearsal(state: StateStore, text: string): Promise<ScheduleClock> {
  const wanted = readScheduleClock(text);
  if (!wanted) throw problems.scheduleClockUnreadable({ text });
  // In this order: another process that rehearses sets the clock before it records a schedule.
  const schedules = await state.listSchedules();
  if (schedules.length > 0 && !(await state.scheduleClock())) throw problems.scheduleClockRefused({ text });
  return (await state.setScheduleClock(wanted)) as ScheduleClock;
}
