// Owns the DuckDB that reads Parquet files as lines of CSV. It is not the warehouse's: it only reads, with little memory.
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { problems } from "../../errors/index.ts";
import { quoteString } from "../../util/index.ts";
import type { ListedFile } from "./listing.ts";
import { type FilePlace, refuseReplaced } from "./read-bytes.ts";

export interface ParquetEngine {
  /** Names, and types as DuckDB says them. */
  columns(file: ListedFile, at: FilePlace): Promise<readonly { readonly name: string; readonly type: string }[]>;
  /** The texts of a query of one text column over the file, which `from` names. */
  texts(
    file: ListedFile,
    at: FilePlace,
    query: (from: string) => string,
    signal: AbortSignal,
  ): AsyncGenerator<readonly string[]>;
  close(): Promise<void>;
}

const MEMORY_LIMIT = "512MB";

export function createParquetEngine(): ParquetEngine {
  let starting: Promise<DuckDBInstance> | undefined;

  const withConnection = async function* <T>(
    file: ListedFile,
    at: FilePlace,
    use: (connection: DuckDBConnection) => AsyncGenerator<T>,
  ): AsyncGenerator<T> {
    await refuseReplaced(file, at);
    starting ??= start();
    const connection = await (await starting).connect();
    try {
      yield* use(connection);
      await refuseReplaced(file, at);
    } catch (error) {
      throw await parquetFailure(error, file, at);
    } finally {
      connection.closeSync();
    }
  };

  return {
    async columns(file, at) {
      const found: { name: string; type: string }[] = [];
      const described = withConnection(file, at, async function* (connection) {
        const result = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${readParquet(file)}`);
        yield result.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }));
      });
      for await (const columns of described) found.push(...columns);
      return found;
    },
    texts: (file, at, query, signal) =>
      withConnection(file, at, async function* (connection) {
        const stop = () => connection.interrupt();
        signal.addEventListener("abort", stop, { once: true });
        try {
          signal.throwIfAborted();
          const result = await connection.stream(query(readParquet(file)));
          for (;;) {
            const chunk = await result.fetchChunk();
            signal.throwIfAborted();
            if (!chunk || chunk.rowCount === 0) return;
            yield chunk.getColumnValues(0) as readonly string[];
          }
        } catch (error) {
          if (signal.aborted) throw signal.reason;
          throw error;
        } finally {
          signal.removeEventListener("abort", stop);
        }
      }),
    async close() {
      (await starting?.catch(() => undefined))?.closeSync();
      starting = undefined;
    },
  };
}

async function start(): Promise<DuckDBInstance> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:", {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    memory_limit: MEMORY_LIMIT,
    threads: "2",
  });
  const connection = await instance.connect();
  await connection.run("set global TimeZone = 'UTC'");
  connection.closeSync();
  return instance;
}

/** Its name is no pattern, and folders in it are no columns. */
function readParquet({ file }: ListedFile): string {
  const literal = file.replace(/[*?[]/g, "[$&]");
  return `read_parquet(${quoteString(literal)}, hive_partitioning = false, file_row_number = false)`;
}

async function parquetFailure(error: unknown, file: ListedFile, at: FilePlace): Promise<unknown> {
  if (!(error instanceof Error) || "code" in error || !/^\w[\w ]*Error:/.test(error.message)) return error;
  // Overwritten under the reader's eyes, its pages are of two files.
  await refuseReplaced(file, at).catch((changed) => Promise.reject(changed));
  const [reason = ""] = error.message.split("\n");
  // What could not be converted is quoted, and values stay in the store.
  const said = /^(Conversion|Out of Range) Error|convert|cast/i.test(reason)
    ? "a value cannot be converted to the type that it is declared as"
    : reason.replaceAll(file.file, at.place).replace(/:? ?".*$/, "");
  return problems.filesMalformed({ ...at, line: undefined, reason: said }, { cause: error });
}
