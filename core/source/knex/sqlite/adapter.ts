// Owns opening the SQLite file of a store, for reading only.
import { stat } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { problems } from "../../../errors/index.ts";
import { createStoreConnection } from "../../store-connection.ts";
import type { SourceAdapter, StoreSettings } from "../../types.ts";
import { LibsqlDialect } from "../libsql-dialect.ts";
import { openRawConnections } from "../raw-connections.ts";
import type { SqliteDb } from "./query.ts";
import { openSqliteSession } from "./session.ts";

export const sqliteSource: SourceAdapter = {
  client: "sqlite",
  async connect(settings) {
    const file = fileOf(settings);
    const at = { store: settings.id, place: file };
    // The driver has no read-only option of its own; the form of the name gives it SQLite's.
    const filename = `${pathToFileURL(file).href}?mode=ro`;
    const connections = openRawConnections<SqliteDb>(LibsqlDialect, { filename }, 1, (db) => db.close());
    return createStoreConnection(
      async (signal) => {
        const found = await stat(file).catch(() => undefined);
        if (!found) throw problems.storeDatabaseMissing({ ...at, reason: "there is no such file" });
        if (!found.isFile()) throw problems.storeNotADatabase({ ...at, reason: "it is not a file" });
        return openSqliteSession(connections, settings.reading, at, signal);
      },
      () => connections.destroy(),
    );
  },
};

function fileOf({ id, client, connection }: StoreSettings): string {
  const given = typeof connection === "string" ? connection : connection.filename;
  if (typeof given === "string" && given.startsWith("file:")) return fileURLToPath(given);
  if (typeof given === "string" && /^\w+:\/\//.test(given))
    throw problems.storeConnectionInvalid({ store: id, client, reason: "it is a URL" });
  if (typeof given === "string" && given !== "" && given !== ":memory:") return given;
  throw problems.storeConnectionInvalid({ store: id, client, reason: "it names no file" });
}
