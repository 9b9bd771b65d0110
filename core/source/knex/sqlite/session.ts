// Owns one consistent point of a SQLite file: one read transaction, through which tables are read one after another.
import { problems } from "../../../errors/index.ts";
import type { ReadingPolicy } from "../../../manifest/index.ts";
import { createGate } from "../../../util/index.ts";
import type { StorePlace } from "../../store-place.ts";
import { tableName } from "../../table-name.ts";
import type { ConsistentSession } from "../../types.ts";
import type { RawConnections } from "../raw-connections.ts";
import { estimateRows, findTable, listTables } from "./catalog.ts";
import { exactType } from "./column-types.ts";
import { extractTable } from "./extract.ts";
import { isBusy, isInterruption, sqliteFailure } from "./failures.ts";
import { queryRows, type SqliteDb } from "./query.ts";

/** The first read fixes what the transaction sees; the clock is asked before it, so that everything older is seen. */
const CLOCK = "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
const FIRST_READ = "SELECT count(*) FROM sqlite_schema";
const BUSY_SLICE_MS = 100;

export async function openSqliteSession(
  connections: RawConnections<SqliteDb>,
  policy: ReadingPolicy,
  at: StorePlace,
  signal?: AbortSignal,
): Promise<ConsistentSession> {
  signal?.throwIfAborted();
  const db = await connections.acquire().catch((error: unknown) => {
    throw sqliteFailure(error, at, "opening the file");
  });
  const interrupt = () => db.interrupt();
  signal?.addEventListener("abort", interrupt, { once: true });
  try {
    db.defaultSafeIntegers(true);
    await db.exec(`PRAGMA busy_timeout = ${BUSY_SLICE_MS}`);
    await db.exec("BEGIN");
    const asOf = await takePoint(db, performance.now() + policy.lockTimeoutMs, signal);
    const encoding = await text(db, "PRAGMA encoding");
    signal?.throwIfAborted();
    return readThrough(connections, { db, at, policy, encoding }, asOf);
  } catch (error) {
    await connections.release(db, true);
    if (signal?.aborted) throw signal.reason;
    throw sqliteFailure(error, at, "taking a consistent point");
  } finally {
    signal?.removeEventListener("abort", interrupt);
  }
}

/** SQLite's own wait for a lock does not end when it is interrupted, so it is cut into short ones. */
async function takePoint(db: SqliteDb, deadline: number, signal: AbortSignal | undefined): Promise<Date> {
  for (;;) {
    signal?.throwIfAborted();
    const asOf = new Date(await text(db, CLOCK));
    try {
      await queryRows(db, FIRST_READ);
      return asOf;
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
    }
  }
}

async function text(db: SqliteDb, sql: string): Promise<string> {
  return String((await queryRows(db, sql))[0]?.[0]);
}

interface OpenFile {
  readonly db: SqliteDb;
  readonly at: StorePlace;
  readonly policy: ReadingPolicy;
  readonly encoding: string;
}

function readThrough(connections: RawConnections<SqliteDb>, file: OpenFile, asOf: Date): ConsistentSession {
  const { db, at } = file;
  const lane = createGate(1);
  const running = new Set<() => void>();
  const inFlight = new Set<Promise<unknown>>();
  const stopping = new AbortController();
  let closing: Promise<void> | undefined;

  const ask = async <Result>(what: string, question: (db: SqliteDb) => Promise<Result>): Promise<Result> => {
    try {
      stopping.signal.throwIfAborted();
      return await question(db).catch((error: unknown) => {
        // What ended the reading of another table ended this too.
        if (isInterruption(error) && !stopping.signal.aborted) return question(db);
        throw error;
      });
    } catch (error) {
      throw sqliteFailure(error, at, what);
    }
  };

  return {
    asOf,
    async columns(table) {
      const found = await ask(`looking up \`${tableName(table)}\``, (asked) => findTable(asked, table));
      return found?.columns.map(({ name, type, required }) => ({
        name,
        storeType: type || "no type",
        type: exactType(type),
        nullable: !required,
      }));
    },
    tables: () => ask("listing the tables", listTables),
    async extract(request) {
      request.signal?.throwIfAborted();
      const name = tableName(request.table);
      const found = await ask(`looking up \`${name}\``, (asked) => findTable(asked, request.table));
      if (!found)
        throw problems.storeQueryFailed({ ...at, what: `reading \`${name}\``, reason: "there is no such table" });
      const { rowid } = found;
      const estimate =
        rowid === undefined
          ? undefined
          : await ask(`looking up \`${name}\``, (asked) => estimateRows(asked, request.table.identifier, rowid));
      return extractTable({ ...file, lane, stopped: stopping.signal, running, inFlight }, found, request, estimate);
    },
    close() {
      closing ??= (async () => {
        stopping.abort(new Error("the session was closed"));
        for (const end of running) end();
        await Promise.allSettled([...inFlight]);
        try {
          await db.exec("ROLLBACK");
        } catch {
          // The transaction is gone already, and the connection ends now in any case.
        }
        await connections.release(db, true);
      })();
      return closing;
    },
  };
}
