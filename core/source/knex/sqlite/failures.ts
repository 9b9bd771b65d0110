// Owns telling SQLite's failures apart by their result codes.
import { type MeshError, problems, toMeshError } from "../../../errors/index.ts";
import { driverError } from "../../../util/index.ts";
import type { StorePlace } from "../../store-place.ts";

/** The coded error for anything that libsql throws; a coded error stays as it is. `what` is what was being done. */
export function sqliteFailure(error: unknown, at: StorePlace, what: string): MeshError {
  return toMeshError(error, () => {
    const { code, message } = driverError(error);
    const facts = { ...at, what, reason: message };
    if (isBusy(error)) return problems.storeBusy(facts, { cause: error, retryable: true });
    if (/^SQLITE_(NOTADB|CORRUPT|FORMAT)/.test(code)) return problems.storeNotADatabase(facts, { cause: error });
    if (/^SQLITE_(CANTOPEN|PERM|AUTH|READONLY)/.test(code) || message.includes("ConnectionFailed")) {
      return problems.storePermissionDenied(
        { ...at, what: "the file", reason: "it cannot be opened" },
        { cause: error },
      );
    }
    if (code.startsWith("SQLITE_IOERR")) return problems.storeConnectionLost(facts, { cause: error, retryable: true });
    return problems.storeQueryFailed(facts, { cause: error });
  });
}

/** True when a statement ended because all of its connection were ended. */
export function isInterruption(error: unknown): boolean {
  return driverError(error).code === "SQLITE_INTERRUPT";
}

/** True when another program holds a lock. */
export function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(driverError(error).code);
}
