// Edges, order, cycles and selection over compiled models. May not read files, render templates or know a warehouse.
export { buildGraph, type Graph } from "./build-graph.ts";
export { explainSelection, refuseUnmatched } from "./explain-selection.ts";
export { findCycles } from "./find-cycles.ts";
export { findScheduleCycles, type ScheduleWait } from "./schedule-cycles.ts";
export { type ModelSelection, selectModels } from "./select-models.ts";
export { ancestorsOf, descendantsOf } from "./walk-graph.ts";
