// Owns the coded errors that every networked store shares: no way to the server, or the way was cut. Knows no server's own codes.
import type { MeshError } from "../errors/index.ts";
import { problems } from "../errors/index.ts";
import { driverError, networkTrouble } from "../util/index.ts";
import type { StorePlace } from "./store-place.ts";

/** The coded error for a broken or missing way to the server; undefined when the failure is of another kind. */
export function networkFailure(error: unknown, at: StorePlace, what: string): MeshError | undefined {
  const found = driverError(error);
  const context = { retryable: true, cause: error };
  const trouble = networkTrouble(found);
  if (trouble === "no way" || (trouble !== undefined && what === CONNECTING))
    return problems.storeUnreachable({ ...at, reason: found.message }, context);
  return trouble === "cut" ? problems.storeConnectionLost({ ...at, what, reason: found.message }, context) : undefined;
}

/** What an adapter was doing while it opened a connection. */
export const CONNECTING = "the login";
