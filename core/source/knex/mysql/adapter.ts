// Owns connecting to a MySQL or MariaDB store.
import type { Connection } from "mysql2";
import type { SourceAdapter } from "../../types.ts";
import { openRawConnections } from "../raw-connections.ts";
import { createStoreConnection } from "../store-connection.ts";
import { connectionOptions, networkPlace } from "../store-place.ts";
import { openMysqlSession } from "./session.ts";

const DEFAULTS = { charset: "utf8mb4", connectTimeout: 10_000, enableKeepAlive: true };

export const mysqlSource: SourceAdapter = {
  client: "mysql",
  async connect(settings) {
    const options = { ...DEFAULTS, ...connectionOptions(settings, ["mysql:", "mariadb:"], "uri") };
    const at = networkPlace(settings, 3306);
    // A session has one connection; the second asks the server to stop the first one's query.
    const connections = openRawConnections<Connection>("mysql2", options, 2, endSocket);
    return createStoreConnection(
      (signal) => openMysqlSession(connections, at, signal),
      () => connections.destroy(),
    );
  },
};

/** The driver's own way waits for the server's last bytes, which a stopped reader never takes. */
function endSocket(connection: Connection): void {
  connection.destroy();
  (connection as Connection & { readonly stream: { destroy(): void } }).stream.destroy();
}
