// Owns connecting to a Postgres store.
import type { Client } from "pg";
import type { ConsistentSession, SourceAdapter } from "../../types.ts";
import { openRawConnections } from "../raw-connections.ts";
import { createStoreConnection } from "../store-connection.ts";
import { connectionOptions, networkPlace } from "../store-place.ts";
import { openPostgresSession } from "./session.ts";

const DEFAULTS = {
  application_name: "mesh",

  connectionTimeoutMillis: 10_000,
  keepAlive: true,
};

export const postgresSource: SourceAdapter = {
  client: "pg",
  async connect(settings) {
    const options = { ...DEFAULTS, ...connectionOptions(settings, ["postgres:", "postgresql:"], "connectionString") };
    const at = networkPlace(settings, 5432);
    // One for the leader, the rest for the readers.
    const connections = openRawConnections<Client>("pg", options, settings.concurrency + 1, endSocket);
    return createStoreConnection(
      (signal): Promise<ConsistentSession> => openPostgresSession(connections, settings.concurrency, at, signal),
      () => connections.destroy(),
    );
  },
};

/** `Client.end` waits for the running query; a connection that is thrown away waits for nothing. */
function endSocket(client: Client): void {
  (client as Client & { readonly connection: { readonly stream: { destroy(): void } } }).connection.stream.destroy();
}
