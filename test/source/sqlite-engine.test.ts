// SQLite as an extraction engine: the two ways of a row, windows, queries, the account, time limits, and one point under fire.

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ConsistentSession, openStore, type StoreConnection } from "../../core/source/index.ts";
import { parseCopyCsv } from "../support/copy-csv-rows.ts";
import { bytesOf, named } from "../support/extract-all.ts";
import { landAccounted } from "../support/land-accounted.ts";
import { READING } from "../support/policies.ts";
import { failureOf } from "../support/read-store.ts";
import { createSqliteStore, type TestStore } from "../support/stores.ts";

let store: TestStore;
let connection: StoreConnection;
let session: ConsistentSession;
beforeEach(async () => {
  store = await createSqliteStore();
});
afterEach(async () => {
  await connection?.close();
  await store.remove();
});

async function open(reading = {}): Promise<void> {
  await connection?.close();
  connection = await openStore({ ...store.settings, reading: { ...READING, ...reading } });
  session = await connection.openConsistentSession();
}

type Columns = readonly { readonly name: string; readonly type: string }[];
type Table = Parameters<ConsistentSession["columns"]>[0];

async function extract(table: Table, columns: Columns, rest = {}) {
  return session.extract({ table, columns: named(columns), ...rest });
}

async function rowsOf(table: Table, columns: Columns, rest = {}): Promise<(string | null)[][]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytesOf(await extract(table, columns, rest))) chunks.push(chunk);
  return parseCopyCsv(Buffer.concat(chunks).toString());
}

const EVERYTHING: Columns = [
  { name: "id", type: "BIGINT" },
  { name: "small", type: "SMALLINT" },
  { name: "price", type: "DECIMAL(12,3)" },
  { name: "ratio", type: "DOUBLE" },
  { name: "flag", type: "BOOLEAN" },
  { name: "name", type: "VARCHAR" },
  { name: "bytes", type: "BLOB" },
  { name: "day", type: "DATE" },
  { name: "clock", type: "TIME" },
  { name: "at", type: "TIMESTAMP" },
  { name: "since", type: "TIMESTAMPTZ" },
  { name: "uid", type: "UUID" },
  { name: "doc", type: "JSON" },
  { name: "free", type: "VARCHAR" },
];
const DECLARED = `id integer primary key, small int, price numeric, ratio real, flag boolean, name text, bytes blob, day date,
  clock time, at datetime, since timestamp, uid uuid, doc json, free`;

