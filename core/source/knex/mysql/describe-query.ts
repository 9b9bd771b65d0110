// Owns what a query as a port gives: its columns by preparing it, without running it, and whether its tables have consistent reads.
import type { Connection } from "mysql2";
import { type CatalogColumn, type CatalogTable, engineOf } from "./catalog.ts";
import { describeSelect, queryRows, type ResultField } from "./query.ts";

/** Of the protocol: the type's code and the names the catalog has for it, a text's and that of bytes. */
const TYPES: Readonly<Record<number, readonly [text: string, bytes?: string]>> = {
  0: ["decimal"],
  1: ["tinyint"],
  2: ["smallint"],
  3: ["int"],
  4: ["float"],
  5: ["double"],
  7: ["timestamp"],
  8: ["bigint"],
  9: ["mediumint"],
  10: ["date"],
  11: ["time"],
  12: ["datetime"],
  13: ["year"],
  14: ["date"],
  15: ["varchar", "varbinary"],
  16: ["bit"],
  242: ["vector"],
  245: ["json"],
  246: ["decimal"],
  247: ["enum"],
  248: ["set"],
  249: ["tinytext", "tinyblob"],
  250: ["mediumtext", "mediumblob"],
  251: ["longtext", "longblob"],
  252: ["text", "blob"],
  253: ["varchar", "varbinary"],
  254: ["char", "binary"],
  255: ["geometry"],
};
const BINARY_COLLATION = 63;
const FLAGS = { notNull: 1, unsigned: 32, zerofill: 64, enum: 256, set: 2048 };
const NUMBERS = /int$|^decimal$|^float$|^double$/;

/** Only a SELECT can stand here; a comment at the query's end must not swallow the bracket. */
function queryAsTable(query: string): string {
  return `(\n${query.trim().replace(/;$/, "")}\n) AS mesh_port`;
}

/** True for a text that begins like a SELECT; that it is one, and one alone, the server says when it prepares it as a table. */
export function isSelect(query: string): boolean {
  return /^(\s|\(|--[^\n]*\n|#[^\n]*\n|\/\*(?!!)[\s\S]*?\*\/)*(SELECT|WITH|VALUES|TABLE)\b/i.test(query);
}

export async function describeQuery(connection: Connection, query: string): Promise<CatalogTable> {
  const sql = queryAsTable(query);
  // The protocol tells a text's own character set only when results are not converted.
  await queryRows(connection, "SET character_set_results = NULL");
  let fields: readonly ResultField[];
  let sources: readonly ResultField[];
  try {
    fields = await describeSelect(connection, `SELECT * FROM ${sql} LIMIT 0`);
    // On its own, now that it is known to be a SELECT: as a table it hides where its columns come from.
    sources = await describeSelect(connection, query);
  } finally {
    await queryRows(connection, "SET character_set_results = utf8mb4");
  }
  const collations = await queryRows(connection, "SELECT id, character_set_name FROM information_schema.collations");
  const charsets = new Map(collations.map(([id, charset]) => [id, charset]));
  const columns = fields.map((field) => columnOf(field, charsets.get(String(field.characterSet)) ?? undefined));
  return { sql, engine: await engineBehind(connection, sources), columns };
}

/** An engine without consistent reads among the tables that plain columns come from: the protocol names no others. */
async function engineBehind(connection: Connection, fields: readonly ResultField[]): Promise<string | undefined> {
  const seen = new Set<string>();
  for (const { schema, orgTable } of fields) {
    const engine = orgTable === "" ? undefined : await engineOf(connection, schema, orgTable, seen);
    if (engine !== undefined) return engine;
  }
  return undefined;
}

function columnOf(field: ResultField, charset: string | undefined): CatalogColumn {
  const is = (flag: number) => (field.flags & flag) !== 0;
  const bytes = field.characterSet === BINARY_COLLATION;
  const [text = "varchar", ofBytes] = TYPES[field.columnType] ?? [];
  const named = is(FLAGS.enum) ? "enum" : is(FLAGS.set) ? "set" : ((bytes ? ofBytes : undefined) ?? text);
  const extended = field.extendedFormat === "json" ? "json" : field.extendedTypeName;
  const base = extended ?? named;
  const unsigned = is(FLAGS.unsigned);
  const scale = field.decimals > 30 && base !== "decimal" ? 0 : field.decimals;
  const precision =
    base === "decimal" ? field.columnLength - (scale > 0 ? 1 : 0) - (unsigned ? 0 : 1) : field.columnLength;
  return {
    name: field.name,
    storeType: storeType(base, precision, scale, unsigned, is(FLAGS.zerofill)),
    base,
    precision,
    scale,
    nullable: !is(FLAGS.notNull),
    charset: bytes || NUMBERS.test(base) ? undefined : charset,
    // In bytes here, of which a character has four at most.
    length: field.columnLength / 4,
  };
}

function storeType(base: string, precision: number, scale: number, unsigned: boolean, zerofill: boolean): string {
  const suffix = `${NUMBERS.test(base) && unsigned ? " unsigned" : ""}${zerofill ? " zerofill" : ""}`;
  if (base === "decimal") return `decimal(${precision},${scale})${suffix}`;
  if (base === "bit" || (base === "tinyint" && precision === 1)) return `${base}(${precision})${suffix}`;
  return `${base}${suffix}`;
}
