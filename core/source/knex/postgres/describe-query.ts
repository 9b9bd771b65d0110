// Owns what a query as a port gives: its columns, described by the server without running it.
import type { Client } from "pg";
import { problems } from "../../../errors/index.ts";
import type { StorePlace } from "../../store-place.ts";
import { type CatalogTable, nameColumns } from "./catalog.ts";
import { postgresFailure } from "./failures.ts";
import { oneSelect } from "./select-only.ts";

/** Syntax and names, what a read-only transaction forbids, and what cannot stand in FROM. */
const NOT_A_PORT = /^42(?!501)|^25006$|^0A000$/;

/** Throws `store/query-not-a-select`, `store/permission-denied`, … */
export async function describeQuery(
  client: Client,
  at: StorePlace,
  port: string,
  query: string,
): Promise<CatalogTable> {
  const one = oneSelect(query);
  if ("refused" in one) throw problems.storeQueryNotASelect({ ...at, port, reason: one.refused });
  // A comment at the query's end must not swallow the bracket.
  const sql = `(\n${one.select}\n) AS mesh_port`;
  const { fields } = await client.query({ text: `SELECT * FROM ${sql} LIMIT 0`, rowMode: "array" }).catch((error) => {
    const { code = "", message } = error as { code?: string; message: string };
    if (NOT_A_PORT.test(code)) throw problems.storeQueryNotASelect({ ...at, port, reason: message }, { cause: error });
    throw postgresFailure(error, at, `describing the query of \`${port}\``);
  });
  const names = fields.map(({ name }) => name);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  if (twice.length > 0) {
    const reason = `it gives ${[...new Set(twice)].map((name) => `\`${name}\``).join(", ")} more than once`;
    throw problems.storeQueryNotASelect({ ...at, port, reason });
  }
  return { sql, storedId: undefined, readable: true, columns: await nameColumns(client, fields) };
}
