// Owns choosing a store's adapter, which is loaded only when one of its kind is opened.
import type { SourceAdapter, StoreConnection, StoreSettings } from "./types.ts";

const ADAPTERS: Readonly<Record<StoreSettings["client"], () => Promise<SourceAdapter>>> = {
  pg: async () => (await import("./knex/postgres/adapter.ts")).postgresSource,
  mysql: async () => (await import("./knex/mysql/adapter.ts")).mysqlSource,
  files: async () => (await import("./files/adapter.ts")).filesSource,
  http: async () => (await import("./http/adapter.ts")).httpSource,
  sqlite: async () => (await import("./knex/sqlite/adapter.ts")).sqliteSource,
};

/** No connection is made before the first session. Throws `store/connection-invalid`. */
export async function openStore(settings: StoreSettings): Promise<StoreConnection> {
  return (await ADAPTERS[settings.client]()).connect(settings);
}
