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
import { createSqliteStore, type TestStore } from "../support/stores.ts";

testSource("sqlite", {
  start: async () => ({ createStore: createSqliteStore, stop: async () => undefined }),
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  fillMany: (rows) => [
    `INSERT INTO many WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT ${rows}) SELECT n, 'name ' || n, n * 0.5 FROM r`,
  ],
  types: [
    {
      store: "INTEGER",
      type: "BIGINT",
      values: [
        ["9007199254740993", "9007199254740993"],
        ["-9223372036854775808", "-9223372036854775808"],
        ["NULL", null],
      ],
    },
    { store: "UNSIGNED BIG INT", type: "BIGINT", values: [["5", "5"]] },
    { store: "INTEGER", type: "BIGINT", declared: "varchar", values: [["9007199254740993", "9007199254740993"]] },
    {
      store: "REAL",
      type: "DOUBLE",
      values: [
        ["0.1 + 0.2", "0.30000000000000004"],
        ["5e-324", "5e-324"],
        ["9e999", "inf"],
        ["-9e999", "-inf"],
        ["-0.0", "0.0"],
        ["1e21", "1e+21"],
        ["3", "3.0"],
      ],
    },
    {
      store: "VARCHAR(10)",
      type: "VARCHAR",
      values: [
        ["'longer than ten'", "longer than ten"],
        ["''", ""],
        ["NULL", null],
        ["5", "5"],
      ],
    },
    {
      store: "BLOB",
      type: "BLOB",
      values: [
        ["x'00ff41'", "\\x00\\xFFA"],
        ["x''", ""],
        ["NULL", null],
      ],
    },
    { store: "BLOB", type: "BLOB", declared: "varchar", values: [["x'00ff41'", "00ff41"]] },
    {
      store: "BOOLEAN",
      type: undefined,
      declared: "boolean",
      values: [
        ["1", "true"],
        ["0", "false"],
        ["NULL", null],
      ],
    },
    {
      store: "BOOLEAN",
      type: undefined,
      declared: "tinyint",
      values: [
        ["1", "1"],
        ["-128", "-128"],
      ],
    },
    { store: "DATE", type: undefined, declared: "date", values: [["'2024-02-29'", "2024-02-29"]] },
    {
      store: "DATETIME",
      type: undefined,
      declared: "timestamp",
      values: [
        ["'2024-02-29 10:00:00.123456'", "2024-02-29 10:00:00.123456"],
        ["'2024-02-29T10:00:00'", "2024-02-29 10:00:00"],
      ],
    },
    {
      store: "TIMESTAMP",
      type: undefined,
      declared: "timestamptz",
      values: [
        ["'2024-02-29 10:00:00'", "2024-02-29 10:00:00+00"],
        ["'2024-02-29T10:00:00.5Z'", "2024-02-29 10:00:00.5+00"],
        ["'2024-02-29 10:00:00+0530'", "2024-02-29 04:30:00+00"],
      ],
    },
    { store: "TIME", type: undefined, declared: "time", values: [["'23:59:59.5'", "23:59:59.5"]] },
    {
      store: "DECIMAL(10,2)",
      type: undefined,
      declared: "decimal(10,2)",
      values: [
        ["12.34", "12.34"],
        ["5", "5.00"],
        ["'0.10'", "0.10"],
        ["-0.01", "-0.01"],
      ],
    },
    {
      store: "NUMERIC",
      type: undefined,
      declared: "double",
      values: [
        ["12.5", "12.5"],
        ["9007199254740992", "9007199254740992.0"],
      ],
    },
    {
      store: "NUMERIC",
      type: undefined,
      values: [
        ["12.5", "12.5"],
        ["7", "7"],
        ["'x'", "x"],
      ],
    },
    {
      store: "UUID",
      type: undefined,
      declared: "uuid",
      values: [["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]],
    },
    { store: "JSON", type: undefined, declared: "json", values: [[`'{"a": 1.10}'`, `{"a": 1.10}`]] },
  ],
  refused: [
    {
      what: "text in an integer column",
      store: "INTEGER",
      declared: "bigint",
      literals: ["1", "'abc'", "'12x'", "NULL"],
      rows: 2,
    },
    { what: "a fraction in an integer column", store: "INTEGER", declared: "bigint", literals: ["1.5"], rows: 1 },
    {
      what: "an integer out of the declared range",
      store: "BOOLEAN",
      declared: "tinyint",
      literals: ["128", "127"],
      rows: 1,
    },
    { what: "a two in a boolean", store: "BOOLEAN", declared: "boolean", literals: ["2", "1"], rows: 1 },
    { what: "bytes in a text column", store: "TEXT", declared: "varchar", literals: ["x'00ff'", "'ok'"], rows: 1 },
    { what: "text in a bytes column", store: "BLOB", declared: "blob", literals: ["'00ff'"], rows: 1 },
    {
      what: "text that is not UTF-8",
      store: "TEXT",
      declared: "varchar",
      literals: ["CAST(x'ff41' AS TEXT)"],
      rows: 1,
    },
    { what: "text in a real column", store: "REAL", declared: "double", literals: ["'n/a'", "'n/a'"], rows: 2 },
    {
      what: "an integer no double holds",
      store: "NUMERIC",
      declared: "double",
      literals: ["9007199254740993"],
      rows: 1,
    },
    { what: "too many decimals", store: "NUMERIC", declared: "decimal(10,2)", literals: ["1.234"], rows: 1 },
    { what: "a number of seconds as a date", store: "DATE", declared: "date", literals: ["1700000000"], rows: 1 },
    {
      what: "an offset in a timestamp without zone",
      store: "DATETIME",
      declared: "timestamp",
      literals: ["'2024-02-29 10:00:00+02'"],
      rows: 1,
    },
    {
      what: "nanoseconds",
      store: "DATETIME",
      declared: "timestamp",
      literals: ["'2024-02-29 10:00:00.123456789'"],
      rows: 1,
    },
    { what: "an interval", store: "TEXT", declared: "interval", literals: [] },
  ],
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
    await expect(connection.openConsistentSession()).rejects.toMatchObject({ code: "store/busy", retryable: true });
  });

  test("nothing can be written through the port", async () => {
    await store.writer.exec("CREATE TABLE t (id integer)");
    const session = await connection.openConsistentSession();
    await expect(rowsOf(session, 't" ; DROP TABLE t; --', id)).rejects.toMatchObject({ code: "store/query-failed" });
    expect(await session.columns({ identifier: "t" })).toHaveLength(1);
  });
});
