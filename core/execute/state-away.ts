// Owns what counts as a state store that could not be reached or takes nothing: no task is to blame for it.
import { MeshError } from "../errors/index.ts";

const AWAY: ReadonlySet<string> = new Set(["state/unreachable", "state/locked", "state/disk-full"]);

export function isStateAway(error: unknown): error is MeshError {
  return error instanceof MeshError && AWAY.has(error.code);
}
