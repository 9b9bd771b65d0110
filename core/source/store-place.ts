// Owns where a store is, for messages: host, port and database, or a file. Never a user or a password.
import { problems } from "../errors/index.ts";
import type { StoreSettings } from "./types.ts";

/** What every error of a store says about it. */
export interface StorePlace {
  readonly store: string;
  readonly place: string;
}

/** The driver's options. Throws `store/connection-invalid`. */
export function connectionOptions(
  settings: StoreSettings,
  protocols: readonly string[],
  urlKey: string,
): Readonly<Record<string, unknown>> {
  if (typeof settings.connection !== "string") return settings.connection;
  const protocol = parseUrl(settings.connection)?.protocol;
  if (protocol !== undefined && protocols.includes(protocol)) return { [urlKey]: settings.connection };
  throw problems.storeConnectionInvalid({
    store: settings.id,
    client: settings.client,
    reason: protocol === undefined ? "it is not a URL" : `it is a URL for \`${protocol}\``,
  });
}

export function networkPlace(settings: StoreSettings, defaultPort: number): StorePlace {
  const { connection } = settings;
  const text = typeof connection === "string" ? connection : (connection.connectionString ?? connection.uri);
  const url = typeof text === "string" ? parseUrl(text) : undefined;
  const given = typeof connection === "string" ? {} : connection;
  const host = url?.hostname || given.host || "localhost";
  const port = url?.port || given.port || defaultPort;
  const database = url === undefined ? given.database : decodeURIComponent(url.pathname.slice(1));
  return { store: settings.id, place: `${host}:${port}${database ? `/${database}` : ""}` };
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
