// What was promised against what is there: of a store (drift, widening of types, what a migration breaks) and of public models. May not reach a store or the warehouse.
export {
  type ContractChange,
  compareContracts,
} from "./compare-contracts.ts";
export { comparePort, type PortBreak, type PortNote } from "./compare-port.ts";
export { type SuggestedColumn, suggestColumns, suggestName } from "./declare-column.ts";
export { DRIFT_KINDS, DRIFT_MATRIX, type DriftOutcome, wordsFor } from "./drift-matrix.ts";
export { findMissingUpstreams, type MissingUpstream } from "./find-missing-upstreams.ts";
export { type Fit, fitsDeclared } from "./fits-declared.ts";
export {
  type DriftRequest,
  type DriftVerdict,
  judgeDrift,
  judgeHistory,
  type ReadBefore,
} from "./judge-drift.ts";
export { isLosslessWidening, sameType } from "./store-type.ts";
