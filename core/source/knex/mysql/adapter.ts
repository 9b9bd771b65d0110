// Owns connecting to a MySQL or MariaDB store.
import type { Connection } from "mysql2";
import { problems } from "../../../errors/index.ts";
import { createStoreConnection } from "../../store-connection.ts";
import { connectionOptions, networkPlace } from "../../store-place.ts";
import type { SourceAdapter } from "../../types.ts";
import { openRawConnections } from "../raw-connections.ts";
import { laneCount, openMysqlSession } from "./session.ts";

/** Probes after half a minute of silence: a server that is gone without a word is noticed some day. */
const DEFAULTS = { charset: "utf8mb4", enableKeepAlive: true, keepAliveInitialDelay: 30_000 };

export const mysqlSource: SourceAdapter = {
  client: "mysql",
  async connect(settings) {
    const { reading } = settings;
    if (reading.isolation === "serializable") {
      throw problems.storeConnectionInvalid({
        store: settings.id,
        client: settings.client,
        reason: "`isolation: serializable` locks every row that is read here; leave it out",
      });
    }
    const options = {
      ...DEFAULTS,
      connectTimeout: reading.connectTimeoutMs,
      ...connectionOptions(settings, ["mysql:", "mariadb:"], "uri"),
    };
    const at = networkPlace(settings, 3306);
    // One more than a session reads with: it holds the lock while they start, and asks the server to stop a query.
    const connections = openRawConnections<Connection>("mysql2", options, laneCount(reading) + 1, endSocket);
    return createStoreConnection(
      (signal) => openMysqlSession(connections, reading, at, signal),
      () => connections.destroy(),
    );
  },
};

/** The driver's own way waits for the server's last bytes, which a stopped reader never takes. */
function endSocket(connection: Connection): void {
  connection.destroy();
  (connection as Connection & { readonly stream: { destroy(): void } }).stream.destroy();
}
