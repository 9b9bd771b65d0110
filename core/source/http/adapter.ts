// Owns connecting to a store that is an HTTP API with JSON answers. It has no consistent point: what moves while it is read may be missed.
import { problems } from "../../errors/index.ts";
import { createStoreConnection } from "../store-connection.ts";
import type { SourceAdapter } from "../types.ts";
import { extractTable } from "./extract.ts";
import { httpOptions } from "./options.ts";

export const httpSource: SourceAdapter = {
  client: "http",
  async connect(settings) {
    const options = httpOptions(settings);
    const known = [...options.tables.keys()].sort();
    return createStoreConnection(
      async (signal) => {
        signal?.throwIfAborted();
        const closed = new AbortController();
        return {
          // An API tells no instant of its own; what it gives is at least as new as the moment it is first asked.
          asOf: new Date(),
          schemaless: true,
          columns: async ({ identifier }) => (options.tables.has(identifier) ? [] : undefined),
          tables: async () => known,
          async extract(request) {
            request.signal?.throwIfAborted();
            const table = options.tables.get(request.table.identifier);
            if (!table) throw problems.httpNoSuchTable({ store: settings.id, table: request.table.identifier, known });
            const signal = request.signal ? AbortSignal.any([request.signal, closed.signal]) : closed.signal;
            return extractTable(options, table, { ...request, signal });
          },
          close: async () => closed.abort(new Error("the session was closed")),
        };
      },
      async () => undefined,
    );
  },
};
