// The source port; adapters are in the folders beside it and are loaded when first used. May not import other ports.
export { openStore } from "./open-store.ts";
export type * from "./types.ts";
