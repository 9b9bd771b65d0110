// Owns one consistent point of a SQLite file: one read transaction, through which tables are read one after another.
import type Database from "libsql";
import { problems } from "../../../errors/index.ts";
import type { ConsistentSession, SourceTable } from "../../types.ts";
import { createGate } from "../gate.ts";
import type { RawConnections } from "../raw-connections.ts";
import type { StorePlace } from "../store-place.ts";
import { tableName } from "../table-name.ts";
import { exactType } from "./column-types.ts";
import { extractTable, quote } from "./extract.ts";
import { sqliteFailure } from "./failures.ts";

const BUSY_TIMEOUT_MS = 5_000;
/** The first read fixes what the transaction sees; the clock is asked before it, so that everything older is seen. */
const CLOCK = "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
const FIRST_READ = "SELECT count(*) FROM sqlite_schema";

export async function openSqliteSession(
  connections: RawConnections<Database.Database>,
  at: StorePlace,
  signal?: AbortSignal,
): Promise<ConsistentSession> {
  signal?.throwIfAborted();
  const db = await connections.acquire().catch((error: unknown) => {
    throw sqliteFailure(error, at, "opening the file");
  });
  try {
    db.defaultSafeIntegers(true);
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    db.exec("BEGIN");
    const asOf = new Date(text(db, CLOCK));
    db.prepare(FIRST_READ).raw().get();
    return readThrough(connections, db, at, asOf, text(db, "PRAGMA encoding"));
  } catch (error) {
    await connections.release(db, true);
    throw sqliteFailure(error, at, "taking a consistent point");
  }
}

function text(db: Database.Database, sql: string): string {
  return String((db.prepare(sql).raw().get() as readonly unknown[])[0]);
}

interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
}

function readThrough(
  connections: RawConnections<Database.Database>,
  db: Database.Database,
  at: StorePlace,
  asOf: Date,
  encoding: string,
): ConsistentSession {
  const lane = createGate(1);
  const running = new Set<() => void>();
  const stopping = new AbortController();
  let closing: Promise<void> | undefined;

  /** Hidden columns are generated ones (2, 3), which can be read, and those of virtual tables (1), which are no data. */
  const find = (table: SourceTable): readonly TableColumn[] => {
    // A file has one schema; a name that no database is attached under would be an error and not an answer.
    if (table.schema !== undefined && table.schema !== "main") return [];
    const sql = 'SELECT name, type, "notnull" OR pk > 0 FROM pragma_table_xinfo(?, ?) WHERE hidden <> 1 ORDER BY cid';
    const rows = db.prepare(sql).raw().all(table.identifier, "main") as readonly (readonly unknown[])[];
    return rows.map(([name, type, required]) => ({
      name: String(name),
      type: String(type),
      required: required === 1n,
    }));
  };
  const guarded = async <Result>(what: string, read: () => Result): Promise<Result> => {
    try {
      stopping.signal.throwIfAborted();
      return read();
    } catch (error) {
      throw sqliteFailure(error, at, what);
    }
  };

  return {
    asOf,
    columns: (table) =>
      guarded(`looking up \`${tableName(table)}\``, () => {
        const found = find(table);
        if (found.length === 0) return undefined;
        return found.map(({ name, type, required }) => ({
          name,
          storeType: type || "no type",
          type: exactType(type),
          nullable: !required,
        }));
      }),
    tables: () =>
      guarded("listing the tables", () => {
        const sql =
          "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
        return (db.prepare(sql).raw().all() as readonly (readonly unknown[])[]).map(([name]) => String(name));
      }),
    async extract(request) {
      request.signal?.throwIfAborted();
      const name = tableName(request.table);
      const found = await guarded(`looking up \`${name}\``, () => find(request.table));
      if (found.length === 0)
        throw problems.storeQueryFailed({ ...at, what: `reading \`${name}\``, reason: "there is no such table" });
      const types = new Map(found.map(({ name: column, type }) => [column, type]));
      const from = `main.${quote(request.table.identifier)}`;
      return extractTable({ db, at, lane, stopped: stopping.signal, running, encoding, from, types }, request);
    },
    close() {
      closing ??= (async () => {
        stopping.abort(new Error("the session was closed"));
        for (const end of running) end();
        try {
          db.exec("ROLLBACK");
        } catch {
          // The transaction is gone already, and the connection ends now in any case.
        }
        await connections.release(db, true);
      })();
      return closing;
    },
  };
}
