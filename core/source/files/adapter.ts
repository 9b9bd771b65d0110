// Owns connecting to a store that is a folder of files. Its point is the list of files of the moment a session opens: a file that
// is another one when it is read fails the reading.
import { createStoreConnection } from "../store-connection.ts";
import type { SourceAdapter } from "../types.ts";
import { extractFiles } from "./extract.ts";
import { fileFailure, listFiles } from "./listing.ts";
import { filesOptions } from "./options.ts";
import { createParquetEngine } from "./parquet-engine.ts";
import { columnsOf, type FilesContext } from "./table-files.ts";

export const filesSource: SourceAdapter = {
  client: "files",
  async connect(settings) {
    const options = filesOptions(settings);
    const parquet = createParquetEngine();
    return createStoreConnection(
      async (signal) => {
        signal?.throwIfAborted();
        const asOf = new Date();
        const listed = await listFiles(options, asOf.getTime(), signal);
        const closed = new AbortController();
        const context: FilesContext = { options, listed, parquet, stopped: closed.signal };
        return {
          asOf,
          async columns(table) {
            try {
              closed.signal.throwIfAborted();
              return await columnsOf(context, table);
            } catch (error) {
              const at = { store: settings.id, place: options.root };
              throw fileFailure(error, at, `looking up \`${table.identifier}\``);
            }
          },
          tables: async () => listed.map(({ path }) => path),
          async extract(request) {
            request.signal?.throwIfAborted();
            return extractFiles(context, request, settings.reading.readers);
          },
          close: async () => closed.abort(new Error("the session was closed")),
        };
      },
      () => parquet.close(),
    );
  },
};
