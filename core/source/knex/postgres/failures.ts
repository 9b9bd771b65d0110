// Owns telling Postgres' failures apart by their SQLSTATE.
import { type MeshError, problems, toMeshError } from "../../../errors/index.ts";
import { driverError } from "../../../util/index.ts";
import { networkFailure } from "../../network-failure.ts";
import type { StorePlace } from "../../store-place.ts";

const DENIED_LOGIN = new Set(["28P01", "28000"]);
const NOT_UTF8 = new Set(["22021", "22P05"]);
const SHUTTING_DOWN = new Set(["57P01", "57P02", "57P05", "25P03", "25P04"]);

/** The coded error for anything that pg throws; a coded error stays as it is. `what` is what was being done. */
export function postgresFailure(error: unknown, at: StorePlace, what: string): MeshError {
  return toMeshError(error, () => classify(error, at, what));
}

function classify(error: unknown, at: StorePlace, what: string): MeshError {
  const { code, message } = driverError(error);
  const facts = { ...at, what, reason: message };
  const permanent = { cause: error };
  const passing = { cause: error, retryable: true };
  if (DENIED_LOGIN.has(code) || /password must be a string|SASL/.test(message))
    return problems.storeAccessDenied(facts, permanent);
  if (code === "3D000") return problems.storeDatabaseMissing(facts, permanent);
  if (code === "42501") return problems.storePermissionDenied(facts, permanent);
  if (code === "53300") return problems.storeTooManyConnections(at, passing);
  if (code === "57P03") return problems.storeUnreachable(facts, passing);
  if (code === "57014" || code === "55P03") return problems.storeTimeout(facts, passing);
  if (SHUTTING_DOWN.has(code) || code.startsWith("08")) return problems.storeConnectionLost(facts, passing);
  if (code === "40001" || code === "40P01" || code === "72000") return problems.storeConflict(facts, passing);
  if (NOT_UTF8.has(code)) return problems.storeTextNotUtf8({ ...at, what }, permanent);
  const network = networkFailure(error, at, what);
  if (network) return network;
  // A data exception quotes the value that caused it, and values stay in the store.
  const reason = code.startsWith("22") ? `a value could not be computed or converted (SQLSTATE ${code})` : message;
  return problems.storeQueryFailed({ ...at, what, reason }, permanent);
}