describe("the account", () => {
  test("counts and checksum are those of what landed, for every type, by rowid and without", async () => {
    await store.writer.exec(`CREATE TABLE t (${DECLARED});
      INSERT INTO t VALUES
        (1, -5, 12.340, 0.1 + 0.2, 1, 'it''s "quoted", 漢字 😀', x'00ff', '2024-02-29', '23:59:59.500', '2024-02-29T10:00:00.120', '2024-02-29 23:30:00.5-05:30', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '{"a": 1.10}', 1.5),
        (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        (3, 7, 5, 3, 0, '', x'', '0001-01-01', '00:00:00', '2024-02-29', '2024-12-31 23:59:59Z', 'a0eebc999c0b4ef8bb6d6bb9bd380a11', 'null', 'text'),
        (4, 0, '0.100', -9e999, 0, char(30), x'1f', '9999-12-31', '24:00:00', '2024-02-29 24:00:00', '2024-01-01 00:00:00+0000', NULL, '[]', 9007199254740993),
        (5, 0, -0.001, 5e-324, 0, 'a' || char(0) || 'b', x'1f', '0000-01-01', '01:00:00.000001', '0000-01-01 00:00:00', '2024-01-01 00:00:00.000', NULL, '[]', 1e300);
      UPDATE t SET uid = NULL WHERE id = 3;
      CREATE VIEW v AS SELECT * FROM t;
      CREATE TABLE w (${DECLARED.replace("integer primary key", "integer not null primary key")}) WITHOUT ROWID;
      INSERT INTO w SELECT * FROM t`);
    await open();
    const sums = new Set<string | undefined>();
    for (const identifier of ["t", "v", "w"]) {
      const { store: counted, landed } = await landAccounted(await extract({ identifier }, EVERYTHING), EVERYTHING);
      expect(counted).toMatchObject({ rows: 5, unchecked: [] });
      expect({ rows: counted.rows, values: counted.values, checksum: counted.checksum }).toEqual(landed);
      sums.add(counted.checksum);
    }
    expect(sums.size).toBe(1);
  });

  test("of no rows is zero, and replaced columns are counted but not summed", async () => {
    await store.writer.exec(
      "CREATE TABLE t (id integer, card text); CREATE TABLE u (id integer, card text); INSERT INTO u VALUES (1, 'x'), (2, NULL)",
    );
    await open();
    const columns = named([{ name: "id", type: "BIGINT" }]);
    const empty = await session.extract({ table: { identifier: "t" }, columns });
    expect(await empty.account?.({ checksum: true })).toEqual({ rows: 0, values: [0], checksum: "0", unchecked: [] });
    const card = { name: "card", identifier: "card", type: "VARCHAR", replaced: true };
    const u = await session.extract({ table: { identifier: "u" }, columns: [...columns, card] });
    const without = await session.extract({ table: { identifier: "u" }, columns });
    const counted = await u.account?.({ checksum: true });
    expect(counted).toMatchObject({ rows: 2, values: [2, 1] });
    expect(counted?.checksum).toBe((await without.account?.({ checksum: true }))?.checksum);
    expect(await u.account?.({ checksum: false })).toEqual({ rows: 2, values: [2, 1], unchecked: [] });
  });

  test("of a window is of that window, and its time is the store's", async () => {
    await store.writer.exec("CREATE TABLE t (id integer primary key); INSERT INTO t VALUES (1), (2), (3), (4)");
    await open();
    const window = { identifier: "id", type: "BIGINT", from: "2", to: "4" };
    const id: Columns = [{ name: "id", type: "BIGINT" }];
    const extraction = await extract({ identifier: "t" }, id, { window });
    const { rows, store: counted, landed } = await landAccounted(extraction, id);
    expect(rows).toEqual([["2"], ["3"]]);
    expect(counted).toMatchObject({ rows: 2, checksum: landed.checksum });
    expect(extraction.storeMs?.()).toBeGreaterThan(0);
  });
});

describe("every kind of table", () => {
  const columns: Columns = [
    { name: "id", type: "BIGINT" },
    { name: "v", type: "VARCHAR" },
  ];
  test.each([
    ["a STRICT table", "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) STRICT"],
    ["a table without rowids", "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITHOUT ROWID"],
    ["a generated column", "CREATE TABLE t (id INTEGER PRIMARY KEY, w TEXT, v TEXT AS (w) STORED)"],
    ["a full-text index", "CREATE VIRTUAL TABLE t USING fts5(id, v)"],
    [
      "a file in UTF-16le",
      "PRAGMA journal_mode = DELETE; PRAGMA encoding = 'UTF-16le'; VACUUM; CREATE TABLE t (id INTEGER, v TEXT)",
    ],
    [
      "a file in UTF-16be",
      "PRAGMA journal_mode = DELETE; PRAGMA encoding = 'UTF-16be'; VACUUM; CREATE TABLE t (id INTEGER, v TEXT)",
    ],
  ])("%s is read and accounted for", async (kind, create) => {
    await store.writer.exec(create);
    const target = kind === "a generated column" ? "t (id, w)" : "t (id, v)";
    await store.writer.exec(`INSERT INTO ${target} VALUES (1, 'é漢😀"'), (2, NULL), (-3, '')`);
    await open();
    const found = await session.columns({ identifier: "t" });
    expect(found?.map(({ name }) => name)).toEqual(expect.arrayContaining(["id", "v"]));
    const { rows, store: counted, landed } = await landAccounted(await extract({ identifier: "t" }, columns), columns);
    const byId = rows.sort((a, b) => Number(a[0]) - Number(b[0]));
    expect(byId).toEqual([
      ["-3", ""],
      ["1", 'é漢😀"'],
      ["2", null],
    ]);
    expect(counted).toMatchObject(landed);
  });

  test("text that is not of the file's encoding is refused by both ways of a row, and the process lives", async () => {
    for (const [encoding, bytes] of [
      ["UTF-8", "ff41"],
      ["UTF-16le", "00d84100"],
    ]) {
      const other = await createSqliteStore();
      await other.writer.exec(
        `PRAGMA journal_mode = DELETE; PRAGMA encoding = '${encoding}'; CREATE TABLE t (id integer, v text)`,
      );
      await other.writer.exec(
        `INSERT INTO t VALUES (1, 'ok'), (2, CAST(x'${bytes}' AS TEXT)); CREATE VIEW w AS SELECT * FROM t`,
      );
      const reading = await openStore(other.settings);
      session = await reading.openConsistentSession();
      for (const identifier of ["t", "w"]) {
        const error = await failureOf(rowsOf({ identifier }, columns));
        expect([encoding, identifier, error.code]).toEqual([encoding, identifier, "store/value-not-representable"]);
        await (await extract({ identifier }, columns)).account?.({ checksum: true });
      }
      await reading.close();
      await other.remove();
    }
  });
});

