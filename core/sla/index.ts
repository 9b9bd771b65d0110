// Time promised: cron expressions, their judging, and when they are due. May not know projects, runs or a queue.
export { type ScheduleProblem, validateSchedule } from "./cron.ts";
export { lastTick, nextTick, type TickInterval, type Timing, tickInterval, ticksBetween } from "./ticks.ts";
