// Owns running knex on libsql: knex's better-sqlite3 dialect with another driver, patience for locks, and write transactions.
// Knows no table.
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import type { Knex } from "knex";

const require = createRequire(import.meta.url);

type Connection = object;
type Query = { sql: string; bindings?: readonly unknown[]; response?: unknown };
interface Sqlite3Client extends Knex.Client {
  connectionSettings: { filename: string; busyTimeoutMs?: number };
  acquireRawConnection(): Promise<Connection>;
  _query(connection: Connection, query: Query): Promise<Query>;
}

const BetterSqlite3Client = require("knex/lib/dialects/better-sqlite3") as new (config: Knex.Config) => Sqlite3Client;

// libsql is synchronous: while it waits for a lock, nothing else in the process moves. So it waits in short naps of its
// own and the rest of the patience is spent here, where other work goes on.
const NAP_MS = 15;

const SETTINGS = [
  `PRAGMA busy_timeout = ${NAP_MS}`,
  "PRAGMA journal_mode = WAL",
  "PRAGMA synchronous = NORMAL",
  "PRAGMA foreign_keys = ON",
];

/** True for every error that says another connection holds a lock. */
export function isBusy(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED"));
}

/** A knex client class. `connection` is `{ filename, busyTimeoutMs }`. Transactions take the write lock when they begin. */
export class LibsqlClient extends BetterSqlite3Client {
  _driver(): unknown {
    return require("libsql");
  }

  override async acquireRawConnection(): Promise<Connection> {
    const connection = await super.acquireRawConnection();
    for (const sql of SETTINGS) await this._query(connection, { sql });
    return connection;
  }

  override async _query(connection: Connection, query: Query): Promise<Query> {
    // A plain BEGIN takes the lock at its first write and cannot wait for it then if another writer came between.
    if (query.sql === "BEGIN;") query.sql = "BEGIN IMMEDIATE;";
    const patience = this.connectionSettings.busyTimeoutMs ?? 10_000;
    const deadline = performance.now() + patience;
    for (;;) {
      try {
        return await super._query(connection, query);
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw error;
        await sleep(1 + Math.random() * NAP_MS);
      }
    }
  }

  _formatBindings(bindings: readonly unknown[] | undefined): unknown[] {
    return (bindings ?? []).map((value) => {
      if (value instanceof Date) return value.toISOString();
      if (value === undefined) return null;
      return typeof value === "boolean" ? Number(value) : value;
    });
  }
}
