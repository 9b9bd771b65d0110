// What a MariaDB store alone allows: several readers of one instant, key ranges, windows, queries as ports, its account, and locks
// that nobody else waits for.

import { once } from "node:events";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { MeshError } from "../../core/errors/index.ts";
import type { ReadingPolicy } from "../../core/manifest/index.ts";
import {
  type ConsistentSession,
  type ExtractRequest,
  openStore,
  type StoreConnection,
  type StoreSettings,
} from "../../core/source/index.ts";
import { cutPoints } from "../../core/source/knex/mysql/key-ranges.ts";
import { isMariadbInstalled } from "../../demo/stores/mariadb.ts";
import { parseCopyCsv } from "../support/copy-csv-rows.ts";
import { bytesOf, extractNamed, named } from "../support/extract-all.ts";
import { landChecked } from "../support/land-rows.ts";
import { SOON_MS } from "../support/soon.ts";
import { startTestMariadb, type TestServer, type TestStore } from "../support/stores.ts";

const installed = await isMariadbInstalled();
if (!installed)
  test.skip("MariaDB is not installed (package mariadb-server): its readers are not tested", () => undefined);

const ID = [{ name: "id", type: "BIGINT" }];

describe.runIf(installed)("readers of MariaDB", () => {
  let server: TestServer;
  let store: TestStore;
  const opened: StoreConnection[] = [];
  beforeAll(async () => {
    server = await startTestMariadb({ "max-allowed-packet": "1M" });
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    store = await server.createStore();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((connection) => connection.close()));
    await untilGone();
    await store.remove();
  });

  const untilGone = async () => {
    const deadline = AbortSignal.timeout(5_000);
    while ((await store.writer.value(READERS)) !== "0") {
      if (deadline.aborted) throw new Error("mesh left a connection behind");
      await once(AbortSignal.timeout(10), "abort");
    }
  };
  const READERS = "SELECT count(*) FROM information_schema.processlist WHERE user = concat('reader_', database())";
  const reader = () => store.writer.value("SELECT concat('''reader_', database(), '''@''127.0.0.1''')");
  const exec = async (...statements: readonly string[]) => {
    for (const statement of statements) await store.writer.exec(statement);
  };
  const settingsWith = (reading: Partial<ReadingPolicy>): StoreSettings => ({
    ...store.settings,
    reading: { ...store.settings.reading, ...reading },
  });
  const openSession = async (
    reading: Partial<ReadingPolicy> = {},
    signal?: AbortSignal,
  ): Promise<ConsistentSession> => {
    const connection = await openStore(settingsWith(reading));
    opened.push(connection);
    return connection.openConsistentSession(signal);
  };
  const openSeveral = async (reading: Partial<ReadingPolicy> = {}) => {
    await exec(`GRANT RELOAD ON *.* TO ${await reader()}`);
    return openSession({ readers: 3, concurrency: 2, lockAndStart: true, splitAboveBytes: 1, ...reading });
  };
  const rowsOf = async (session: ConsistentSession, request: Omit<ExtractRequest, "columns">, columns = ID) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of bytesOf(await extractNamed(session, { ...request, columns }))) chunks.push(chunk);
    return parseCopyCsv(Buffer.concat(chunks).toString());
  };
  const failureOf = (work: Promise<unknown>) =>
    work.then(
      () => {
        throw new Error("nothing failed");
      },
      (error: MeshError) => error,
    );

  describe("several at one instant", () => {
    test.each([
      ["dense", "SELECT seq AS v FROM seq_1_to_60000"],
      ["negative and far apart", "SELECT (CAST(seq AS SIGNED) - 20000) * 922337203685 AS v FROM seq_1_to_40000"],
      [
        "in one far corner",
        "SELECT -9223372036854775808 AS v UNION SELECT 9223372036854000000 + seq FROM seq_1_to_60000",
      ],
      ["unsigned to the end", "SELECT 18446744073709551615 - seq * 3 AS v FROM seq_0_to_50000"],
    ])("a large table whose keys are %s is shared, every row once", async (what, select) => {
      await exec(
        `CREATE TABLE big (id bigint ${what.startsWith("unsigned") ? "unsigned" : ""} PRIMARY KEY, filler char(60))`,
        `INSERT INTO big SELECT v, 'x' FROM (${select}) s`,
        "ANALYZE TABLE big",
      );
      const session = await openSeveral();
      const columns = [{ name: "id", type: "HUGEINT" }];
      const extraction = await extractNamed(session, { table: { identifier: "big" }, columns });
      expect(extraction.parts).toHaveLength(3);
      const counts = await Promise.all(
        extraction.parts.map(async (part) => {
          const chunks: Uint8Array[] = [];
          for await (const chunk of part.open()) chunks.push(chunk);
          return parseCopyCsv(Buffer.concat(chunks).toString()).map(([id]) => id);
        }),
      );
      const total = Number(await store.writer.value("SELECT count(*) FROM big"));
      expect(new Set(counts.flat()).size).toBe(total);
      expect(counts.flat()).toHaveLength(total);
      expect(extraction.rows()).toBe(total);
      // The estimates are the server's, so the shares are not equal; none is nearly all.
      expect(Math.max(...counts.map((ids) => ids.length)) / total).toBeLessThan(0.6);
    });

    test("an empty table, one of one row and one without a key are not lost on the way", async () => {
      await exec(
        "CREATE TABLE none (id int PRIMARY KEY)",
        "CREATE TABLE one (id int PRIMARY KEY)",
        "INSERT INTO one VALUES (7)",
        "CREATE TABLE keyless (id int)",
        "INSERT INTO keyless SELECT seq FROM seq_1_to_500",
        "CREATE TABLE named (id varchar(20) PRIMARY KEY)",
        "INSERT INTO named VALUES ('1')",
      );
      const session = await openSeveral();
      for (const [table, rows] of [
        ["none", 0],
        ["one", 1],
        ["keyless", 500],
        ["named", 1],
      ] as const)
        expect(await rowsOf(session, { table: { identifier: table } })).toHaveLength(rows);
    });

    test("a composite key is shared by its first column", async () => {
      await exec(
        "CREATE TABLE order_lines (id int, line int, filler char(50), PRIMARY KEY (id, line))",
        "INSERT INTO order_lines SELECT a.seq, b.seq, 'x' FROM seq_1_to_500 a, seq_1_to_20 b",
        "ANALYZE TABLE order_lines",
      );
      const session = await openSeveral();
      const columns = [...ID, { name: "line", type: "INTEGER" }];
      const rows = await rowsOf(session, { table: { identifier: "order_lines" } }, columns);
      expect(new Set(rows.map(String)).size).toBe(10_000);
      expect(rows).toHaveLength(10_000);
    });

    test("tables are read side by side", async () => {
      await exec(
        "CREATE TABLE a (id int PRIMARY KEY)",
        "INSERT INTO a SELECT seq FROM seq_1_to_1000",
        "CREATE VIEW slow AS SELECT a.seq AS id FROM seq_1_to_1000000 a JOIN seq_1_to_1000000 b ON a.seq + b.seq = 1",
      );
      const session = await openSeveral({ readers: 1 });
      const abort = new AbortController();
      const slow = failureOf(rowsOf(session, { table: { identifier: "slow" }, signal: abort.signal }));
      // While that one runs, this one ends.
      expect(await rowsOf(session, { table: { identifier: "a" } })).toHaveLength(1_000);
      abort.abort(new Error("enough"));
      expect((await slow).message).toBe("enough");
    });

    test("without the right to lock it is refused with what to grant", async () => {
      const error = await failureOf(openSession({ readers: 2, lockAndStart: true }));
      expect(error).toMatchObject({ code: "store/lock-not-allowed", retryable: false });
      expect(error.help).toContain("GRANT RELOAD");
    });

    test("the lock is not waited for longer than allowed, and writers go on after that", async () => {
      await exec("CREATE TABLE held (id int)");
      const other = await store.openWriter();
      await other.exec("LOCK TABLES held WRITE");
      const started = performance.now();
      const error = await failureOf(openSeveral({ lockTimeoutMs: 1_000 }));
      expect(error).toMatchObject({ code: "store/timeout", retryable: true });
      expect(performance.now() - started).toBeLessThan(SOON_MS);
      await other.exec("UNLOCK TABLES");
      await exec("INSERT INTO held VALUES (1)");
    });

    test("aborting while the lock is waited for lets the writers go at once", async () => {
      await exec("CREATE TABLE held (id int)", "CREATE TABLE free (id int)");
      const other = await store.openWriter();
      await other.exec("LOCK TABLES held WRITE");
      await exec(`GRANT RELOAD ON *.* TO ${await reader()}`);
      const abort = new AbortController();
      const opening = failureOf(openSession({ readers: 2, lockAndStart: true }, abort.signal));
      const deadline = AbortSignal.timeout(5_000);
      while (
        !(
          await store.writer.value(`SELECT group_concat(coalesce(info, '')) FROM information_schema.processlist`)
        ).includes("FLUSH TABLES WITH READ LOCK")
      ) {
        if (deadline.aborted) throw new Error("the lock was not asked for");
      }
      abort.abort(new Error("enough"));
      expect((await opening).message).toBe("enough");
      const started = performance.now();
      await other.exec("UNLOCK TABLES");
      await exec("INSERT INTO free VALUES (1)");
      expect(performance.now() - started).toBeLessThan(SOON_MS);
    });

    test("a writer at full speed waits for the start no longer than a moment", async () => {
      await exec("CREATE TABLE busy (id int AUTO_INCREMENT PRIMARY KEY)", `GRANT RELOAD ON *.* TO ${await reader()}`);
      const writer = await store.openWriter();
      let stop = false;
      let longest = 0;
      let writes = 0;
      const writing = (async () => {
        while (!stop) {
          const began = performance.now();
          await writer.exec("INSERT INTO busy VALUES (NULL)");
          longest = Math.max(longest, performance.now() - began);
          writes++;
        }
      })();
      for (let round = 0; round < 10; round++) {
        const session = await openSession({ readers: 3, lockAndStart: true });
        await session.close();
      }
      stop = true;
      await writing;
      console.log(`mariadb: 10 starts behind a lock, ${writes} writes, the longest took ${longest.toFixed(1)} ms`);
      expect(writes).toBeGreaterThan(10);
      expect(longest).toBeLessThan(SOON_MS);
    });
  });

  describe("a part of the rows", () => {
    const of = (identifier: string, type: string, from?: string, to?: string) => ({
      identifier,
      type,
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
    });

    test.each([
      ["int", "BIGINT", ["1", "5", "5", "9", "NULL"], "5", "9", 2],
      ["bigint unsigned", "UBIGINT", ["18446744073709551615", "1", "NULL"], "18446744073709551615", undefined, 1],
      ["decimal(10,2)", "DECIMAL(10,2)", ["1.10", "1.11", "-3"], "1.11", undefined, 1],
      ["date", "DATE", ["'2024-01-01'", "'2024-01-02'"], "2024-01-02", undefined, 1],
      [
        "datetime(6)",
        "TIMESTAMP",
        ["'2024-01-01 00:00:00.000001'", "'2024-01-01 00:00:00.000002'", "NULL"],
        "2024-01-01 00:00:00.000002",
        undefined,
        1,
      ],
      [
        "timestamp(6) NULL",
        "TIMESTAMPTZ",
        ["from_unixtime(1700000000.5)", "from_unixtime(1700000001)"],
        undefined,
        "2023-11-14 22:13:21+00",
        1,
      ],
      [
        "uuid",
        "UUID",
        ["'018f0000-0000-7000-8000-000000000001'", "'018f0000-0000-7000-8000-0000000000ff'"],
        "018f0000-0000-7000-8000-0000000000ff",
        undefined,
        1,
      ],
      [
        "char(36)",
        "UUID",
        [
          "'018F0000-0000-7000-8000-000000000001'",
          "'018F0000-0000-7000-8000-0000000000FF'",
          "'018f000000007000800000000000ffff'",
        ],
        "018f0000-0000-7000-8000-0000000000ff",
        undefined,
        2,
      ],
      ["varchar(9)", "VARCHAR", ["'B'", "'a'", "'c'", "''"], "a", undefined, 2],
      ["varchar(9)", "BIGINT", ["'9'", "'10'", "'100'", "NULL"], "10", undefined, 2],
      ["varchar(9)", "BIGINT", ["'9'", "'10'", "'100'", "'-1'"], "9", "100", 2],
      ["double", "BIGINT", ["9", "10", "100", "NULL"], "10", undefined, 2],
      [
        "varchar(30)",
        "TIMESTAMP",
        ["'2024-01-01T09:00:00'", "'2024-01-01 10:00:00.50'", "'2024-01-01T10:00:00.5'", "'2024-01-02'", "NULL"],
        "2024-01-01 10:00:00.5",
        "2024-01-02 00:00:00",
        2,
      ],
    ] as const)(
      "by %s as %s: from is in it, to is not, NULL is in none",
      async (type, declared, values, from, to, rows) => {
        await exec(
          `CREATE TABLE t (id ${type})`,
          `INSERT INTO t VALUES ${values.map((value) => `(${value})`).join(", ")}`,
        );
        const session = await openSession();
        const columns = [{ name: "id", type: declared }];
        const table = { identifier: "t" };
        const window = of("id", declared, from, to);
        expect(await rowsOf(session, { table, window }, columns)).toHaveLength(rows);
        const extraction = await extractNamed(session, { table, columns, window });
        expect((await extraction.account?.({ checksum: false }))?.rows).toBe(rows);
        expect(await rowsOf(session, { table, window: of("id", declared) }, columns)).toHaveLength(
          values.filter((value) => value !== "NULL").length,
        );
      },
    );

    test("a text that is none of the declared type is in every window, where it is refused and not left out", async () => {
      await exec("CREATE TABLE t (id varchar(9))", "INSERT INTO t VALUES ('9'), ('10'), ('none')");
      const session = await openSession();
      const request = {
        table: { identifier: "t" },
        columns: [{ name: "id", type: "BIGINT" }],
        window: of("id", "BIGINT", "10"),
      };
      const extraction = await extractNamed(session, request);
      expect((await extraction.account({ checksum: false })).rows).toBe(2);
    });

    test("a bound is never pasted into the query", async () => {
      await exec("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)");
      const session = await openSession();
      const table = { identifier: "t" };
      const error = await failureOf(rowsOf(session, { table, window: of("id", "BIGINT", "1 OR 1=1") }));
      expect(error.message).not.toContain("OR 1=1");
    });
  });

  describe("a query as a port", () => {
    const QUERY =
      "WITH t AS (SELECT * FROM orders) SELECT id, amount * 2 AS twice, upper(label) AS label, day, flag, u FROM t -- all";
    beforeEach(() =>
      exec(
        "CREATE TABLE orders (id bigint unsigned PRIMARY KEY, amount decimal(10,2), label varchar(20) CHARACTER SET latin1, day date NOT NULL, flag tinyint(1), u uuid)",
        `INSERT INTO orders VALUES (1, 1.25, 'é"', '2024-02-29', 1, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), (2, NULL, NULL, '2024-03-01', 0, NULL)`,
      ),
    );
    const table = { identifier: "port", query: QUERY };

    test("its columns are known without running it", async () => {
      const session = await openSession();
      expect(await session.columns(table)).toMatchObject([
        { name: "id", type: "UBIGINT", storeType: "bigint unsigned", nullable: false },
        { name: "twice", type: "DECIMAL(11,2)", nullable: true },
        { name: "label", type: "VARCHAR" },
        { name: "day", type: "DATE", nullable: false },
        { name: "flag", type: undefined, storeType: "tinyint(1)" },
        { name: "u", type: "UUID" },
      ]);
      const slow = "SELECT count(*) AS v FROM seq_1_to_1000000 a JOIN seq_1_to_1000000 b ON a.seq + b.seq = 1";
      const started = performance.now();
      expect(await session.columns({ identifier: "slow", query: slow })).toMatchObject([{ name: "v", type: "BIGINT" }]);
      expect(performance.now() - started).toBeLessThan(SOON_MS);
    });

    test("its rows land like a table's, and are accounted for", async () => {
      const session = await openSession();
      const columns = [
        { name: "id", type: "UBIGINT" },
        { name: "twice", type: "DECIMAL(12,2)" },
        { name: "label", type: "VARCHAR" },
        { name: "day", type: "DATE" },
        { name: "flag", type: "BOOLEAN" },
        { name: "u", type: "UUID" },
      ];
      const extraction = await session.extract({ table, columns: named(columns) });
      const account = await extraction.account?.({ checksum: true });
      const { rows, checksum } = await landChecked(extraction, columns, []);
      expect(rows).toEqual([
        ["1", "2.50", 'É"', "2024-02-29", "true", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
        ["2", null, null, "2024-03-01", "false", null],
      ]);
      expect(account).toEqual({ rows: 2, values: [2, 1, 1, 2, 2, 1], checksum, unchecked: [] });
    });

    test.each([
      ["a statement that writes", "INSERT INTO orders (id) VALUES (9)"],
      ["two statements", "SELECT 1 AS id; DROP TABLE orders"],
      ["one that goes on after a comment", "/* SELECT */ DELETE FROM orders"],
      ["one that breaks out of its bracket", "SELECT 1 AS id) AS x; DROP TABLE orders; SELECT (1"],
      ["one that writes a file", "SELECT 1 AS id INTO OUTFILE '/tmp/mesh-no'"],
      ["no statement at all", "   "],
    ])("%s is refused", async (_, query) => {
      const session = await openSession();
      const error = await failureOf(session.columns({ identifier: "port", query }));
      expect(error.code).toBe("store/query-failed");
      expect(await store.writer.value("SELECT count(*) FROM orders")).toBe("2");
    });
  });

  describe("what cannot be one instant", () => {
    test("a view over a table without transactions is refused where its text may be seen", async () => {
      await exec(
        "CREATE TABLE old (id int) ENGINE=MyISAM",
        "CREATE VIEW inner_view AS SELECT id FROM old",
        "CREATE VIEW port AS SELECT id FROM inner_view",
      );
      const session = await openSession();
      expect(await failureOf(rowsOf(session, { table: { identifier: "port" } }))).toMatchObject({
        code: "store/not-consistent",
        message: expect.stringContaining("MyISAM"),
      });
      const query = { identifier: "port", query: "SELECT id FROM old" };
      expect((await failureOf(rowsOf(session, { table: query }))).code).toBe("store/not-consistent");
    });

    test("an isolation that would lock every row is refused", async () => {
      expect((await failureOf(openSession({ isolation: "serializable" }))).code).toBe("store/connection-invalid");
    });
  });

  describe("rows that are too long", () => {
    const columns = [...ID, { name: "v", type: "BLOB" }];
    test("one longer than the server's packets is an error with its count, not a NULL", async () => {
      await exec(
        "CREATE TABLE t (id int, v longblob)",
        "INSERT INTO t VALUES (1, 'x'), (2, repeat('x', 600000)), (3, NULL)",
      );
      const session = await openSession();
      const error = await failureOf(rowsOf(session, { table: { identifier: "t" } }, columns));
      expect(error).toMatchObject({ code: "store/row-too-long" });
      expect(error.message).toContain("1 row ");
      const extraction = await extractNamed(session, { table: { identifier: "t" }, columns });
      const account = await extraction.account?.({ checksum: true });
      expect(account).toMatchObject({ rows: 3, values: [3, 2] });
      expect(account?.checksum).toBeUndefined();
      expect(account?.unchecked.map(({ column }) => column)).toEqual(["id", "v"]);
    });

    test("long ones that fit arrive whole", async () => {
      await exec(
        "CREATE TABLE t (id int, v longtext)",
        "INSERT INTO t SELECT seq, repeat('é\\\"', 100000) FROM seq_1_to_5",
      );
      const session = await openSession();
      const text = [...ID, { name: "v", type: "VARCHAR" }];
      const extraction = await extractNamed(session, { table: { identifier: "t" }, columns: text });
      const account = await extraction.account?.({ checksum: true });
      const { rows, checksum } = await landChecked(extraction, text, []);
      expect(rows.map(([id, v]) => [id, v?.length])).toEqual([1, 2, 3, 4, 5].map((id) => [String(id), 200_000]));
      expect(account?.checksum).toBe(checksum);
    });
  });

  test("an invisible column is read when it is declared", async () => {
    await exec("CREATE TABLE t (id int, hidden int INVISIBLE)", "INSERT INTO t (id, hidden) VALUES (1, 2)");
    const session = await openSession();
    expect(await rowsOf(session, { table: { identifier: "t" } }, [{ name: "hidden", type: "INTEGER" }])).toEqual([
      ["2"],
    ]);
  });

  test("a column whose values are replaced is counted and left out of the checksum", async () => {
    await exec("CREATE TABLE t (id int, card varchar(20))", "INSERT INTO t VALUES (1, 'a'), (2, NULL)");
    const session = await openSession();
    const columns = [
      { name: "id", identifier: "id", type: "BIGINT" },
      { name: "card", identifier: "card", type: "VARCHAR", replaced: true },
    ];
    const account = async (request: ExtractRequest) => (await session.extract(request)).account?.({ checksum: true });
    const both = await account({ table: { identifier: "t" }, columns });
    const alone = await account({ table: { identifier: "t" }, columns: columns.slice(0, 1) });
    expect(both).toMatchObject({ rows: 2, values: [2, 1], unchecked: [] });
    expect(both?.checksum).toBe(alone?.checksum);
  });

  test("a table is estimated from the server's statistics, a view is not", async () => {
    await exec(
      "CREATE TABLE t (id int PRIMARY KEY)",
      "INSERT INTO t SELECT seq FROM seq_1_to_5000",
      "ANALYZE TABLE t",
      "CREATE VIEW v AS SELECT id FROM t",
    );
    const session = await openSession();
    const table = await extractNamed(session, { table: { identifier: "t" }, columns: ID });
    expect(table.estimate?.rows).toBeGreaterThan(4_000);
    expect(table.estimate?.bytes).toBeGreaterThan(50_000);
    expect((await extractNamed(session, { table: { identifier: "v" }, columns: ID })).estimate).toBeUndefined();
    expect(table.storeMs?.()).toBe(0);
    for await (const _ of bytesOf(table));
    expect(table.storeMs?.()).toBeGreaterThan(0);
  });

  test("a migration waits for the reader of its table only, not for the end of the session", async () => {
    await exec("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)", "SET lock_wait_timeout = 2");
    const session = await openSession();
    expect(await rowsOf(session, { table: { identifier: "t" } })).toEqual([["1"]]);
    await exec("ALTER TABLE t ADD COLUMN more int, ALGORITHM=COPY");
    expect((await failureOf(rowsOf(session, { table: { identifier: "t" } }))).code).toBe("store/conflict");
  });

  test("mesh waits for a migration no longer than allowed", async () => {
    await exec("CREATE TABLE t (id int)");
    const other = await store.openWriter();
    const session = await openSession({ lockTimeoutMs: 1_000 });
    await session.columns({ identifier: "t" });
    await other.exec("LOCK TABLES t WRITE");
    expect(await failureOf(rowsOf(session, { table: { identifier: "t" } }))).toMatchObject({
      code: "store/timeout",
      retryable: true,
    });
  });

  test("a statement is stopped after the store's limit", async () => {
    await exec(
      "CREATE VIEW endless AS SELECT a.seq AS id FROM seq_1_to_1000000 a JOIN seq_1_to_1000000 b ON a.seq + b.seq = 1",
    );
    const session = await openSession({ statementTimeoutMs: 300 });
    expect((await failureOf(rowsOf(session, { table: { identifier: "endless" } }))).code).toBe("store/timeout");
  });

  test("a session that waits longer than the idle limit is kept alive", async () => {
    await exec("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)");
    const session = await openSession({ idleTimeoutMs: 1_000 });
    await once(AbortSignal.timeout(2_500), "abort");
    expect(await rowsOf(session, { table: { identifier: "t" } })).toEqual([["1"]]);
  });
});

test("cut points share weights out evenly, however they lie", () => {
  const buckets = (rows: readonly number[]) => rows.map((count, i) => ({ from: BigInt(i * 10), rows: count }));
  expect(cutPoints(buckets([1, 1, 1, 1]), 2)).toEqual([20n]);
  expect(cutPoints(buckets([1, 1, 1, 1]), 4)).toEqual([10n, 20n, 30n]);
  expect(cutPoints(buckets([9, 0, 0, 0]), 2)).toEqual([10n]);
  expect(cutPoints(buckets([0, 0, 0, 9]), 2)).toEqual([]);
  expect(cutPoints(buckets([]), 3)).toEqual([]);
});
