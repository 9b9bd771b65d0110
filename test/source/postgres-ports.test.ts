// Windows of a cursor and queries as ports on a real Postgres: which rows, which columns, which index, and what is refused.
import { beforeAll, describe, expect, test } from "vitest";
import { oneSelect } from "../../core/source/knex/postgres/select-only.ts";
import { extractNamed } from "../support/extract-all.ts";
import { failureOf, reading, rowsOf, withSession } from "../support/read-store.ts";
import { sharedStore } from "../support/shared-store.ts";
import { startTestPostgres } from "../support/stores.ts";

const store = sharedStore(startTestPostgres);
const exec = (sql: string) => store.writer.exec(sql);
const ID = [{ name: "id", type: "BIGINT" }];

describe("windows", () => {
  const inWindow = (type: string, bounds: { from?: string; to?: string }, table = "w") =>
    withSession(store.settings, async (session) => {
      const request = { table: { identifier: table }, columns: ID, window: { identifier: "c", type, ...bounds } };
      const extraction = await extractNamed(session, request);
      const rows = (await rowsOf(extraction)).map(([id]) => Number(id)).sort((a, b) => a - b);
      expect(await extraction.account?.({ checksum: true })).toMatchObject({ rows: rows.length });
      return rows;
    });
  const fill = async (type: string, literals: readonly string[]) => {
    await exec(`DROP TABLE IF EXISTS w; CREATE TABLE w (id int, c ${type}); CREATE INDEX w_c ON w (c)`);
    for (const [i, literal] of literals.entries()) await exec(`INSERT INTO w VALUES (${i + 1}, ${literal})`);
  };

  test.each([
    [
      "timestamptz",
      "TIMESTAMPTZ",
      ["'2024-01-01 00:00:00.000001+00'", "'2024-01-01 02:00:00.000002+02'", "'2024-01-01 00:00:00.000003+00'", "NULL"],
      { from: "2024-01-01 00:00:00.000002+00", to: "2024-01-01 00:00:00.000003+00" },
      [2],
    ],
    [
      "timestamp(3)",
      "TIMESTAMP",
      ["'2024-01-01 00:00:00.123'", "'2024-01-01 00:00:00.124'"],
      { from: "2024-01-01 00:00:00.1236" },
      [2],
    ],
    [
      "timestamp",
      "TIMESTAMP",
      ["'0044-03-15 10:00:00 BC'", "'-infinity'", "'infinity'"],
      { from: "0044-03-15 (BC) 10:00:00", to: "infinity" },
      [1],
    ],
    ["date", "DATE", ["'2024-02-29'", "'2024-03-01'", "NULL"], { from: "2024-02-29", to: "2024-03-01" }, [1]],
    ["date", "TIMESTAMP", ["'2024-02-29'", "'2024-03-01'"], { from: "2024-02-29 12:00:00" }, [2]],
    ["integer", "BIGINT", ["1", "2", "3", "NULL"], { from: "2", to: "3000000000" }, [2, 3]],
    ["bigint", "DECIMAL(20,1)", ["1", "2", "9007199254740993"], { from: "1.5" }, [2, 3]],
    ["numeric(5,2)", "DECIMAL(5,2)", ["1.00", "1.01", "NULL"], { from: "1.005" }, [2]],
    ["numeric", "DECIMAL(20,4)", ["1", "2"], { to: "2.0000" }, [1]],
    [
      "uuid",
      "UUID",
      ["'018f0000-0000-7000-8000-000000000001'", "'018f0000-0000-7000-8000-000000000002'"],
      { from: "018f0000-0000-7000-8000-000000000002" },
      [2],
    ],
    ['text COLLATE "en-x-icu"', "VARCHAR", ["'Z'", "'a'", "'B'"], { from: "a" }, [2]],
    ["text", "VARCHAR", ["'Z'", "'a'", "'é'", "NULL"], { from: "a", to: "é" }, [2]],
    [
      "text",
      "UUID",
      ["'018F0000-0000-7000-8000-00000000000A'", "'018f0000-0000-7000-8000-00000000000b'"],
      { from: "018f0000-0000-7000-8000-00000000000b" },
      [2],
    ],
    ["text", "VARCHAR", ["'it''s'", "'x'"], { from: "it's", to: "it's!" }, [1]],
    ["integer", "INTEGER", ["1", "NULL", "3"], {}, [1, 3]],
  ] as const)("%s declared %s %j between %j", async (type, declared, literals, bounds, expected) => {
    await fill(type, literals);
    expect(await inWindow(declared, bounds)).toEqual(expected);
  });

  test("what is no value of the type is an error of the store, and runs nothing", async () => {
    await fill("integer", ["1"]);
    const error = await failureOf(inWindow("BIGINT", { from: "1'; DROP TABLE w; --" }));
    expect(error.code).toBe("store/query-failed");
    expect(error.message).not.toContain("DROP");
    expect(await inWindow("BIGINT", {})).toEqual([1]);
  });

  test.each([
    ["timestamptz", "TIMESTAMPTZ", "'2024-01-01'::timestamptz + n * interval '1 s'", "2024-01-01 02:00:00+00"],
    ["timestamp(3)", "TIMESTAMP", "'2024-01-01'::timestamp + n * interval '1 s'", "2024-01-01 02:00:00"],
    ["date", "DATE", "'2024-01-01'::date + n", "2040-01-01"],
    ["smallint", "BIGINT", "n", "9000"],
    ["numeric(10,2)", "DECIMAL(10,2)", "n", "9000.00"],
    ["uuid", "UUID", "lpad(to_hex(n), 32, '0')::uuid", "00000000-0000-0000-0000-000000002328"],
  ])("a bound on %s uses its index", async (type, declared, value, from) => {
    await exec(
      `DROP TABLE IF EXISTS indexed; CREATE TABLE indexed (id int, c ${type}); INSERT INTO indexed SELECT n, ${value} FROM generate_series(1, 10000) n; CREATE INDEX indexed_c ON indexed (c); ANALYZE indexed`,
    );
    const scans =
      "SELECT pg_stat_force_next_flush()::text || idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'indexed_c'";
    const before = Number(await store.writer.value(scans));
    await inWindow(declared, { from }, "indexed");
    await expect.poll(async () => Number(await store.writer.value(scans))).toBeGreaterThan(before);
  });
});

