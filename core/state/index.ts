// The state port; adapters are in the folders beside it and are loaded when first used. May not import other ports.
export type * from "./audit-types.ts";
export { type OpenStateOptions, openState, type StateLocation } from "./open-state.ts";
export type * from "./task-types.ts";
export type * from "./types.ts";
