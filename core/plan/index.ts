// Manifest, selection and facts of the state to a plan. May not execute anything, read a clock or touch a file.
export { type LastReading, makePlan, type PlanFacts, type PlanRequest, type PublishedFact } from "./make-plan.ts";
export { newContentReason } from "./new-content-reason.ts";
export type * from "./types.ts";
