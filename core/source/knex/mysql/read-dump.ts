// Owns reading the schema from `mysqldump --no-data`, whose CREATE TABLE statements are the server's own words, a column a line.
import type { SchemaContents, SchemaTable } from "../../schema/types.ts";
import type { StoreColumn } from "../../types.ts";
import { exactType } from "./column-types.ts";

const CREATE = /^CREATE TABLE (?:IF NOT EXISTS )?`((?:[^`]|``)+)` \($/;
const COLUMN =
  /^ {2}`((?:[^`]|``)+)` ([a-z0-9]+(?:\((?:'(?:[^'\\]|''|\\.)*'|[^'()])*\))?(?: unsigned)?(?: zerofill)?(?: with time zone)?)(.*?),?$/;
const VIEW = /^\/\*!\d+ (?:CREATE |VIEW )?.*?VIEW `((?:[^`]|``)+)` AS/;
const QUOTED = /'(?:[^'\\]|''|\\.)*'/g;

/** Throws an Error that says what is not understood. */
export async function readMysqlDump(sql: string): Promise<SchemaContents> {
  const tables: SchemaTable[] = [];
  let open: { name: string; columns: StoreColumn[] } | undefined;
  for (const [i, line] of sql.split(/\r?\n/).entries()) {
    if (open === undefined) {
      const created = CREATE.exec(line)?.[1];
      if (created !== undefined) open = { name: unquote(created), columns: [] };
      else if (/^CREATE TABLE\b/i.test(line))
        throw new Error(`line ${i + 1} is not as mysqldump writes a CREATE TABLE`);
      const view = VIEW.exec(line)?.[1];
      if (view !== undefined) tables.push({ names: [unquote(view)], columns: null });
    } else if (line.startsWith(")")) {
      tables.push({ names: [open.name], columns: open.columns });
      open = undefined;
    } else if (line.startsWith("  `")) open.columns.push(readColumn(line, i + 1));
  }
  if (open !== undefined) throw new Error(`it ends inside of the table ${open.name}`);
  if (tables.length === 0) throw new Error("it creates no table");
  return { tables, queries: {} };
}

function readColumn(line: string, number: number): StoreColumn {
  const [, quotedName, storeType, rest = ""] = COLUMN.exec(line) ?? [];
  if (quotedName === undefined || storeType === undefined)
    throw new Error(`line ${number} is not as mysqldump writes a column`);
  const name = unquote(quotedName);
  const said = rest.replaceAll(QUOTED, "''");
  const [, precision, scale] = /\((\d+)(?:,(\d+))?\)/.exec(storeType) ?? [];
  const isJson = said.includes(`json_valid(\`${quotedName}\`)`);
  const base = isJson ? "json" : (/^[a-z0-9]+/.exec(storeType)?.[0] ?? "");
  const facts = { name, storeType, base, precision: Number(precision ?? 0), scale: Number(scale ?? 0) };
  const nullable = !/\bNOT NULL\b/.test(said);
  return { name, storeType, type: exactType({ ...facts, nullable, charset: undefined, length: 0 }), nullable };
}

function unquote(name: string): string {
  return name.replaceAll("``", "`");
}
