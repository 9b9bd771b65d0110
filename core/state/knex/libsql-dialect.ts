// Owns running knex on libsql: knex's better-sqlite3 dialect with another driver, patience for locks, and write transactions.
// Knows no table.
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import type { Knex } from "knex";

const require = createRequire(import.meta.url);

interface Statement {
  readonly reader: boolean;
  run(bindings: readonly unknown[]): { readonly changes: number; readonly lastInsertRowid: number };
  all(bindings: readonly unknown[]): unknown[];
}
interface Connection {
  readonly inTransaction: boolean;
  prepare(sql: string): Statement;
  exec(sql: string): void;
  /** knex drops a connection from its pool when this is set. */
  __knex__disposed?: unknown;
}
interface Prepared {
  readonly statement: Statement;
  /** Asked once: it is a call into the engine. */
  readonly reader: boolean;
}
interface Query {
  sql: string;
  readonly bindings?: readonly unknown[];
  response?: unknown;
  context?: { readonly lastID: number; readonly changes: number };
}
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
  // 16 MB of log. Whoever commits beyond that waits for the disk, and with it all that its process does.
  "PRAGMA wal_autocheckpoint = 4000",
  "PRAGMA foreign_keys = ON",
];

/** Preparing costs as much as running. Statements of one connection that are kept, most recently used last; longer ones are lists of their own length. */
const KEPT_STATEMENTS = 200;
const LONGEST_KEPT = 2_000;
const KEEPS = /^\s*(select|insert|update|delete|with)\b/i;
const CHANGES_SCHEMA = /^\s*(create|alter|drop)\b/i;
const prepared = new WeakMap<Connection, Map<string, Prepared>>();

/** Statements that a change of the schema follows are forgotten: they know the columns of before. */
function prepare(connection: Connection, sql: string): Prepared {
  const known = prepared.get(connection) ?? new Map<string, Prepared>();
  prepared.set(connection, known);
  const found = known.get(sql);
  known.delete(sql);
  const statement = found?.statement ?? connection.prepare(sql);
  const one = found ?? { statement, reader: statement.reader };
  if (CHANGES_SCHEMA.test(sql)) known.clear();
  else if (KEEPS.test(sql) && sql.length <= LONGEST_KEPT) known.set(sql, one);
  if (known.size > KEPT_STATEMENTS) known.delete(known.keys().next().value as string);
  return one;
}

const TRANSACTION = /^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b/i;
const READ = /^\s*(select|pragma|explain)\b/i;

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

  // A prepared statement that meets a lock stays half-begun in libsql until it is collected: its connection can then not
  // commit any more. `exec` ends what it began, so every write waits for the lock in an `exec` of BEGIN IMMEDIATE.
  override async _query(connection: Connection, query: Query): Promise<Query> {
    if (TRANSACTION.test(query.sql)) {
      const begins = query.sql.startsWith("BEGIN");
      await this._withPatience(() => connection.exec(begins ? "BEGIN IMMEDIATE" : query.sql));
      query.response = [];
      return query;
    }
    if (connection.inTransaction || READ.test(query.sql)) return this._run(connection, query);
    await this._withPatience(() => connection.exec("BEGIN IMMEDIATE"));
    try {
      const done = await this._run(connection, query);
      connection.exec("COMMIT");
      return done;
    } catch (error) {
      if (connection.inTransaction) connection.exec("ROLLBACK");
      throw error;
    }
  }

  // Not private fields: knex runs transactions on objects that only inherit from the client.
  async _run(connection: Connection, query: Query): Promise<Query> {
    const bindings = this._formatBindings(query.bindings);
    const { statement, reader } = prepare(connection, query.sql);
    try {
      // Trying again with the same statement resets it first.
      await this._withPatience(() => {
        if (reader) {
          query.response = statement.all(bindings);
        } else {
          const result = statement.run(bindings);
          query.response = result;
          query.context = { lastID: result.lastInsertRowid, changes: result.changes };
        }
      });
      return query;
    } catch (error) {
      prepared.get(connection)?.delete(query.sql);
      if (isBusy(error)) connection.__knex__disposed = error;
      throw error;
    }
  }

  async _withPatience(attempt: () => void): Promise<void> {
    const deadline = performance.now() + (this.connectionSettings.busyTimeoutMs ?? 10_000);
    for (;;) {
      try {
        attempt();
        return;
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
