// The state port; adapters are in the folders beside it and are loaded when first used. May not import other ports.
export type * from "./audit-types.ts";
export type * from "./backfill-types.ts";
export type * from "./condition-types.ts";
export type * from "./deployment-types.ts";
export type * from "./event-types.ts";
export {
  describePause,
  isPaused,
  pausedSubjects,
  pausesOn,
  sayPauseSubject,
} from "./is-paused.ts";
export { type OpenRuns, openRuns, plannedSince } from "./open-runs.ts";
export { openState, type StateLocation } from "./open-state.ts";
export type * from "./page-types.ts";
export type * from "./pause-types.ts";
export { readScheduleClock, rehearsedTime } from "./schedule-clock.ts";
export type * from "./schedule-types.ts";
export type * from "./service-level-types.ts";
export type * from "./task-types.ts";
export { newToken, readToken } from "./token-text.ts";
export type * from "./token-types.ts";
export type * from "./types.ts";
