// The source port; adapters are in the folders beside it and are loaded when first used. May not import other ports.
export { absoluteConnection } from "./absolute-connection.ts";
export { openStore } from "./open-store.ts";
export { openSchemaFile } from "./schema/open-schema-file.ts";
export type { StoreSchema } from "./schema/types.ts";
export type * from "./types.ts";

/** See `schema/schema-json.ts`. Loaded when first used, with the schema library. */
export async function writeStoreSchema(
  ...request: Parameters<typeof import("./schema/schema-json.ts")["writeSchema"]>
): Promise<string> {
  return (await import("./schema/schema-json.ts")).writeSchema(...request);
}
