// Owns starting schedules on a clock of their own, for rehearsals.
import { problems } from "../../core/errors/index.ts";
import { readScheduleClock, type ScheduleClock, type StateStore } from "../../core/state/index.ts";

/** `2026-10-25T00:00:00Z*60`: from there, sixty times as fast. Throws `schedule/bad-clock`. A second process that says the same goes on with it. */
export async function startRehearsal(state: StateStore, text: string): Promise<ScheduleClock> {
  const wanted = readScheduleClock(text);
  if (!wanted) throw problems.scheduleClockUnreadable({ text });
  return (await state.setScheduleClock(wanted)) as ScheduleClock;
}
