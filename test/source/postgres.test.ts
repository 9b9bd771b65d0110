// The Postgres adapter: the suite of every source on a real server, and what only Postgres has.

import { describe, expect, test } from "vitest";
import { openStore, type StoreSettings } from "../../core/source/index.ts";
import { testSource } from "../conformance/source.ts";
import { whatIsLeft } from "../support/emptied-database.ts";
import { bytesOf, extractNamed } from "../support/extract-all.ts";
import { failureOf, rowsOf, withSession } from "../support/read-store.ts";
import { sharedStore } from "../support/shared-store.ts";
import { startTestPostgres, withPostgres } from "../support/stores.ts";
import { postgresTypes } from "./types/postgres.ts";

const changed = (settings: StoreSettings, change: (url: URL) => void): StoreSettings => {
  const url = new URL(settings.connection as string);
  change(url);
  return { ...settings, connection: url.href };
};

const MESH = "datname = current_database() AND application_name = 'mesh'";

testSource("postgres", {
  start: startTestPostgres,
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  fillMany: (rows) => [`INSERT INTO many SELECT n, 'name ' || n, n * 0.5 FROM generate_series(1, ${rows}) n`],
  ...postgresTypes,
  failures: (good) => [
    ["a wrong password", changed(good, (url) => (url.password = "wr0ng-secret")), "store/access-denied"],
    ["no password", changed(good, (url) => (url.password = "")), "store/access-denied"],
    ["an unknown user", changed(good, (url) => (url.username = "nobody")), "store/access-denied"],
    ["an unknown database", changed(good, (url) => (url.pathname = "/nothing")), "store/database-missing"],
    ["a port where nothing listens", changed(good, (url) => (url.port = "1")), "store/unreachable"],
    ["an unknown host", changed(good, (url) => (url.hostname = "mesh-store.invalid")), "store/unreachable"],
    [
      "TLS that the server has not",
      changed(good, (url) => url.searchParams.set("sslmode", "require")),
      "store/unreachable",
    ],
    [
      "a URL of another database",
      { ...good, connection: "mysql://u:wr0ng-secret@127.0.0.1/x" },
      "store/connection-invalid",
    ],
    ["no URL", { ...good, connection: "wr0ng-secret" }, "store/connection-invalid"],
  ],
  server: {
    cut: async ({ writer }, which) =>
      Number(
        await writer.value(
          `SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE ${MESH} ${which === "reading" ? "AND query LIKE 'COPY%'" : ""}`,
        ),
      ),
    connections: async ({ writer }) =>
      Number(await writer.value(`SELECT count(*) FROM pg_stat_activity WHERE ${MESH}`)),
    running: async ({ writer }) =>
      Number(
        await writer.value(
          `SELECT count(*) FROM pg_stat_activity WHERE ${MESH} AND state = 'active' AND query LIKE 'COPY%'`,
        ),
      ),
    slowSelect:
      "SELECT sum(a.n * b.n)::bigint AS v FROM generate_series(1, 100000) a(n), generate_series(1, 100000) b(n)",
  },
});

