// The SQLite adapter: the suite of every source on a real file, and what only a file has.

import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { MeshError } from "../../core/errors/index.ts";
import {
  type ConsistentSession,
  openStore,
  type StoreConnection,
  type StoreSettings,
} from "../../core/source/index.ts";
import { testSource } from "../conformance/source.ts";
import { parseCopyCsv } from "../support/copy-csv-rows.ts";
import { bytesOf, extractNamed } from "../support/extract-all.ts";
import { READING } from "../support/policies.ts";
import { createSqliteStore, startTestSqlite, type TestStore } from "../support/stores.ts";
import { sqliteTypes } from "./types/sqlite.ts";

testSource("sqlite", {
  start: startTestSqlite,
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  fillMany: (rows) => [
    `INSERT INTO many WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT ${rows}) SELECT n, 'name ' || n, n * 0.5 FROM r`,
  ],
  ...sqliteTypes,
  failures: (good) => [
    ["a missing file", { ...good, connection: `${good.connection as string}-missing` }, "store/database-missing"],
    ["a folder", { ...good, connection: dirname(good.connection as string) }, "store/not-a-database"],
    ["a URL", { ...good, connection: "postgres://u:wr0ng-secret@127.0.0.1/x" }, "store/connection-invalid"],
    ["a database in memory", { ...good, connection: ":memory:" }, "store/connection-invalid"],
  ],
});

describe("only SQLite", () => {
  let store: TestStore;
  let connection: StoreConnection;
  beforeEach(async () => {
    store = await createSqliteStore();
    connection = await openStore(store.settings);
  });
  afterEach(async () => {
    await connection.close();
    await store.remove();
  });
  const rowsOf = async (
    session: ConsistentSession,
    identifier: string,
    columns: readonly { name: string; type: string }[],
  ) => {
    let text = "";
    for await (const chunk of bytesOf(await extractNamed(session, { table: { identifier }, columns })))
      text += Buffer.from(chunk).toString();
    return parseCopyCsv(text);
  };
  const codeOf = async (settings: StoreSettings) => {
    const bad = await openStore(settings);
    return bad
      .openConsistentSession()
      .then(
        () => "none",
        (error: MeshError) => error.code,
      )
      .finally(() => bad.close());
  };
  const id = [{ name: "id", type: "BIGINT" }];

  test("a file that is no database is told apart, and a missing one is never made", async () => {
    const folder = dirname(store.settings.connection as string);
    await writeFile(join(folder, "text.db"), "this is not a database, it only has the name of one".repeat(50));
    expect(await codeOf({ ...store.settings, connection: join(folder, "text.db") })).toBe("store/not-a-database");
    expect(await codeOf({ ...store.settings, connection: { filename: join(folder, "new.db") } })).toBe(
      "store/database-missing",
    );
  });

  test("generated columns are columns, and a table without types has none", async () => {
    await store.writer.exec(
      "CREATE TABLE t (id integer primary key, twice integer GENERATED ALWAYS AS (id * 2), free); INSERT INTO t (id, free) VALUES (4, 'x')",
    );
    const session = await connection.openConsistentSession();
    expect(await session.columns({ identifier: "t" })).toEqual([
      { name: "id", storeType: "INTEGER", type: "BIGINT", nullable: false },
      { name: "twice", storeType: "INTEGER", type: "BIGINT", nullable: true },
      { name: "free", storeType: "no type", type: undefined, nullable: true },
    ]);
    expect(
      await rowsOf(session, "t", [
        { name: "twice", type: "BIGINT" },
        { name: "free", type: "VARCHAR" },
      ]),
    ).toEqual([["8", "x"]]);
  });

  test("an account that meets values which do not fit, before the reading refuses them, quotes none of them", async () => {
    await store.writer.exec(
      "CREATE TABLE t (sku text, big real); INSERT INTO t VALUES ('a1-secret', 1e300), ('7', 7.0)",
    );
    const session = await connection.openConsistentSession();
    for (const type of [
      "BIGINT",
      "DECIMAL(8,2)",
      "DOUBLE",
      "BOOLEAN",
      "DATE",
      "TIME",
      "TIMESTAMP",
      "TIMESTAMPTZ",
      "UUID",
    ]) {
      const columns = ["sku", "big"].map((name) => ({ name, type }));
      const extraction = await extractNamed(session, { table: { identifier: "t" }, columns });
      expect(await extraction.account?.({ checksum: true }), type).toMatchObject({ rows: 2, values: [2, 2] });
    }
  });

  test("text in UTF-16 files is read as what it says", async () => {
    const other = await createSqliteStore();
    await other.writer.exec(
      "PRAGMA journal_mode = DELETE; PRAGMA encoding = 'UTF-16be'; CREATE TABLE t (v text); INSERT INTO t VALUES ('é漢😀')",
    );
    const reading = await openStore(other.settings);
    const session = await reading.openConsistentSession();
    expect(await rowsOf(session, "t", [{ name: "v", type: "VARCHAR" }])).toEqual([["é漢😀"]]);
    await reading.close();
    await other.remove();
  });

  test("the event loop turns while a large table is read", async () => {
    await store.writer.exec(
      "CREATE TABLE t (id integer primary key); INSERT INTO t WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 300000) SELECT n FROM r",
    );
    const session = await connection.openConsistentSession();
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    let bytes = 0;
    for await (const chunk of bytesOf(await extractNamed(session, { table: { identifier: "t" }, columns: id })))
      bytes += chunk.length;
    clearInterval(timer);
    expect(bytes).toBeGreaterThan(1_000_000);
    expect(longest).toBeLessThan(500);
  });

  test("in a rollback journal a stopped reader and a closed session leave the file unlocked", async () => {
    await store.writer.exec(
      "PRAGMA journal_mode = DELETE; CREATE TABLE t (id integer primary key); INSERT INTO t WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 50000) SELECT n FROM r",
    );
    const session = await connection.openConsistentSession();
    for await (const _ of bytesOf(await extractNamed(session, { table: { identifier: "t" }, columns: id }))) break;
    const reading = bytesOf(await extractNamed(session, { table: { identifier: "t" }, columns: id }))[
      Symbol.asyncIterator
    ]();
    await reading.next();
    await session.close();
    await store.writer.exec("PRAGMA busy_timeout = 0; INSERT INTO t VALUES (-1)");
  });

  test("a file locked by a writer is a passing failure", async () => {
    await store.writer.exec("PRAGMA journal_mode = DELETE; CREATE TABLE t (id integer); BEGIN EXCLUSIVE");
    const impatient = await openStore({ ...store.settings, reading: { ...READING, lockTimeoutMs: 200 } });
    const since = performance.now();
    await expect(impatient.openConsistentSession()).rejects.toMatchObject({ code: "store/busy", retryable: true });
    expect(performance.now() - since).toBeGreaterThan(150);
    await impatient.close();
  });

  test("nothing can be written through the port", async () => {
    await store.writer.exec("CREATE TABLE t (id integer)");
    const session = await connection.openConsistentSession();
    await expect(rowsOf(session, 't" ; DROP TABLE t; --', id)).rejects.toMatchObject({ code: "store/query-failed" });
    expect(await session.columns({ identifier: "t" })).toHaveLength(1);
  });
});
