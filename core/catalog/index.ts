// What surfaces show of the state and the manifest: the API's answers, the CLI's lists. May not read or change anything itself.
export * from "./ask-shapes.ts";
export * from "./backfill-shapes.ts";
export * from "./deployment-shapes.ts";
export * from "./mute-subject.ts";
export * from "./pause-subject.ts";
export * from "./shapes.ts";
export * from "./show-level.ts";
export * from "./show-model.ts";
export * from "./show-record.ts";
