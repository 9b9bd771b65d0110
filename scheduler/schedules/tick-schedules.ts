// Owns looking at schedules whose tick has come: each of their logical dates that is due gets a run that waits. The state store lets one
// scheduler of many record it.
import { isStateAway } from "../../core/execute/index.ts";
import { wallTime } from "../../core/sla/index.ts";
import type { NewRun, ScheduleRecord, StateStore } from "../../core/state/index.ts";
import { isPaused } from "../../core/state/index.ts";
import { createId, identityOf } from "../../core/util/index.ts";
import type { Duty } from "../duty.ts";
import { type DueRuns, dueRuns } from "./due-runs.ts";
import { priorityOf } from "./priority-of.ts";
import { selectionOf } from "./selection-of.ts";

/** A tick seen this late is still on time; rehearsed time passes faster, so there it is as much of it. */
const GRACE_MS = 60_000;
/** Runs recorded in one transaction. */
const LIMIT = 500;

export const tickDuty: Duty = {
  name: "ticks",
  everyMs: 1_000,
  async run({ state, scheduleTime, signal, transport, log }) {
    const now = await scheduleTime();
    const due = await state.dueSchedules(now);
    if (due.length === 0) return;
    const [pauses, realNow, clock] = [await state.listPauses(), await state.now(), await state.scheduleClock()];
    const options = { graceMs: GRACE_MS * (clock?.speed ?? 1), limit: LIMIT };
    let recorded = 0;
    for (const schedule of due) {
      // Ticks of a pause are seen when it is over: what becomes of them is the catch-up's business.
      if (signal.aborted || isPaused(pauses, { kind: "schedule", name: schedule.id }, realNow)) continue;
      const runs = await lookAt(schedule, now, options, state).catch((error: unknown) => {
        // The state store being away concerns all; anything else must not keep the other schedules from being looked at.
        if (isStateAway(error)) throw error;
        log.error({ schedule: schedule.id, error: String(error) }, "the ticks of a schedule could not be recorded");
        return [];
      });
      recorded += runs.length;
      for (const run of runs)
        log.info({ schedule: schedule.id, run: run.id, logicalAt: run.logicalAt }, "a run is due");
    }
    if (recorded > 0) await transport.signal({ topic: "look", why: `${recorded} runs are due` });
  },
};

/** Records what is due of one schedule; gives the runs that this recorded. */
async function lookAt(
  schedule: ScheduleRecord,
  now: Date,
  options: { readonly graceMs: number; readonly limit: number },
  state: StateStore,
): Promise<readonly NewRun[]> {
  const { cron, timezone, catchUp } = schedule.definition;
  if (cron === undefined) return [];
  const recorded: NewRun[] = [];
  let seen = schedule.lastLogicalAt;
  for (;;) {
    const found: DueRuns = await dueRuns({ cron, timezone }, seen, now, catchUp, options);
    // One that waits for data too has its runs made where data is looked at; its ticks pass here all the same.
    const due = schedule.definition.on === "cron" ? found : { ...found, ticks: [] };
    const priority = due.ticks.length === 0 ? 0 : await priorityOf(schedule.definition);
    const runs = due.ticks.map((tick) => runOf(schedule, tick, now, priority));
    const { lastLogicalAt, nextAt } = due;
    const taken = await state.recordTicks({
      schedule: schedule.id,
      seen,
      lastLogicalAt,
      runs,
      ...(nextAt && { nextAt }),
    });
    if (taken === undefined) return recorded;
    recorded.push(...runs.filter(({ id }) => taken.some((run) => run.id === id)));
    if (nextAt === undefined || nextAt > now) return recorded;
    seen = lastLogicalAt;
  }
}

function runOf({ id, definition }: ScheduleRecord, tick: Date, now: Date, priority: number): NewRun {
  const lateMs = now.getTime() - tick.getTime();
  const zone = definition.timezone;
  return {
    id: createId(),
    command: "schedule",
    selection: selectionOf(id),
    executor: "workers",
    trigger: "schedule",
    createdBy: id,
    priority,
    schedule: id,
    scheduleKey: tick.toISOString(),
    logicalAt: tick,
    reason: `due at ${wallTime(zone, tick)} ${zone}${lateMs > GRACE_MS ? `, caught up ${sayLate(lateMs)} later` : ""}`,
    ...identityOf(),
  };
}

function sayLate(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60 ? `${minutes}m` : `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, "0")}m`;
}
