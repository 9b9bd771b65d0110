// Owns choosing a store's adapter, which is loaded only when one of its kind is opened.
import { problems } from "../errors/index.ts";
import type { SourceAdapter, StoreConnection, StoreSettings } from "./types.ts";

const ADAPTERS: Readonly<Partial<Record<StoreSettings["client"], () => Promise<SourceAdapter>>>> = {
  pg: async () => (await import("./knex/postgres/adapter.ts")).postgresSource,
  mysql: async () => (await import("./knex/mysql/adapter.ts")).mysqlSource,
  http: async () => (await import("./http/adapter.ts")).httpSource,
  sqlite: async () => (await import("./knex/sqlite/adapter.ts")).sqliteSource,
};

/** No connection is made before the first session. Throws `store/connection-invalid`. */
export async function openStore(settings: StoreSettings): Promise<StoreConnection> {
  const load = ADAPTERS[settings.client];
  if (!load) throw problems.unexpected({ what: `opening ${settings.id}`, reason: `no adapter for ${settings.client}` });
  return (await load()).connect(settings);
}
