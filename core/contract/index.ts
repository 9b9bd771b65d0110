// What was declared of a store against what is there: drift, widening of types, what a migration breaks. May not reach a store or the warehouse.
export { comparePort, type PortBreak, type PortNote } from "./compare-port.ts";
export { type SuggestedColumn, suggestColumns, suggestName } from "./declare-column.ts";
export { DRIFT_KINDS, DRIFT_MATRIX, type DriftOutcome, wordsFor } from "./drift-matrix.ts";
export { type Fit, fitsDeclared } from "./fits-declared.ts";
export {
  type DriftRequest,
  type DriftVerdict,
  judgeDrift,
  judgeHistory,
  type ReadBefore,
  type RecordedColumn,
} from "./judge-drift.ts";
export { isLosslessWidening, sameType } from "./store-type.ts";
