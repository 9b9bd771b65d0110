// Owns connecting to a Postgres store.
import { Socket } from "node:net";
import type { Client } from "pg";
import { createStoreConnection } from "../../store-connection.ts";
import { connectionOptions, networkPlace } from "../../store-place.ts";
import type { SourceAdapter } from "../../types.ts";
import { openRawConnections } from "../raw-connections.ts";
import { openPostgresSession, readerCount } from "./session.ts";

const DEFAULTS = { application_name: "mesh", keepAlive: true };

export const postgresSource: SourceAdapter = {
  client: "pg",
  async connect(settings) {
    const { open, destroyAll } = trackSockets();
    const { reading } = settings;
    const options = {
      ...DEFAULTS,
      connectionTimeoutMillis: reading.connectTimeoutMs,
      ...connectionOptions(settings, ["postgres:", "postgresql:"], "connectionString"),
    };
    const at = networkPlace(settings, 5432);
    // One for the leader, the rest for the readers.
    const connections = openRawConnections<Client>(
      "pg",
      { ...options, stream: open },
      readerCount(reading) + 1,
      endSocket,
      reading.connectTimeoutMs,
    );
    return createStoreConnection(
      (signal) => openPostgresSession(connections, reading, at, signal),
      async () => {
        await connections.destroy();
        destroyAll();
      },
    );
  },
};

/** A login that fails on the client's side, such as one without a password, leaves its socket to whoever made it. */
function trackSockets(): { readonly open: () => Socket; readonly destroyAll: () => void } {
  const sockets = new Set<Socket>();
  return {
    open: () => {
      const socket = new Socket();
      sockets.add(socket);
      return socket.once("close", () => sockets.delete(socket));
    },
    destroyAll: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** `Client.end` waits for the running query; a connection that is thrown away waits for nothing. */
function endSocket(client: Client): void {
  (client as Client & { readonly connection: { readonly stream: { destroy(): void } } }).connection.stream.destroy();
}
