// Owns the failures that every networked store shares: no way to the server, or the way was cut. Knows no server's own codes.
import type { MeshError } from "../errors/index.ts";
import { problems } from "../errors/index.ts";
import type { StorePlace } from "./store-place.ts";

const NO_WAY = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "EHOSTDOWN",
  "ENOENT",
  "EACCES",
]);
const CUT = new Set([
  "ECONNRESET",
  "EPIPE",
  "PROTOCOL_CONNECTION_LOST",
  "ECONNABORTED",
  "ERR_STREAM_DESTROYED",
  "ERR_STREAM_PREMATURE_CLOSE",
]);
const CUT_TEXT =
  /connection (terminated|ended|lost|is closed)|closed state|connection .*not queryable|socket (hang up|has been ended)/i;
const CONNECT_TEXT =
  /timeout expired|timed? ?out|self[- ]signed|certificate|does not support (SSL|secure)|HANDSHAKE|pool is probably full|operation timed out/i;

export interface DriverError {
  readonly code: string;
  readonly message: string;
}

/** Code and message of anything a driver throws; several attempts in one error give the first one's. */
export function driverError(error: unknown): DriverError {
  const found = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  const { code, message } = (found ?? {}) as { code?: unknown; message?: unknown };
  return {
    code: typeof code === "string" ? code : "",
    message: typeof message === "string" && message !== "" ? message : String(code ?? found),
  };
}

/** The coded error for a broken or missing way to the server; undefined when the failure is of another kind. */
export function networkFailure(error: unknown, at: StorePlace, what: string): MeshError | undefined {
  const { code, message } = driverError(error);
  const context = { retryable: true, cause: error };
  if (NO_WAY.has(code)) return problems.storeUnreachable({ ...at, reason: message }, context);
  if (
    what === CONNECTING &&
    (CUT.has(code) || CUT_TEXT.test(message) || CONNECT_TEXT.test(message) || code.startsWith("HANDSHAKE"))
  ) {
    return problems.storeUnreachable({ ...at, reason: message }, context);
  }
  if (CUT.has(code) || CUT_TEXT.test(message))
    return problems.storeConnectionLost({ ...at, what, reason: message }, context);
  return undefined;
}

/** What an adapter was doing while it opened a connection. */
export const CONNECTING = "the login";
