// Backfills that schedulers look after. May not cut ranges or execute tasks: it begins the runs of windows and ends what was cancelled.
export { createBackfillsDuty } from "./backfills-duty.ts";
export { nextWindows } from "./next-windows.ts";
