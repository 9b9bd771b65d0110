// Owns reading what the drivers of databases, and Node's sockets, throw: the code, the message, and whether the way to the server is what failed.
// Knows no server's own codes.

export interface DriverError {
  readonly code: string;
  readonly message: string;
}

/** `no way`: nobody is reached. `cut`: the connection is gone. `not opened`: said only while a connection is opened or waited for. */
export type NetworkTrouble = "no way" | "cut" | "not opened";

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
// "not queryable" is said of a connection that broke while nothing was asked of it: between two statements of a transaction.
const CUT_TEXT =
  /connection (terminated|ended|lost|is closed)|closed state|client .*not queryable|socket (hang up|has been ended)/i;
const NOT_OPENED_TEXT =
  /timeout expired|timed? ?out|self[- ]signed|certificate|does not support (SSL|secure)|HANDSHAKE|pool is probably full|operation timed out/i;

/** Code and message of anything a driver throws; several attempts in one error give the first one's. */
export function driverError(error: unknown): DriverError {
  const found = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  const { code, message } = (found ?? {}) as { code?: unknown; message?: unknown };
  return {
    code: typeof code === "string" ? code : "",
    message: typeof message === "string" && message !== "" ? message : String(code ?? found),
  };
}

/** undefined when the failure is of another kind. */
export function networkTrouble({ code, message }: DriverError): NetworkTrouble | undefined {
  if (NO_WAY.has(code)) return "no way";
  if (CUT.has(code) || CUT_TEXT.test(message)) return "cut";
  return NOT_OPENED_TEXT.test(message) || code.startsWith("HANDSHAKE") ? "not opened" : undefined;
}
