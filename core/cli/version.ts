// Owns the version of this mesh.
import { createRequire } from "node:module";

/** As in package.json. */
export function readVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)("mesh-elt/package.json");
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "unknown";
}
