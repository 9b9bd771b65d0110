// When schedules are due and which of their runs begin. May not know who executes a run, or how processes talk.
export { beginDuty } from "./begin-runs.ts";
export { decideOverlap } from "./decide-overlap.ts";
export { dueRuns } from "./due-runs.ts";
export { priorityOf } from "./priority-of.ts";
export { reconcileDuty } from "./reconcile-schedules.ts";
export { startRehearsal } from "./rehearsal.ts";
export { selectionOf } from "./selection-of.ts";
export { tickDuty } from "./tick-schedules.ts";
