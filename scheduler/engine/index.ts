// What keeps runs of workers going: admission, recovery, and doing a task of a deployed run. May not decide which runs there are.
export { createAdmissionRules } from "./admission-rules.ts";
export { beginResumed } from "./begin-resumed.ts";
export { admitDuty, createSweepDuty } from "./engine-duties.ts";
export { openPerformer } from "./open-performer.ts";
export { passOver } from "./pass-over.ts";
export { isWindowHeld } from "./window-held.ts";
export { windowRoom } from "./window-room.ts";