test("a line that SQLite writes says what the cells one by one say", async () => {
  await store.writer.exec(
    "CREATE TABLE t (i, r, d, x, b); CREATE TABLE w (i, r, d, x, b, n integer primary key) WITHOUT ROWID",
  );
  const columns: Columns = [
    { name: "i", type: "BIGINT" },
    { name: "r", type: "DOUBLE" },
    { name: "d", type: "DECIMAL(18,4)" },
    { name: "x", type: "VARCHAR" },
    { name: "b", type: "BLOB" },
  ];
  const real = fc.double({ noNaN: true, noDefaultInfinity: true });
  const literal = (value: number) =>
    Number.isInteger(value) ? `${value}.0`.replace(/(e[^.]*)\.0/, "$1") : String(value);
  const row = fc.tuple(
    fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }).map(String),
    real.map(literal),
    fc.integer({ min: -(10 ** 9), max: 10 ** 9 }).map((cents) => String(cents / 1000)),
    fc.oneof(
      real.map(literal),
      fc.string({ unit: "binary" }).map((text) => `'${text.replaceAll("'", "''").replaceAll("\0", "")}'`),
    ),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => `x'${Buffer.from(bytes).toString("hex")}'`),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 200 }), async (rows) => {
      await store.writer.exec("DELETE FROM t; DELETE FROM w");
      await store.writer.exec(`INSERT INTO t VALUES ${rows.map((cells) => `(${cells.join(", ")})`).join(", ")}`);
      await store.writer.exec("INSERT INTO w SELECT *, rowid FROM t");
      await open();
      const exact = (found: (string | null)[][]) =>
        found.map(([i, r, d, x, b]) => [i, Number(r), Number(d), x, b?.toLowerCase()]);
      expect(exact(await rowsOf({ identifier: "t" }, columns))).toEqual(
        exact(await rowsOf({ identifier: "w" }, columns)),
      );
      await connection.close();
    }),
    { numRuns: 30 },
  );
});

describe("rows by rowid", () => {
  test("the least and the greatest rowid, and those with gaps between, come once", async () => {
    const ids = [-(2n ** 63n), -(2n ** 63n) + 1n, -7n, 0n, 1n, 10n ** 12n, 2n ** 63n - 1n];
    await store.writer.exec(
      `CREATE TABLE t (id integer primary key); ${ids.map((id) => (id === -(2n ** 63n) ? "INSERT INTO t VALUES (-9223372036854775807 - 1)" : `INSERT INTO t VALUES (${id})`)).join("; ")}`,
    );
    await open();
    const rows = await rowsOf({ identifier: "t" }, [{ name: "id", type: "BIGINT" }]);
    expect(rows.map(([id]) => BigInt(id ?? "")).sort((a, b) => (a < b ? -1 : 1))).toEqual(ids);
  });

  test("a column that takes the name rowid changes nothing", async () => {
    await store.writer.exec(
      "CREATE TABLE t (rowid text, _rowid_ text, OID text); INSERT INTO t VALUES ('b', 'c', 'd'), ('a', 'x', 'y')",
    );
    await open();
    const columns: Columns = ["rowid", "_rowid_", "OID"].map((name) => ({ name, type: "VARCHAR" }));
    expect(await rowsOf({ identifier: "t" }, columns)).toEqual([
      ["b", "c", "d"],
      ["a", "x", "y"],
    ]);
  });

  test("rows that grow a thousandfold, and a bad one among thousands, are all seen", async () => {
    await store.writer.exec(
      "CREATE TABLE t (id integer primary key, v text); INSERT INTO t WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 5000) SELECT n, CASE WHEN n > 4900 THEN hex(zeroblob(100000)) ELSE 'x' END FROM r",
    );
    await open();
    const columns: Columns = [
      { name: "id", type: "BIGINT" },
      { name: "v", type: "VARCHAR" },
    ];
    let bytes = 0;
    for await (const chunk of bytesOf(await extract({ identifier: "t" }, columns))) bytes += chunk.length;
    expect(bytes).toBeGreaterThan(100 * 200_000);
    await session.close();
    await store.writer.exec(
      "UPDATE t SET v = CAST(x'ff' AS TEXT) WHERE id IN (2500, 3500); UPDATE t SET v = x'00' WHERE id = 10",
    );
    await open();
    const error = await failureOf(rowsOf({ identifier: "t" }, columns));
    expect(error).toMatchObject({ code: "store/value-not-representable" });
    expect(error.message).toContain("`v` (VARCHAR) in 3 rows");
  });

  test("a table of 300 columns is read like one of three", async () => {
    const names = Array.from({ length: 300 }, (_, i) => `c${i}`);
    await store.writer.exec(
      `CREATE TABLE t (${names.map((name) => `${name} integer`).join(", ")}); INSERT INTO t VALUES (${names.map((_, i) => i).join(", ")})`,
    );
    await open();
    const rows = await rowsOf(
      { identifier: "t" },
      names.map((name) => ({ name, type: "BIGINT" })),
    );
    expect(rows).toEqual([names.map((_, i) => String(i))]);
  });
});

