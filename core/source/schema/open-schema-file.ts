// Owns answering for a store from a file: a schema that mesh wrote, or the dump of the store's own tool.
import { readFile } from "node:fs/promises";
import { problems } from "../../errors/index.ts";
import type { StoreClient } from "../../manifest/index.ts";
import type { SourceTable } from "../types.ts";
import type { SchemaContents, StoreSchema } from "./types.ts";

/** Reads a dump. Throws an Error with a reason that names no value. */
type DumpReader = (sql: string) => Promise<SchemaContents>;

const DUMPS: Readonly<Partial<Record<StoreClient, () => Promise<DumpReader>>>> = {
  pg: async () => (await import("../knex/postgres/read-dump.ts")).readPostgresDump,
  mysql: async () => (await import("../knex/mysql/read-dump.ts")).readMysqlDump,
  sqlite: async () => (await import("../knex/sqlite/read-dump.ts")).readSqliteDump,
};

export interface SchemaFile {
  /** Absolute. */
  readonly path: string;
  /** As the user wrote it, for messages. */
  readonly name: string;
  readonly client: StoreClient;
}

/** Throws `store/schema-file-unusable`. */
export async function openSchemaFile({ path, name, client }: SchemaFile): Promise<StoreSchema> {
  const unusable = (reason: string, cause?: unknown) =>
    problems.schemaFileUnusable({ file: name, client, reason }, { cause });
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw unusable(error.code === "ENOENT" ? "there is no such file" : `it cannot be read (${error.code})`, error);
  });
  const isJson = /^\s*\{/.test(text);
  const load = DUMPS[client];
  if (!isJson && !load) throw unusable("SQL dumps of this kind of store are not read");
  let contents: SchemaContents;
  try {
    contents = isJson
      ? (await import("./schema-json.ts")).parseSchema(text, client)
      : await (await (load as NonNullable<typeof load>)())(text);
  } catch (error) {
    throw unusable(error instanceof Error ? error.message : String(error), error);
  }
  return schemaOf(contents, name);
}

function schemaOf({ tables, queries }: SchemaContents, file: string): StoreSchema {
  const unknown = (what: string) =>
    problems.schemaUnknown({ reasons: [`The schema file ${file} does not tell ${what}.`] });
  const byName = new Map(tables.flatMap((table) => table.names.map((name) => [name, table] as const)));
  return {
    async columns(table) {
      const { query, identifier } = table;
      if (query !== undefined) {
        const columns = queries[query];
        if (columns === undefined) throw unknown(`the columns of the query \`${identifier}\``);
        return columns;
      }
      const found = find(table, byName);
      if (found?.columns === null) throw unknown(`the columns of the view \`${identifier}\``);
      return found?.columns;
    },
    tables: async () => [...byName.keys()],
    close: async () => undefined,
  };
}

function find<Table>({ schema, identifier }: SourceTable, byName: ReadonlyMap<string, Table>): Table | undefined {
  return byName.get(schema === undefined ? identifier : `${schema}.${identifier}`);
}
