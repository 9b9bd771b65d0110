// Time promised: cron expressions and their judging. May not know projects, runs or a queue.
export { type ScheduleProblem, validateSchedule } from "./cron.ts";
