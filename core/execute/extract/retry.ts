// Owns when reading a store is tried again, and how long it waits before.
import { setTimeout as pause } from "node:timers/promises";
import { MeshError } from "../../errors/index.ts";

/** In all, the first one included. */
export const ATTEMPTS = 3;
const FIRST_WAIT_MS = 500;

/** A failure of the store that may be gone in a moment. A time limit is not: the same query would meet it again and load the store thrice. */
export function isPassing(error: unknown): boolean {
  return (
    error instanceof MeshError && error.retryable && error.code.startsWith("store/") && error.code !== "store/timeout"
  );
}

/** Waits after the `failures`th failure, four times as long each time. Throws when aborted. */
export async function backOff(failures: number, signal: AbortSignal): Promise<void> {
  await pause(FIRST_WAIT_MS * 4 ** (failures - 1), undefined, { signal });
}
