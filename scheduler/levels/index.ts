// Promises in the scheduler: looking at them again and again, and delivering what must be told.
export { createServiceLevelDuties } from "./service-level-duties.ts";
