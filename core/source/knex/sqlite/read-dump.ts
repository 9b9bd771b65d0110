// Owns reading the schema from a dump of SQLite: SQLite itself runs the script, into a file that is gone afterwards.
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Database from "libsql";
import type { SchemaContents } from "../../schema/types.ts";
import { exactType } from "./column-types.ts";

const FIND_TABLES =
  "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
const FIND_COLUMNS = 'SELECT name, type, "notnull" OR pk > 0 FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid';

/** Throws SQLite's own words. */
export async function readSqliteDump(sql: string): Promise<SchemaContents> {
  const folder = await mkdtemp(join(tmpdir(), "mesh-schema-"));
  const Libsql = createRequire(import.meta.url)("libsql") as typeof Database;
  try {
    const db = new Libsql(join(folder, "dump.sqlite"));
    try {
      db.exec(sql);
      const names = (db.prepare(FIND_TABLES).raw().all() as readonly (readonly unknown[])[]).map(([name]) =>
        String(name),
      );
      if (names.length === 0) throw new Error("it creates no table");
      return {
        tables: names.map((name) => ({ names: [name, `main.${name}`], columns: columnsOf(db, name) })),
        queries: {},
      };
    } finally {
      db.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function columnsOf(db: Database.Database, table: string) {
  const rows = db.prepare(FIND_COLUMNS).raw().all(table) as readonly (readonly unknown[])[];
  return rows.map(([name, type, required]) => ({
    name: String(name),
    storeType: String(type) || "no type",
    type: exactType(String(type)),
    nullable: Number(required) !== 1,
  }));
}
