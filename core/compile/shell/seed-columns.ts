// Owns finding a seed's columns: the database's CSV sniffer over the whole file. Nothing else of the compiler reads a file this way.
import { join } from "node:path";
import type { DuckDBInstance } from "@duckdb/node-api";
import type { ColumnSchema } from "../../manifest/index.ts";
import { quoteString } from "../../util/index.ts";
import { readShellFailure } from "./shell-failure.ts";

export interface SeedRequest {
  /** The mesh's root, absolute. */
  readonly root: string;
  /** Relative to the root. */
  readonly path: string;
  readonly delimiter: string;
  /** Types that are given; the others are inferred. */
  readonly types: Readonly<Record<string, string>>;
}

export class SeedReader {
  #instance: DuckDBInstance | undefined;

  /** The columns, or what is wrong with the file. */
  async columns(
    request: SeedRequest,
  ): Promise<{ readonly columns: readonly ColumnSchema[] } | { readonly reason: string }> {
    const { DuckDBInstance } = await import("@duckdb/node-api");
    this.#instance ??= await DuckDBInstance.create(":memory:", { errors_as_json: "true", threads: "1" });
    const { root, path, delimiter, types } = request;
    const given = Object.entries(types).map(([name, type]) => `${quoteString(name)}: ${quoteString(type)}`);
    const options = [
      quoteString(join(root, path)),
      "header = true",
      `delim = ${quoteString(delimiter)}`,
      "sample_size = -1",
      ...(given.length > 0 ? [`types = {${given.join(", ")}}`] : []),
    ];
    const sql = `describe select * from read_csv(${options.join(", ")})`;
    const connection = await this.#instance.connect();
    try {
      const result = await connection.runAndReadAll(sql);
      return { columns: result.getRows().map(([name, type]) => ({ name: String(name), type: String(type) })) };
    } catch (error) {
      return { reason: readShellFailure(error, sql).reason.replaceAll(join(root, path), path) };
    } finally {
      connection.closeSync();
    }
  }

  close(): void {
    this.#instance?.closeSync();
  }
}
