// Owns hashing of structured values without ambiguity: every part is tagged and length-prefixed before SHA-256.
import { createHash, type Hash } from "node:crypto";

export function sha256Hex(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

type Hashable =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Hashable[]
  | { readonly [key: string]: Hashable };

function feed(hash: Hash, value: unknown): void {
  if (value === null || value === undefined) hash.update("n;");
  else if (typeof value === "string") hash.update(`s${Buffer.byteLength(value)}:`).update(value);
  else if (typeof value === "number" || typeof value === "boolean")
    hash.update(`${typeof value === "number" ? "d" : "b"}${value};`);
  else if (Array.isArray(value)) {
    hash.update(`a${value.length}:`);
    for (const item of value) feed(hash, item);
  } else {
    const entries = Object.entries(value as object)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    hash.update(`o${entries.length}:`);
    for (const [key, item] of entries) {
      feed(hash, key);
      feed(hash, item);
    }
  }
}

/** SHA-256 (hex) of plain data; object key order and undefined properties do not count. */
export function hashOf(value: Hashable | object): string {
  const hash = createHash("sha256");
  feed(hash, value);
  return hash.digest("hex");
}