describe("one SELECT", () => {
  test.each([
    "SELECT 1",
    "  select 1;  ",
    "SELECT 1; -- the end",
    "SELECT 1 /* a; /* nested; */ comment */",
    "SELECT ';' AS \"a;b\", $$;$$, $x$ ; $$ $x$, E'\\';', 'it''s;'",
    "WITH a AS (SELECT 1) SELECT * FROM a -- no semicolon; here",
    "(SELECT 1) UNION (SELECT 2)",
    "VALUES (1)",
    "TABLE orders",
    "SELECT a$1 FROM t",
  ])("%s", (query) => {
    expect(oneSelect(query)).not.toHaveProperty("refused");
  });

  test.each([
    ["SELECT 1; SELECT 2", /more than one/],
    ["SELECT 1;;", /more than one/],
    ["SELECT 1) AS x; DROP TABLE orders; --", /bracket/],
    ["SELECT (1", /not closed/],
    ["DELETE FROM orders", /begins with DELETE/],
    ["-- SELECT\nUPDATE orders SET id = 1", /begins with UPDATE/],
    ["EXPLAIN SELECT 1", /begins with EXPLAIN/],
    ["  /* nothing */ ", /empty/],
    ["SELECT 1 /* open", /no end/],
    ["SELECT $a$ open", /no end/],
    ["SELECT (SELECT 1; SELECT 2)", /inside brackets/],
  ])("%s is refused", (query, reason) => {
    expect(oneSelect(query)).toMatchObject({ refused: expect.stringMatching(reason) });
  });
});

