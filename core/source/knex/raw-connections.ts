// Owns the knex pool of one store as the adapters use it: connections of the driver, taken and given back. Writes no SQL.
import knex, { type Knex } from "knex";

export interface RawConnections<Raw> {
  acquire(): Promise<Raw>;
  /** Back to the pool; `discard` ends it instead. */
  release(connection: Raw, discard?: boolean): Promise<void>;
  /** Ends all connections. */
  destroy(): Promise<void>;
}

const CREATE_TIMEOUT_MS = 15_000;
const silent = () => undefined;

/** At most `max` connections, none kept before it is asked for. The first failure to connect is thrown as the driver gave it. */
export function openRawConnections<Raw extends object>(
  client: string | typeof Knex.Client,
  connection: Readonly<Record<string, unknown>>,
  max: number,
  end: (connection: Raw) => void,
): RawConnections<Raw> {
  const db = knex({
    client,
    connection: connection as Knex.StaticConnectionConfig,
    useNullAsDefault: true,
    pool: {
      min: 0,
      max,
      createTimeoutMillis: CREATE_TIMEOUT_MS,
      acquireTimeoutMillis: CREATE_TIMEOUT_MS,
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
