// Every coded problem, one file per area. An area's file holds only `defineProblem` calls.
export * from "./internal.ts";
export * from "./plan.ts";
export * from "./quality.ts";
