// Owns opening what a store's schema is asked of: the store itself, another database with its schema, or a file.
import { resolve } from "node:path";
import { problems } from "./errors/index.ts";
import type { Manifest, Store } from "./manifest/index.ts";
import type { CheckStoreOptions } from "./mesh-types.ts";
import type { StoreConnection, StoreSchema } from "./source/index.ts";
import { closest } from "./util/index.ts";

export interface SchemaRequest {
  readonly manifest: Manifest;
  readonly options: CheckStoreOptions;
  /** Resolves places for the environment and registers secrets. `connection` is the declared one unless given. */
  readonly connect: (store: string, connection?: string) => Promise<StoreConnection>;
}

/** Opens it for the time of one use. */
export async function withStoreSchema<T>(
  { manifest, options, connect }: SchemaRequest,
  use: (schema: StoreSchema, store: Store) => Promise<T>,
): Promise<T> {
  const store = findStore(manifest, options.store);
  if (options.schema !== undefined) {
    const { openSchemaFile } = await import("./source/index.ts");
    const file = { path: resolve(options.schema), name: options.schema, client: store.client };
    return use(await openSchemaFile(file), store);
  }
  const connection = await connect(store.id, options.connection);
  try {
    return await use(await connection.openConsistentSession(), store);
  } finally {
    await connection.close();
  }
}

/** Throws `store/not-found`. */
function findStore(manifest: Manifest, name: string): Store {
  const stores = Object.values(manifest.stores);
  const exact = manifest.stores[name];
  if (exact) return exact;
  const [found, ...others] = stores.filter((store) => store.name === name);
  if (found && others.length === 0) return found;
  const known = stores.map(({ id }) => id);
  throw problems.storeNotFound({ store: name, near: closest(name, known), known });
}