describe("queries as ports", () => {
  const port = (query: string) => ({ identifier: "port", query });
  beforeAll(() =>
    exec(`
      CREATE DOMAIN cents AS numeric(10,2);
      CREATE TYPE mood AS ENUM ('ok', 'bad');
      CREATE TABLE orders (id bigint PRIMARY KEY, amount cents NOT NULL, m mood, at timestamptz, tags text[]);
      INSERT INTO orders VALUES (1, 1.5, 'ok', '2024-01-01 00:00:00+00', '{a,b}'), (2, 2.25, 'bad', NULL, NULL)`),
  );

  test("columns are described without running the query, with domains resolved and NULLs possible", async () => {
    await exec("CREATE SEQUENCE ran");
    await withSession(store.settings, async (session) => {
      const query = `SELECT id AS "Order Id", amount, amount * 2 AS doubled, m, at::timestamp(3) AS "at", tags, count(*) OVER () AS n,
        (SELECT pg_sleep(30) IS NULL) AS slept, 'x' AS label FROM orders -- a comment`;
      expect(await session.columns(port(query))).toEqual([
        { name: "Order Id", storeType: "bigint", type: "BIGINT", nullable: true },
        { name: "amount", storeType: "numeric(10,2)", type: "DECIMAL(10,2)", nullable: true },
        { name: "doubled", storeType: "numeric", type: undefined, nullable: true },
        { name: "m", storeType: "mood", type: "VARCHAR", nullable: true },
        { name: "at", storeType: "timestamp(3) without time zone", type: "TIMESTAMP", nullable: true },
        { name: "tags", storeType: "text[]", type: "VARCHAR[]", nullable: true },
        { name: "n", storeType: "bigint", type: "BIGINT", nullable: true },
        { name: "slept", storeType: "boolean", type: "BOOLEAN", nullable: true },
        { name: "label", storeType: "text", type: "VARCHAR", nullable: true },
      ]);
    });
  });

  test("rows are read by the names the query gives, in the order asked for, with window and account", async () => {
    const query = `WITH o AS (SELECT * FROM orders) SELECT id AS "Order Id", amount AS "a""b", at FROM o;`;
    await withSession(store.settings, async (session) => {
      const columns = [
        { name: 'a"b', type: "DECIMAL(10,2)" },
        { name: "Order Id", type: "BIGINT" },
      ];
      const extraction = await extractNamed(session, { table: port(query), columns });
      expect((await rowsOf(extraction)).sort()).toEqual([
        ["1.50", "1"],
        ["2.25", "2"],
      ]);
      expect(extraction.estimate).toBeUndefined();
      const window = { identifier: "Order Id", type: "BIGINT", from: "2" };
      const windowed = await extractNamed(session, { table: port(query), columns, window });
      expect(await rowsOf(windowed)).toEqual([["2.25", "2"]]);
      expect(await windowed.account?.({ checksum: false })).toEqual({ rows: 1, values: [1, 1], unchecked: [] });
    });
  });

  test.each([
    ["two statements", "SELECT 1 AS a; SELECT 2", /more than one statement/],
    ["a statement that changes", "DELETE FROM orders RETURNING id", /begins with DELETE/],
    ["a change hidden in WITH", "WITH d AS (DELETE FROM orders RETURNING id) SELECT id FROM d", /WITH|read-only/],
    ["a lock", "SELECT id FROM orders FOR UPDATE", /read-only|FOR UPDATE/],
    ["an unknown table", "SELECT id FROM ordres", /ordres/],
    ["wrong syntax", "SELECT id FRM orders WHERE", /syntax/],
    ["the same name twice", "SELECT id, id FROM orders", /more than once/],
    ["INTO", "SELECT id INTO other FROM orders", /INTO|syntax/],
  ])("%s is refused, and the session goes on", async (_, query, reason) => {
    await withSession(store.settings, async (session) => {
      const error = await failureOf(session.columns(port(query)));
      expect(error.code).toBe("store/query-not-a-select");
      expect(error.message).toMatch(reason);
      expect(error.help).toContain("one SELECT");
      const orders = await extractNamed(session, { table: { identifier: "orders" }, columns: ID });
      expect((await rowsOf(orders)).length).toBe(2);
    });
    expect(await store.writer.value("SELECT count(*) FROM orders")).toBe("2");
  });

  test("a query is never shared out, and a table it may not read is told", async () => {
    await withSession(reading(store.settings, { readers: 4, splitAboveBytes: 1 }), async (session) => {
      expect((await extractNamed(session, { table: port("SELECT id FROM orders"), columns: ID })).parts.length).toBe(1);
    });
    await exec("CREATE ROLE asker LOGIN PASSWORD 'port'");
    const url = new URL(store.settings.connection as string);
    url.username = "asker";
    url.password = "port";
    const error = await failureOf(
      withSession({ ...store.settings, connection: url.href }, (session) =>
        session.columns(port("SELECT id FROM orders")),
      ),
    );
    expect(error.code).toBe("store/permission-denied");
  });
});
