// The statements that make one build, one file per materialization. May not run SQL, read files or know a warehouse's adapter.
export { incrementalBase } from "./incremental-base.ts";
export { incrementalStrategies } from "./incremental-strategies.ts";
export { makeStatement } from "./make-statement.ts";
export type { IncrementalBase, MaterializationType, NewRows, QueryRows, StatementInput } from "./statement-input.ts";
export { materializations } from "./types/index.ts";