describe("a cursor window", () => {
  const ids = async (type: string, window: { from?: string; to?: string }, table: Table = { identifier: "t" }) =>
    (await rowsOf(table, [{ name: "id", type: "BIGINT" }], { window: { identifier: "c", type, ...window } })).map(
      ([id]) => Number(id),
    );

  test("has its first bound and not its last, and no NULL", async () => {
    await store.writer.exec(
      "CREATE TABLE t (id integer primary key, c integer); INSERT INTO t VALUES (1, 1), (2, 2), (3, 3), (4, NULL), (5, -9)",
    );
    await open();
    expect(await ids("BIGINT", { from: "2" })).toEqual([2, 3]);
    expect(await ids("BIGINT", { to: "2" })).toEqual([1, 5]);
    expect(await ids("BIGINT", { from: "1", to: "3" })).toEqual([1, 2]);
    expect(await ids("BIGINT", {})).toEqual([1, 2, 3, 5]);
    expect(await ids("BIGINT", { from: "2" }, { identifier: "q", query: "SELECT id, c FROM t -- all" })).toEqual([
      2, 3,
    ]);
  });

  test("compares times as times, however they are written", async () => {
    await store.writer.exec(`CREATE TABLE t (id integer primary key, c timestamp); INSERT INTO t VALUES (1, '2024-03-01'), (2, '2024-03-01T00:00:00'),
      (3, '2024-02-29 23:59:59.999999'), (4, '2024-03-01 00:00:00.000'), (5, '2024-03-01 00:00:00.000001')`);
    await open();
    expect(await ids("TIMESTAMP", { from: "2024-03-01 00:00:00" })).toEqual([1, 2, 4, 5]);
    expect(await ids("TIMESTAMP", { to: "2024-03-01 00:00:00" })).toEqual([3]);
    await session.close();
    await store.writer.exec(`DELETE FROM t; INSERT INTO t VALUES (1, '2024-03-01 02:00:00+02:00'), (2, '2024-03-01 01:59:59.9999+02:00'), (3, '2024-02-29 23:30:00.5-0030'),
      (4, '2024-02-29T14:00:00-10'), (5, '2024-03-01 00:00:00Z'), (6, '2024-02-29 23:59:59.999999')`);
    await open();
    expect(await ids("TIMESTAMPTZ", { from: "2024-03-01 00:00:00+00" })).toEqual([1, 3, 4, 5]);
    expect(await ids("TIMESTAMPTZ", { to: "2024-03-01 00:00:00+00" })).toEqual([2, 6]);
  });

  test("of uuids and of text is in the order of their text", async () => {
    await store.writer.exec(
      "CREATE TABLE t (id integer primary key, c text COLLATE NOCASE); INSERT INTO t VALUES (1, 'B'), (2, 'a'), (3, 'b')",
    );
    await open();
    expect(await ids("VARCHAR", { from: "a" })).toEqual([2, 3]);
    expect(await ids("VARCHAR", { to: "a" })).toEqual([1]);
    await session.close();
    await store.writer.exec(
      "DELETE FROM t; INSERT INTO t VALUES (1, '0190A000-0000-7000-8000-000000000000'), (2, '0190b000-0000-7000-8000-000000000000')",
    );
    await open();
    expect(await ids("UUID", { from: "0190a500-0000-7000-8000-000000000000" })).toEqual([2]);
  });

  test("what cannot be compared is not left out of it: it is read, and refused", async () => {
    await store.writer.exec(
      "CREATE TABLE t (id integer primary key, c integer); INSERT INTO t VALUES (1, 5), (2, 'soon')",
    );
    await open();
    const c: Columns = [{ name: "c", type: "BIGINT" }];
    for (const bounds of [{ from: "1" }, { to: "9" }, { from: "5", to: "6" }]) {
      const reading = rowsOf({ identifier: "t" }, c, { window: { identifier: "c", type: "BIGINT", ...bounds } });
      expect((await failureOf(reading)).code).toBe("store/value-not-representable");
    }
    await session.close();
    await store.writer.exec("CREATE TABLE d (c date); INSERT INTO d VALUES ('2024-01-01'), ('01.02.2024')");
    await open();
    for (const type of ["DATE", "TIMESTAMP"]) {
      const window = { identifier: "c", type, from: "2023-01-01", to: "2025-01-01" };
      const reading = rowsOf({ identifier: "d" }, [{ name: "c", type }], { window });
      expect((await failureOf(reading)).code).toBe("store/value-not-representable");
    }
  });

  test("a bound of another form, and a column that is not there, are refused", async () => {
    await store.writer.exec("CREATE TABLE t (id integer primary key, c integer)");
    await open();
    expect((await failureOf(ids("BIGINT", { from: "1 OR 1" }))).message).toContain("a bound is not of the type BIGINT");
    const gone = extract({ identifier: "t" }, [{ name: "id", type: "BIGINT" }], {
      window: { identifier: "gone", type: "BIGINT" },
    });
    expect((await failureOf(gone)).code).toBe("store/query-failed");
  });
});

