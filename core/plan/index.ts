// Manifest, selection and facts of the state to a plan. May not execute anything.
export type * from "./types.ts";
