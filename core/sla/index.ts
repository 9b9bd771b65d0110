// Time promised: cron expressions and when they are due, calendars, and judging how old data is. May not know projects, runs, a queue or
// the state store.
export { validateSchedule } from "./cron.ts";
export { type Attainment, attainMinutes, attainSlots } from "./error-budget.ts";
export { judgeMesh } from "./judge-mesh.ts";
export { arrivalFor, type Slot } from "./judge-slot.ts";
export { objectiveKey, objectivesOf } from "./objectives.ts";
export { dueTimes } from "./open-time.ts";
export { lastTick, nextTick, type Timing, tickInterval, ticksBetween } from "./ticks.ts";
export type * from "./types.ts";
export { wallTime } from "./zone.ts";
