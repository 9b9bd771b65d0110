// The warehouse port; adapters are in the folders beside it and are loaded when first used. May not import other ports.
export { openSeedReader } from "./open-seed-reader.ts";
export { offsetInQuery, sqlFailureOf, trimQuery } from "./sql-failure.ts";
export type * from "./types.ts";
