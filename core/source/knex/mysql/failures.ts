// Owns telling MySQL's and MariaDB's failures apart by their error names.
import { type MeshError, problems, toMeshError } from "../../../errors/index.ts";
import { driverError } from "../../../util/index.ts";
import { networkFailure } from "../../network-failure.ts";
import type { StorePlace } from "../../store-place.ts";

const DENIED_LOGIN = new Set([
  "ER_ACCESS_DENIED_ERROR",
  "ER_ACCESS_DENIED_NO_PASSWORD_ERROR",
  "ER_NOT_SUPPORTED_AUTH_MODE",
  "ER_ACCOUNT_HAS_BEEN_LOCKED",
]);
const DENIED_READ = new Set([
  "ER_TABLEACCESS_DENIED_ERROR",
  "ER_COLUMNACCESS_DENIED_ERROR",
  "ER_DBACCESS_DENIED_ERROR",
  "ER_SPECIFIC_ACCESS_DENIED_ERROR",
  "ER_VIEW_INVALID",
]);
const FULL = new Set(["ER_CON_COUNT_ERROR", "ER_TOO_MANY_USER_CONNECTIONS", "ER_USER_LIMIT_REACHED"]);
const SLOW = new Set(["ER_QUERY_TIMEOUT", "ER_STATEMENT_TIMEOUT", "ER_LOCK_WAIT_TIMEOUT", "ER_QUERY_INTERRUPTED"]);
const GONE = new Set([
  "ER_SERVER_SHUTDOWN",
  "ER_CONNECTION_KILLED",
  "ER_NORMAL_SHUTDOWN",
  "ER_NEW_ABORTING_CONNECTION",
  "ER_NET_WRITE_INTERRUPTED",
  "ER_CLIENT_INTERACTION_TIMEOUT",
]);
const CONFLICT = new Set(["ER_TABLE_DEF_CHANGED", "ER_LOCK_DEADLOCK", "ER_CHECKREAD"]);
const VALUE_QUOTED = new Set([
  "ER_TRUNCATED_WRONG_VALUE",
  "ER_DATA_OUT_OF_RANGE",
  "ER_TRUNCATED_WRONG_VALUE_FOR_FIELD",
  "ER_WRONG_VALUE",
  "ER_WRONG_VALUE_FOR_TYPE",
  "ER_CANNOT_CONVERT_STRING",
  // Of a temporary table that a GROUP BY fills.
  "ER_DUP_ENTRY",
  "ER_INVALID_JSON_TEXT",
  "ER_INVALID_JSON_TEXT_IN_PARAM",
]);

/** The driver knows MySQL's names only. */
const MARIADB_ONLY: Readonly<Record<number, string>> = { 1927: "ER_CONNECTION_KILLED", 1969: "ER_STATEMENT_TIMEOUT" };

/** The coded error for anything that mysql2 throws; a coded error stays as it is. `what` is what was being done. */
export function mysqlFailure(error: unknown, at: StorePlace, what: string): MeshError {
  return toMeshError(error, () => classify(error, at, what));
}

function classify(error: unknown, at: StorePlace, what: string): MeshError {
  const { code: named, message } = driverError(error);
  const code = named || (MARIADB_ONLY[(error as { errno?: number } | undefined)?.errno ?? 0] ?? "");
  const facts = { ...at, what, reason: message };
  const permanent = { cause: error };
  const passing = { cause: error, retryable: true };
  if (DENIED_LOGIN.has(code)) return problems.storeAccessDenied(facts, permanent);
  if (code === "ER_BAD_DB_ERROR" || code === "ER_NO_DB_ERROR") return problems.storeDatabaseMissing(facts, permanent);
  if (DENIED_READ.has(code)) return problems.storePermissionDenied(facts, permanent);
  if (FULL.has(code)) return problems.storeTooManyConnections(at, passing);
  if (SLOW.has(code)) return problems.storeTimeout(facts, passing);
  if (GONE.has(code)) return problems.storeConnectionLost(facts, passing);
  if (CONFLICT.has(code)) return problems.storeConflict(facts, passing);
  const network = networkFailure(error, at, what);
  if (network) return network;
  // Some messages quote the value that caused them, and values stay in the store.
  const reason = VALUE_QUOTED.has(code) ? `a value could not be computed or converted (${code})` : message;
  return problems.storeQueryFailed({ ...at, what, reason }, permanent);
}
