// Owns the file in which mesh keeps a store's schema: the columns of every table, and of the queries that are ports.
import { z } from "zod";
import { MeshError } from "../../errors/index.ts";
import type { StoreClient } from "../../manifest/index.ts";
import type { SourceTable, StoreColumn } from "../types.ts";
import type { SchemaContents, SchemaTable, StoreSchema } from "./types.ts";

const VERSION = 1;
const column = z.strictObject({
  name: z.string(),
  storeType: z.string(),
  type: z.string().optional(),
  nullable: z.boolean(),
});
const file = z.strictObject({
  mesh_schema: z.literal(VERSION),
  client: z.string(),
  tables: z.array(z.strictObject({ names: z.array(z.string()), columns: z.array(column) })),
  queries: z.record(z.string(), z.array(column)),
});

const columnOf = ({ name, storeType, type, nullable }: z.infer<typeof column>): StoreColumn => ({
  name,
  storeType,
  type,
  nullable,
});

/** Throws an Error that says what is wrong with it. */
export function parseSchema(text: string, client: StoreClient): SchemaContents {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error("it is not JSON");
  }
  const parsed = file.safeParse(value);
  if (!parsed.success) throw new Error("it is not a schema that `mesh check-store --write-schema` wrote");
  if (parsed.data.client !== client)
    throw new Error(`it is the schema of a store of the client \`${parsed.data.client}\``);
  return {
    tables: parsed.data.tables.map(({ names, columns }) => ({ names, columns: columns.map(columnOf) })),
    queries: Object.fromEntries(
      Object.entries(parsed.data.queries).map(([query, columns]) => [query, columns.map(columnOf)]),
    ),
  };
}

/** All tables that the store's user may read, and the declared queries. The same schema gives the same text. */
export async function writeSchema(
  client: StoreClient,
  store: StoreSchema,
  declared: readonly SourceTable[],
): Promise<string> {
  const tables: SchemaTable[] = [];
  for (const names of groupNames(await store.tables())) {
    const columns = await readable(() => store.columns(tableOf(names[0] ?? "")));
    if (columns !== undefined) tables.push({ names, columns });
  }
  const queries: Record<string, readonly StoreColumn[]> = {};
  for (const table of declared) {
    const columns = table.query === undefined ? undefined : await store.columns(table);
    if (table.query !== undefined && columns !== undefined) queries[table.query] = columns;
  }
  return `${JSON.stringify({ mesh_schema: VERSION, client, tables, queries }, null, 2)}\n`;
}

/** A table that the user may not read is no port, and not in the file. */
async function readable<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof MeshError && error.code === "store/permission-denied") return undefined;
    throw error;
  }
}

/** A store lists a table of its default schema twice, one after the other: `orders`, `public.orders`. */
function groupNames(names: readonly string[]): readonly (readonly string[])[] {
  const groups: string[][] = [];
  for (const name of names) {
    const last = groups.at(-1);
    if (last?.length === 1 && name.endsWith(`.${last[0]}`) && tableOf(name).identifier === last[0]) last.push(name);
    else groups.push([name]);
  }
  return groups;
}

function tableOf(name: string): SourceTable {
  const dot = name.indexOf(".");
  return dot < 0 ? { identifier: name } : { schema: name.slice(0, dot), identifier: name.slice(dot + 1) };
}
