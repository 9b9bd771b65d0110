// The statements that make one build, one file per materialization. May not run SQL, read files or know a warehouse's adapter.
export { incrementalBase } from "./incremental-base.ts";
export { incrementalStrategies } from "./incremental-strategies.ts";
export { makeStatement } from "./make-statement.ts";
export { boundText, type Cursor, cursorKind, watermark, windowStart } from "./snapshots/cursor.ts";
export { snapshotStrategies } from "./snapshots/index.ts";
export { META_COLUMNS, metaColumns, metaNames } from "./snapshots/meta-columns.ts";
export { cursorOf } from "./snapshots/settings.ts";
export type {
  SnapshotCheck,
  SnapshotWork,
  WindowBounds,
} from "./snapshots/snapshot-strategy.ts";
export { historyMisfit, whyAnew } from "./snapshots/why-anew.ts";
export type { NewRows, StatementInput } from "./statement-input.ts";
export { materializations } from "./types/index.ts";
