// Owns the settings of ioredis under which no command waits without end. The one place that makes clients.
import { Redis } from "ioredis";
import type { RedisAddress } from "./address.ts";

/** Longest time that a command or a connection attempt is waited for. */
export const COMMAND_TIMEOUT_MS = 5_000;

export interface ClientOptions {
  /** Shown by CLIENT LIST. */
  readonly name: string;
  /**
   * `commands` fail at once while there is no connection, and after five seconds without an answer. `listening` waits for a connection;
   * who uses it subscribes anew on each one. `once` gives up when the first attempt fails.
   */
  readonly use: "commands" | "listening" | "once";
}

/** Half a second after the first failures, three seconds after many; spread, so that a fleet does not come back all at once. */
const reconnectAfterMs = (attempt: number) => Math.min(100 * 2 ** Math.min(attempt, 5), 3_000) * (0.5 + Math.random());

/** A client that has begun to connect. What goes wrong with the connection is an `error` event: listen to it. */
export function openClient(address: RedisAddress, { name, use }: ClientOptions): Redis {
  const { host, port, db, tls, username, password } = address;
  return new Redis({
    host,
    port,
    db,
    connectionName: name,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
    connectTimeout: COMMAND_TIMEOUT_MS,
    // A connection whose other end is gone without a word is given up when an answer is due.
    socketTimeout: COMMAND_TIMEOUT_MS * 2,
    keepAlive: 10_000,
    maxLoadingRetryTime: 1_000,
    // What looks at a Redis must also be understood by one that is too old.
    protocol: use === "once" ? 2 : 3,
    retryStrategy: use === "once" ? () => null : reconnectAfterMs,
    autoResendUnfulfilledCommands: false,
    ...(use === "listening"
      ? { maxRetriesPerRequest: null, enableOfflineQueue: true, autoResubscribe: false }
      : { maxRetriesPerRequest: 0, enableOfflineQueue: use === "once", commandTimeout: COMMAND_TIMEOUT_MS }),
  });
}
