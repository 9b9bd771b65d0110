// Runs a plan: claims, executes steps, says what happens. May not parse projects or render templates.
export type * from "./events.ts";
