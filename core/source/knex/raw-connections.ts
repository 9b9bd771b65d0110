// Owns the knex pool of one store as the adapters use it: connections of the driver, taken and given back. Writes no SQL.
import knex, { type Knex } from "knex";

export interface RawConnections<Raw> {
  acquire(): Promise<Raw>;
  /** Back to the pool; `discard` ends it instead. */
  release(connection: Raw, discard?: boolean): Promise<void>;
  /** Ends all connections. */
  destroy(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** The driver gives up first, and says why. */
const MARGIN_MS = 5_000;
const silent = () => undefined;

/** At most `max` connections, none kept before it is asked for. The first failure to connect is thrown as the driver gave it. */
export function openRawConnections<Raw extends object>(
  client: string | typeof Knex.Client,
  connection: Readonly<Record<string, unknown>>,
  max: number,
  end: (connection: Raw) => void,
  connectTimeoutMs = CONNECT_TIMEOUT_MS,
): RawConnections<Raw> {
  const timeout = connectTimeoutMs + MARGIN_MS;
  const db = knex({
    client,
    connection: connection as Knex.StaticConnectionConfig,
    useNullAsDefault: true,
    pool: {
      min: 0,
      max,
      createTimeoutMillis: timeout,
      acquireTimeoutMillis: timeout,
      propagateCreateError: true,
    },
    log: { warn: silent, error: silent, debug: silent, deprecate: silent },
  });
  const driver = db.client as { acquireConnection(): Promise<Raw>; releaseConnection(connection: Raw): Promise<void> };
  return {
    acquire: () => driver.acquireConnection(),
    async release(raw, discard = false) {
      if (discard) {
        end(raw);
        Object.assign(raw, { __knex__disposed: "ended by the reader" });
      }
      await driver.releaseConnection(raw);
    },
    destroy: () => db.destroy(),
  };
}