describe("a query as a port", () => {
  test("is described without being run, and read", async () => {
    await store.writer.exec(
      "CREATE TABLE t (id integer primary key, name varchar(20)); INSERT INTO t VALUES (1, 'a'), (2, 'b')",
    );
    await open();
    const table = {
      identifier: "port",
      query: "SELECT id, upper(name) AS loud, name FROM t WHERE id > 1; -- the rest",
    };
    const slow = {
      identifier: "slow",
      query: "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r",
    };
    expect(await session.columns(slow)).toHaveLength(1);
    expect(await session.columns({ ...table, query: table.query.replace("; -- the rest", " -- the rest") })).toEqual([
      { name: "id", storeType: "INTEGER", type: "BIGINT", nullable: true },
      { name: "loud", storeType: "no type", type: undefined, nullable: true },
      { name: "name", storeType: "varchar(20)", type: "VARCHAR", nullable: true },
    ]);
    const query = "SELECT id, upper(name) AS loud FROM t WHERE id > 1 -- the rest";
    const columns: Columns = [
      { name: "loud", type: "VARCHAR" },
      { name: "id", type: "BIGINT" },
    ];
    const {
      rows,
      store: counted,
      landed,
    } = await landAccounted(await extract({ identifier: "port", query }, columns), columns);
    expect(rows).toEqual([["B", "2"]]);
    expect(counted).toMatchObject(landed);
  });

  test("anything but one SELECT is refused", async () => {
    await store.writer.exec("CREATE TABLE t (id integer)");
    await open();
    for (const query of [
      "DELETE FROM t",
      "SELECT 1 AS a; SELECT 2 AS a",
      "SELECT 1) AS x; DROP TABLE t; --",
      "PRAGMA table_list",
      "ATTACH 'x' AS y",
    ]) {
      expect([query, (await failureOf(session.columns({ identifier: "q", query }))).code]).toEqual([
        query,
        "store/query-failed",
      ]);
    }
    expect(await session.columns({ identifier: "t" })).toHaveLength(1);
  });
});

