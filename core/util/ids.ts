// Owns ids: 26 characters, sortable by creation time (ULID), safe in file names and SQL identifiers.
import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
let lastMs = 0;
let lastRandom = 0n;

/** A new id, greater than every id made before it in this process. */
export function createId(nowMs: number = Date.now()): string {
  const ms = Math.max(nowMs, lastMs);
  lastRandom = ms === lastMs ? lastRandom + 1n : BigInt(`0x${randomBytes(10).toString("hex")}`) >> 1n;
  lastMs = ms;
  let value = (BigInt(ms) << 80n) | lastRandom;
  let id = "";
  for (let i = 0; i < 26; i++) {
    id = (ALPHABET[Number(value & 31n)] ?? "0") + id;
    value >>= 5n;
  }
  return id;
}
