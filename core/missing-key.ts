// Owns the question whether a run would find the keys it needs. Tells what is wrong; reads no rows.
import { MeshError } from "./errors/index.ts";
import type { Manifest } from "./manifest/index.ts";
import { type Keyring, needsKey } from "./protect/index.ts";

/** What would stop a snapshot with tokens or hashes. undefined when there is none, or its key is there. */
export async function missingKey(manifest: Manifest, keyring: () => Promise<Keyring>): Promise<MeshError | undefined> {
  const needed = Object.values(manifest.models).some(({ source }) =>
    manifest.sources[source ?? ""]?.columns.some(needsKey),
  );
  if (!needed) return undefined;
  try {
    await keyring();
    return undefined;
  } catch (error) {
    if (error instanceof MeshError) return error;
    throw error;
  }
}
