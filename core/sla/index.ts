// Time promised: cron expressions and when they are due, calendars, and judging how old data is. May not know projects, runs, a queue or
// the state store.
export { type ScheduleProblem, validateSchedule } from "./cron.ts";
export { type Attainment, attainMinutes, attainSlots, type LevelChange } from "./error-budget.ts";
export { judgeFreshness } from "./judge-freshness.ts";
export { judgeMesh, type MeshQuestion } from "./judge-mesh.ts";
export { arrivalFor, type Slot } from "./judge-slot.ts";
export { objectiveKey, objectivesOf } from "./objectives.ts";
export { dueTimes } from "./open-time.ts";
export { lastTick, nextTick, type TickInterval, type Timing, tickInterval, ticksBetween } from "./ticks.ts";
export type * from "./types.ts";
export { wallTime } from "./zone.ts";
export { addDays, dayOf, instantOf } from "./zone-time.ts";