describe("only Postgres", () => {
  const store = sharedStore(startTestPostgres);

  const read = (
    settings: StoreSettings,
    table: { schema?: string; identifier: string },
    columns: readonly { name: string; type: string }[],
  ) =>
    withSession(settings, async (session) => {
      await session.columns(table);
      return rowsOf(await extractNamed(session, { table, columns }));
    });
  const asUser = (name: string) =>
    changed(store.settings, (url) => {
      url.username = name;
      url.password = "port";
    });
  const id = [{ name: "id", type: "INTEGER" }];

  test("tables of other schemas are found by schema, the search path's without", async () => {
    await store.writer.exec(
      "CREATE SCHEMA sales; CREATE TABLE sales.orders (id int); INSERT INTO sales.orders VALUES (5); CREATE TABLE orders (id int)",
    );
    expect(await read(store.settings, { schema: "sales", identifier: "orders" }, id)).toEqual([["5"]]);
    expect(await read(store.settings, { identifier: "orders" }, id)).toEqual([]);
  });

  test("domains and enums land as what they are made of", async () => {
    await store.writer.exec(
      "CREATE DOMAIN cents AS numeric(10,2); CREATE DOMAIN price AS cents NOT NULL; CREATE TYPE mood AS ENUM ('ok', 'bad'); CREATE TABLE moods (p price, m mood, ms mood[]); INSERT INTO moods VALUES (1.5, 'ok', '{ok,bad}')",
    );
    const connection = await openStore(store.settings);
    const session = await connection.openConsistentSession();
    expect(await session.columns({ identifier: "moods" })).toEqual([
      { name: "p", storeType: "price", type: "DECIMAL(10,2)", nullable: false },
      { name: "m", storeType: "mood", type: "VARCHAR", nullable: true },
      { name: "ms", storeType: "mood[]", type: "VARCHAR", nullable: true },
    ]);
    await connection.close();
  });

  test("a user without the right, on the table, a column or the schema, is told so", async () => {
    await store.writer.exec(
      "CREATE ROLE port LOGIN PASSWORD 'port'; CREATE TABLE closed (id int, secret text); CREATE TABLE half (id int, secret text); GRANT SELECT (id) ON half TO port; CREATE SCHEMA hidden; CREATE TABLE hidden.t (id int); GRANT SELECT ON hidden.t TO port",
    );
    expect((await failureOf(read(asUser("port"), { identifier: "closed" }, id))).code).toBe("store/permission-denied");
    expect(
      (await failureOf(read(asUser("port"), { identifier: "half" }, [{ name: "secret", type: "VARCHAR" }])))?.code,
    ).toBe("store/permission-denied");
    expect((await failureOf(read(asUser("port"), { schema: "hidden", identifier: "t" }, id))).code).toBe(
      "store/permission-denied",
    );
    expect(await read(asUser("port"), { identifier: "half" }, id)).toEqual([]);
  });

  test("row policies are refused, since they would leave rows out silently", async () => {
    await store.writer.exec(
      "CREATE ROLE policed LOGIN PASSWORD 'port'; CREATE TABLE tenants (id int); INSERT INTO tenants VALUES (1), (2); ALTER TABLE tenants ENABLE ROW LEVEL SECURITY; CREATE POLICY one ON tenants USING (id = 1); GRANT SELECT ON tenants TO policed",
    );
    expect((await failureOf(read(asUser("policed"), { identifier: "tenants" }, id))).code).toBe(
      "store/permission-denied",
    );
  });

  test("a view that fails on a row says so without the row's value", async () => {
    await store.writer.exec(
      "CREATE TABLE raw (v text); INSERT INTO raw VALUES ('top-secret-9'); CREATE VIEW broken AS SELECT v::int AS id FROM raw",
    );
    const error = await failureOf(read(store.settings, { identifier: "broken" }, id));
    expect(error.code).toBe("store/query-failed");
    expect(error.message).not.toContain("top-secret-9");
    expect(error.message).toContain("22P02");
  });

  test("a time limit of the role stops the query and is retryable", async () => {
    await store.writer.exec("CREATE VIEW endless AS SELECT 1 AS id FROM generate_series(1, 1000000000)");
    const error = await failureOf(
      read(
        changed(store.settings, (url) => url.searchParams.set("statement_timeout", "200")),
        { identifier: "endless" },
        id,
      ),
    );
    expect(error).toMatchObject({ code: "store/timeout", retryable: true });
  });

  test("a cut exactly at a row's end is an error too", async () => {
    await store.writer.exec(
      "CREATE TABLE pairs (id int); INSERT INTO pairs SELECT generate_series(1, 10); CREATE FUNCTION pause_after(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF n > 5 THEN PERFORM pg_sleep(60); END IF; RETURN n; END $$; CREATE VIEW pausing AS SELECT pause_after(id) AS id FROM pairs",
    );
    const connection = await openStore(store.settings);
    const session = await connection.openConsistentSession();
    const extraction = await extractNamed(session, { table: { identifier: "pausing" }, columns: id });
    const reading = bytesOf(extraction)[Symbol.asyncIterator]();
    const failure = failureOf(
      (async () => {
        while (!(await reading.next()).done);
      })(),
    );
    while ((await store.writer.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")) !== "1");
    await store.writer.value(
      `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE ${MESH} AND wait_event = 'PgSleep'`,
    );
    expect((await failure).code).toBe("store/connection-lost");
    await connection.close();
  });

  test("the position is the log's, and connections are no more than the readers of the concurrency asked for, an account and the leader", async () => {
    const connection = await openStore({ ...store.settings, reading: { ...store.settings.reading, concurrency: 2 } });
    const session = await connection.openConsistentSession();
    expect(session.position).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        for await (const _ of bytesOf(await extractNamed(session, { table: { identifier: "pairs" }, columns: id })));
      }),
    );
    expect(Number(await store.writer.value(`SELECT count(*) FROM pg_stat_activity WHERE ${MESH}`))).toBeLessThanOrEqual(
      4,
    );
    await connection.close();
  });
});