describe("time", () => {
  const SLOW = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) AS v FROM r";
  const v: Columns = [{ name: "v", type: "BIGINT" }];

  test("a query longer than the limit is stopped, while the event loop turns, and the session goes on", async () => {
    await store.writer.exec("CREATE TABLE t (v integer); INSERT INTO t VALUES (1)");
    await open({ statementTimeoutMs: 300 });
    let turns = 0;
    const timer = setInterval(() => turns++, 10);
    const error = await failureOf(rowsOf({ identifier: "slow", query: SLOW }, v));
    clearInterval(timer);
    expect(error).toMatchObject({ code: "store/timeout" });
    expect(turns).toBeGreaterThan(5);
    expect(await rowsOf({ identifier: "t" }, v)).toEqual([["1"]]);
    const counting = (await extract({ identifier: "slow", query: SLOW }, v)).account?.({ checksum: true });
    expect((await failureOf(counting ?? Promise.resolve())).code).toBe("store/timeout");
  });

  test("a query is stopped by its signal and by the end of its session", async () => {
    await open();
    const abort = new AbortController();
    const reading = failureOf(rowsOf({ identifier: "slow", query: SLOW }, v, { signal: abort.signal }));
    setTimeout(() => abort.abort(new Error("enough")), 50);
    expect((await reading).message).toBe("enough");
    const other = failureOf(rowsOf({ identifier: "slow", query: SLOW }, v));
    await new Promise((done) => setTimeout(done, 50));
    await session.close();
    await other;
  });
});

describe("a writer's lock, without WAL", () => {
  const v: Columns = [{ name: "v", type: "BIGINT" }];

  test("cannot be had in the middle of a reading, and what is read stays whole", async () => {
    await store.writer.exec(
      "PRAGMA journal_mode = DELETE; CREATE TABLE t (v integer); INSERT INTO t WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 50000) SELECT n FROM r",
    );
    await open();
    const extraction = await extract({ identifier: "t" }, v);
    const reading = bytesOf(extraction)[Symbol.asyncIterator]();
    await reading.next();
    await expect(store.writer.exec("PRAGMA busy_timeout = 0; DELETE FROM t")).rejects.toMatchObject({
      code: "SQLITE_BUSY",
    });
    while (!(await reading.next()).done);
    expect(extraction.rows()).toBe(50_000);
    expect(await extraction.account?.({ checksum: false })).toMatchObject({ rows: 50_000 });
    await session.close();
    await store.writer.exec("DELETE FROM t");
  });

  test("is waited for when it is short, and given up when the run is", async () => {
    await store.writer.exec("PRAGMA journal_mode = DELETE; CREATE TABLE t (v integer); BEGIN EXCLUSIVE");
    connection = await openStore(store.settings);
    const waiting = connection.openConsistentSession();
    setTimeout(() => void store.writer.exec("COMMIT"), 100);
    await (await waiting).close();
    await store.writer.exec("BEGIN EXCLUSIVE");
    const abort = new AbortController();
    const givenUp = failureOf(connection.openConsistentSession(abort.signal));
    setTimeout(() => abort.abort(new Error("enough")), 100);
    expect((await givenUp).message).toBe("enough");
  });
});

test("200 sessions under a writer at full speed see every sum whole", async () => {
  await store.writer.exec(
    "CREATE TABLE a (id integer primary key, amount integer); CREATE TABLE b (id integer primary key, amount integer)",
  );
  for (const name of ["a", "b"])
    await store.writer.exec(
      `INSERT INTO ${name} WITH RECURSIVE r(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM r LIMIT 200) SELECT n, 1000 FROM r`,
    );
  connection = await openStore(store.settings);
  const mover = fork(fileURLToPath(new URL("../support/sqlite-mover.mjs", import.meta.url)), [
    store.settings.connection as string,
  ]);
  const sums = new Set<number>();
  let transfers = 0;
  mover.on("message", (count) => {
    transfers = Number(count);
  });
  try {
    await once(mover, "message");
    const before = transfers;
    for (let round = 0; round < 200; round++) {
      session = await connection.openConsistentSession();
      const [a = 0, b = 0] = await Promise.all(
        ["a", "b"].map(async (identifier) => {
          const rows = await rowsOf({ identifier }, [{ name: "amount", type: "BIGINT" }]);
          return rows.reduce((sum, [amount]) => sum + Number(amount), 0);
        }),
      );
      await session.close();
      expect(a + b).toBe(400_000);
      sums.add(a);
    }
    console.log(`sqlite: 200 sessions, ${transfers - before} transfers meanwhile, ${sums.size} different states seen`);
    expect(transfers - before).toBeGreaterThan(200);
    expect(sums.size).toBeGreaterThan(20);
  } finally {
    mover.kill();
    await once(mover, "exit");
  }
}, 30_000);
