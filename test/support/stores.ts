// Owns the real stores of the source tests: one server per test file, a database per test that is new or as good as new, the writer beside mesh, and the faults.

import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Database from "libsql";
import type { Connection as MysqlConnection } from "mysql2/promise";
import type { Client as PgClient } from "pg";
import type { StoreSettings } from "../../core/source/index.ts";
import type { StoreServer } from "../../demo/stores/server-process.ts";
import { startMariadb, startPostgres } from "./database-servers.ts";
import { emptyDatabase } from "./emptied-database.ts";
import { READING } from "./policies.ts";

const require = createRequire(import.meta.url);
const { Client } = require("pg") as { Client: typeof PgClient };
const mysql = require("mysql2/promise") as typeof import("mysql2/promise");
const Libsql = require("libsql") as typeof Database;

export const STORE_PASSWORD = "s3cret-p@ss/word";

/** A service's own connection to its database: statements one at a time, autocommit unless it says BEGIN. */
export interface Writer {
  exec(sql: string): Promise<void>;
  /** The first row's first cell, as text. */
  value(sql: string): Promise<string>;
  close(): Promise<void>;
}

export interface TestStore {
  readonly settings: StoreSettings;
  readonly writer: Writer;
  /** Another writer on the same database. */
  openWriter(): Promise<Writer>;
  remove(): Promise<void>;
}

export interface TestServer {
  readonly url: string;
  createStore(): Promise<TestStore>;
  stop(): Promise<void>;
}

/** What gives a test stores of one kind. */
export type StoreMaker = Pick<TestServer, "createStore" | "stop">;

let databases = 0;

async function withServer<T>(start: () => Promise<TestServer>, use: (server: TestServer) => Promise<T>): Promise<T> {
  const server = await start();
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

async function serverOf(
  server: StoreServer,
  client: "pg" | "mysql",
  connect: (url: string) => Promise<Writer>,
): Promise<TestServer> {
  const admin = await connect(server.url);
  const returned: string[] = [];
  const drop = (name: string) => admin.exec(`DROP DATABASE ${name}${client === "pg" ? " WITH (FORCE)" : ""}`);

  /** A new database, or as good as new. */
  async function openDatabase(): Promise<readonly [name: string, writer: Writer]> {
    const used = returned.pop();
    if (used !== undefined) {
      const writer = await connect(server.urlOf(used));
      if (await emptyDatabase(writer)) return [used, writer];
      await writer.close();
      await drop(used);
    }
    const name = `store_${++databases}`;
    // Copying the template's files costs a third of writing them to the log.
    await admin.exec(`CREATE DATABASE ${name}${client === "pg" ? " STRATEGY file_copy" : ""}`);
    return [name, await connect(server.urlOf(name))];
  }

  return {
    url: server.url,
    async stop() {
      await admin.close();
      await server.stop();
    },
    async createStore() {
      const [name, writer] = await openDatabase();
      const connection = server.urlOf(name);
      const reader = client === "pg" ? connection : await grantReader(admin, name, connection);
      const writers = [writer];
      return {
        settings: { id: "shop.shop_db", client, connection: reader, reading: READING },
        writer,
        async openWriter() {
          const another = await connect(connection);
          writers.push(another);
          return another;
        },
        async remove() {
          await Promise.all(writers.map((open) => open.close()));
          if (client === "pg") returned.push(name);
          else await drop(name);
        },
      };
    },
  };
}

/** MariaDB tells connections apart by user only, so mesh has one of its own, with the least it needs. */
async function grantReader(admin: Writer, database: string, connection: string): Promise<string> {
  const user = `reader_${database}`;
  await admin.exec(`CREATE USER '${user}'@'127.0.0.1' IDENTIFIED BY '${STORE_PASSWORD}'`);
  await admin.exec(`GRANT SELECT, SHOW VIEW ON ${database}.* TO '${user}'@'127.0.0.1'`);
  const url = new URL(connection);
  url.username = user;
  return url.href;
}

export async function startTestPostgres(): Promise<TestServer> {
  return serverOf(await startPostgres({ password: STORE_PASSWORD }), "pg", async (connectionString) => {
    const client = new Client({ connectionString });
    await client.connect();
    let closed: Promise<void> | undefined;
    return {
      exec: async (sql) => void (await client.query(sql)),
      value: async (sql) => String((await client.query({ text: sql, rowMode: "array" })).rows[0]?.[0]),
      close: () => (closed ??= client.end()),
    };
  });
}

export async function startTestMariadb(settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  return serverOf(await startMariadb({ password: STORE_PASSWORD, settings }), "mysql", async (uri) => {
    const connection: MysqlConnection = await mysql.createConnection({ uri, charset: "utf8mb4", timezone: "Z" });
    let closed: Promise<void> | undefined;
    return {
      exec: async (sql) => void (await connection.query(sql)),
      value: async (sql) => String(((await connection.query({ sql, rowsAsArray: true }))[0] as unknown[][])[0]?.[0]),
      close: () => (closed ??= connection.end()),
    };
  });
}

export const withPostgres = <T>(use: (server: TestServer) => Promise<T>): Promise<T> =>
  withServer(startTestPostgres, use);
export const withMariadb = <T>(use: (server: TestServer) => Promise<T>): Promise<T> =>
  withServer(startTestMariadb, use);

/** SQLite has no server: each of its stores is a file of its own. */
export async function startTestSqlite(): Promise<StoreMaker> {
  return { createStore: createSqliteStore, stop: async () => undefined };
}

/** A store for a while, on a server of its own where it has one. */
export async function withStore<T>(
  start: () => Promise<StoreMaker>,
  use: (store: TestStore) => Promise<T>,
): Promise<T> {
  const server = await start();
  try {
    const store = await server.createStore();
    return await use(store).finally(store.remove);
  } finally {
    await server.stop();
  }
}

/** A WAL file in a temporary folder whose name must be quoted in a URL. */
export async function createSqliteStore(): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), "mesh sqlite #?%-"));
  const file = join(folder, "shop db.sqlite");
  const open = (): Writer => {
    const db = new Libsql(file);
    db.exec("PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 5000");
    let open = true;
    return {
      exec: async (sql) => void db.exec(sql),
      value: async (sql) => String((db.prepare(sql).raw().get() as unknown[])[0]),
      async close() {
        if (open) db.close();
        open = false;
      },
    };
  };
  const writers = [open()];
  return {
    settings: { id: "shop.shop_db", client: "sqlite", connection: file, reading: { ...READING, concurrency: 1 } },
    writer: writers[0]!,
    async openWriter() {
      const writer = open();
      writers.push(writer);
      return writer;
    },
    async remove() {
      await Promise.all(writers.map((writer) => writer.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