test("a database that a test is done with is as good as new for the next one, or is not used again", () =>
  withPostgres(async (server) => {
    const SCHEMA = "SELECT concat(nspowner::regrole, nspacl) FROM pg_namespace WHERE nspname = 'public'";
    const used = await server.createStore();
    const whenNew = await used.writer.value(SCHEMA);
    await used.writer.exec(
      "CREATE EXTENSION citext; CREATE SCHEMA other; CREATE TABLE other.t (id serial, v citext); REVOKE ALL ON SCHEMA public FROM PUBLIC",
    );
    expect(await whatIsLeft(used.writer)).toContain("extension");
    await used.remove();
    const { writer, settings, remove } = await server.createStore();
    expect(settings.connection).toBe(used.settings.connection);
    expect([await whatIsLeft(writer), await writer.value(SCHEMA)]).toEqual(["", whenNew]);

    const database = await writer.value("SELECT current_database()");
    for (const [left, statement] of [
      ["am", "CREATE ACCESS METHOD own TYPE INDEX HANDLER bthandler"],
      ["cast", "CREATE CAST (text AS integer) WITH INOUT"],
      ["changed class", "REVOKE SELECT ON pg_tables FROM PUBLIC"],
      ["changed proc", "REVOKE EXECUTE ON FUNCTION pg_sleep FROM PUBLIC"],
      ["database", `REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC`],
      ["database", `ALTER DATABASE ${database} CONNECTION LIMIT 3`],
      ["default_acl", "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC"],
      [
        "foreign_data_wrapper, foreign_server",
        "CREATE FOREIGN DATA WRAPPER own; CREATE SERVER s FOREIGN DATA WRAPPER own",
      ],
      ["language", "CREATE LANGUAGE own HANDLER plpgsql_call_handler"],
      ["largeobject_metadata", "SELECT lo_create(5)"],
      ["publication", "CREATE PUBLICATION own"],
      ["schema", "CREATE SCHEMA own"],
      ["setting", `ALTER DATABASE ${database} SET work_mem = '1MB'`],
      ["subscription", "CREATE SUBSCRIPTION own CONNECTION '' PUBLICATION own WITH (connect = false)"],
    ] as const) {
      await writer.exec(`BEGIN; ${statement}`);
      expect(await whatIsLeft(writer)).toBe(left);
      await writer.exec("ROLLBACK");
    }

    await writer.exec(`ALTER DATABASE ${database} SET work_mem = '1MB'`);
    await remove();
    const another = await server.createStore();
    expect(another.settings.connection).not.toBe(settings.connection);
    await another.remove();
  }));
