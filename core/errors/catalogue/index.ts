// Every coded problem, one file per area. An area's file holds only `defineProblem` calls.
export * from "./cli.ts";
export * from "./config.ts";
export * from "./graph.ts";
export * from "./internal.ts";
export * from "./materialize.ts";
export * from "./plan.ts";
export * from "./project.ts";
export * from "./publish.ts";
export * from "./quality.ts";
export * from "./rows.ts";
export * from "./selection.ts";
export * from "./state.ts";
export * from "./store.ts";
export * from "./template.ts";
export * from "./typescript-model.ts";
export * from "./warehouse.ts";
export * from "./yaml.ts";
