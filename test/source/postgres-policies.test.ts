// How gently Postgres is read: isolation, time limits, locks, connections; and what happens when a migration or an encoding is in the way.
import { beforeAll, describe, expect, test } from "vitest";
import type { ReadingPolicy } from "../../core/manifest/index.ts";
import { openStore, type StoreSettings } from "../../core/source/index.ts";
import { extractNamed, named } from "../support/extract-all.ts";
import { landChecked } from "../support/land-rows.ts";
import { failureOf, reading, rowsOf, textOf, withSession } from "../support/read-store.ts";
import { sharedStore } from "../support/shared-store.ts";
import { SOON_MS } from "../support/soon.ts";
import { startTestPostgres } from "../support/stores.ts";

const ID = [{ name: "id", type: "BIGINT" }];
const MESH = "backend_type = 'client backend' AND datname = current_database() AND application_name = 'mesh'";
const store = sharedStore(startTestPostgres);
const exec = (sql: string) => store.writer.exec(sql);
const value = (sql: string) => store.writer.value(sql);
const within = (changes: Partial<ReadingPolicy>) => reading(store.settings, changes);
const read = (settings: StoreSettings, identifier: string, columns = ID) =>
  withSession(settings, async (session) => rowsOf(await extractNamed(session, { table: { identifier }, columns })));

describe("limits", () => {
  beforeAll(() =>
    exec(`CREATE TABLE held (id bigint, pad text); INSERT INTO held SELECT n, repeat('x', 500) FROM generate_series(1, 30000) n;
      CREATE VIEW endless AS SELECT n::bigint AS id FROM generate_series(1, 1000000000) n`),
  );

  test("the policy's statement limit stops a query; a shorter one of the role stands, a longer one does not", async () => {
    const timeout = { code: "store/timeout", retryable: true };
    expect(await failureOf(read(within({ statementTimeoutMs: 200 }), "endless"))).toMatchObject(timeout);
    const limit = (role: string, statementTimeoutMs: number) => {
      const url = new URL(store.settings.connection as string);
      url.searchParams.set("statement_timeout", role);
      return { ...within({ statementTimeoutMs }), connection: url.href };
    };
    expect(await failureOf(read(limit("200", 3_600_000), "endless"))).toMatchObject(timeout);
    expect(await failureOf(read(limit("3600000", 200), "endless"))).toMatchObject(timeout);
  });

  test("a table that a migration holds is waited for no longer than the lock limit", async () => {
    const migration = await store.openWriter();
    await migration.exec("BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE");
    const error = await failureOf(read(within({ lockTimeoutMs: 300, readers: 4, splitAboveBytes: 1 }), "held"));
    expect(error).toMatchObject({ code: "store/timeout", retryable: true });
    await migration.exec("ROLLBACK");
    expect((await read(store.settings, "held")).length).toBe(30_000);
  });

  test("a server that does not answer is given up after the connect limit", async () => {
    const { createServer } = await import("node:net");
    const silent = createServer(() => undefined);
    await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done));
    const { port } = silent.address() as { port: number };
    const url = new URL(store.settings.connection as string);
    url.port = String(port);
    const began = performance.now();
    const error = await failureOf(
      withSession({ ...within({ connectTimeoutMs: 300 }), connection: url.href }, async () => undefined),
    );
    expect(error).toMatchObject({ code: "store/unreachable", retryable: true });
    expect(performance.now() - began).toBeLessThan(SOON_MS);
    silent.close();
  });

  test("a session whose process is stuck is ended by the server; a living one is not", async () => {
    await withSession(within({ idleTimeoutMs: 200 }), async (session) => {
      const began = Number(await value("SELECT extract(epoch FROM clock_timestamp())"));
      await expect
        .poll(async () => Number(await value("SELECT extract(epoch FROM clock_timestamp())")) - began > 0.6, {
          timeout: 5000,
        })
        .toBe(true);
      expect(await session.tables()).toContain("held");
    });
    expect(await value(`SELECT count(*) FROM pg_stat_activity WHERE ${MESH}`)).toBe("0");
  });

  test("readers take ACCESS SHARE and nothing stronger, write nothing, and the point itself holds no table", async () => {
    await withSession(within({ readers: 2, splitAboveBytes: 1 }), async (session) => {
      await session.columns({ identifier: "port", query: "SELECT id FROM held" });
      const extraction = await extractNamed(session, {
        table: { identifier: "held" },
        columns: named([...ID, { name: "pad", type: "VARCHAR" }]),
      });
      const relations = `FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE ${MESH} AND locktype = 'relation' AND relation = 'held'::regclass`;
      expect(await value(`SELECT count(*) ${relations}`)).toBe("0");
      const streams = extraction.parts.map((part) => part.open()[Symbol.asyncIterator]());
      for (const stream of streams) await stream.next();
      expect(await value(`SELECT string_agg(DISTINCT mode, ',') || count(*) ${relations}`)).toBe("AccessShareLock2");
      expect(await value(`SELECT count(*) FROM pg_stat_activity WHERE ${MESH} AND backend_xid IS NOT NULL`)).toBe("0");
      // A migration waits for the readers of its table only.
      const migration = await store.openWriter();
      await migration.exec("SET lock_timeout = '100ms'");
      expect((await failureOf(migration.exec("ALTER TABLE held ADD COLUMN extra int"))).message).toMatch(
        /lock timeout/,
      );
      for (const stream of streams) while (!(await stream.next()).done);
      await migration.exec("ALTER TABLE held ADD COLUMN extra int");
      expect(await value(`SELECT count(*) ${relations}`)).toBe("0");
    });
  });

  test("connections stay within what the policy says, and all are given back", async () => {
    const connection = await openStore(within({ concurrency: 2, readers: 2, splitAboveBytes: 1 }));
    const session = await connection.openConsistentSession();
    let most = 0;
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        const extraction = await extractNamed(session, { table: { identifier: "held" }, columns: ID });
        await Promise.all([
          extraction.account?.({ checksum: true }),
          ...extraction.parts.map(async (part) => {
            for await (const _ of part.open()) {
              most = Math.max(most, Number(await value(`SELECT count(*) FROM pg_stat_activity WHERE ${MESH}`)));
            }
          }),
        ]);
      }),
    );
    expect(most).toBeGreaterThan(2);
    expect(most).toBeLessThanOrEqual(2 * 2 + 1 + 1);
    await connection.close();
    await expect.poll(() => value(`SELECT count(*) FROM pg_stat_activity WHERE ${MESH}`)).toBe("0");
  });

  test("the store's work is told in milliseconds, and grows with it", async () => {
    await withSession(store.settings, async (session) => {
      const extraction = await extractNamed(session, { table: { identifier: "held" }, columns: ID });
      expect(extraction.storeMs?.()).toBe(0);
      await rowsOf(extraction);
      const read = extraction.storeMs?.() ?? 0;
      expect(read).toBeGreaterThan(0);
      await extraction.account?.({ checksum: true });
      expect(extraction.storeMs?.()).toBeGreaterThan(read);
    });
  });

  test("rows and bytes to come are told from the statistics, once there are any", async () => {
    await exec("CREATE TABLE counted (id bigint); INSERT INTO counted SELECT generate_series(1, 5000)");
    const estimate = () =>
      withSession(
        store.settings,
        async (session) => (await extractNamed(session, { table: { identifier: "counted" }, columns: ID })).estimate,
      );
    expect(await estimate()).toEqual({ bytes: expect.any(Number) });
    await exec("ANALYZE counted");
    expect(await estimate()).toEqual({ rows: 5000, bytes: Number(await value("SELECT pg_table_size('counted')")) });
  });
});

describe("serializable isolation", () => {
  test("waits for a moment that is part of no anomaly, and readers share it", async () => {
    await exec(
      "CREATE TABLE batches (id bigint); INSERT INTO batches VALUES (1); CREATE TABLE receipts (id bigint, batch bigint)",
    );
    // The receipt of a closed batch: serializable for the writers, and a reader between them would see an impossible state.
    const [late, closing] = [await store.openWriter(), await store.openWriter()];
    await late.exec("BEGIN ISOLATION LEVEL SERIALIZABLE");
    await late.value("SELECT id FROM batches");
    await closing.exec("BEGIN ISOLATION LEVEL SERIALIZABLE; UPDATE batches SET id = 2; COMMIT");
    const settings = within({ isolation: "serializable", lockTimeoutMs: 10_000 });
    const opened = openStore(settings).then(async (connection) => ({
      connection,
      session: await connection.openConsistentSession(),
    }));
    await expect
      .poll(() => value(`SELECT count(*) FROM pg_stat_activity WHERE ${MESH} AND wait_event = 'SafeSnapshot'`))
      .toBe("1");
    await late.exec("INSERT INTO receipts SELECT 1, 1; COMMIT");
    const { connection, session } = await opened;
    for (const [table, rows] of [
      ["batches", [["2"]]],
      ["receipts", [["1"]]],
    ] as const)
      expect(await rowsOf(await extractNamed(session, { table: { identifier: table }, columns: ID }))).toEqual(rows);
    await connection.close();
  });

  test("gives up after the lock limit, and at once when aborted", async () => {
    const open = await store.openWriter();
    await open.exec("BEGIN ISOLATION LEVEL SERIALIZABLE");
    await open.value("SELECT id FROM batches");
    const settings = within({ isolation: "serializable", lockTimeoutMs: 300 });
    expect(await failureOf(withSession(settings, async () => undefined))).toMatchObject({
      code: "store/timeout",
      retryable: true,
    });
    const connection = await openStore(within({ isolation: "serializable" }));
    const abort = new AbortController();
    const opening = failureOf(connection.openConsistentSession(abort.signal));
    await expect
      .poll(() => value(`SELECT count(*) FROM pg_stat_activity WHERE ${MESH} AND wait_event = 'SafeSnapshot'`))
      .toBe("1");
    abort.abort(new Error("enough"));
    expect((await opening).message).toBe("enough");
    await connection.close();
    await open.exec("ROLLBACK");
    await expect.poll(() => value(`SELECT count(*) FROM pg_stat_activity WHERE ${MESH}`)).toBe("0");
  });
});

describe("a migration between the point and the reading", () => {
  const changes: readonly (readonly [what: string, migration: string, reason: RegExp])[] = [
    ["a column dropped", "ALTER TABLE m DROP COLUMN v", /does not exist/],
    ["the table dropped", "DROP TABLE m CASCADE", /does not exist/],
    [
      "the table dropped and made again",
      "DROP TABLE m CASCADE; CREATE TABLE m (id bigint, v int, w int)",
      /made again/,
    ],
    ["the table emptied", "TRUNCATE m", /truncated/],
    ["the table rewritten", "VACUUM FULL m", /rewritten/],
    ["a column's type changed", "ALTER TABLE m ALTER v TYPE bigint", /`v`/],
    [
      "two columns' names swapped",
      "ALTER TABLE m RENAME v TO x; ALTER TABLE m RENAME w TO v; ALTER TABLE m RENAME x TO w",
      /`v`/,
    ],
  ];
  const columns = [...ID, { name: "v", type: "BIGINT" }];

  test.each(changes)("%s: refused, and retryable", async (_, migration, reason) => {
    await exec("DROP TABLE IF EXISTS m CASCADE");
    await exec("CREATE TABLE m (id bigint, v int, w int)");
    await exec("INSERT INTO m VALUES (1, 10, 20)");
    await withSession(store.settings, async (session) => {
      const extraction = await extractNamed(session, { table: { identifier: "m" }, columns });
      for (const statement of migration.split("; ")) await exec(statement);
      const error = await failureOf(rowsOf(extraction));
      expect(error).toMatchObject({ code: "store/table-changed", retryable: true });
      expect(error.message).toMatch(reason);
      expect(await failureOf(extraction.account!({ checksum: true }))).toMatchObject({ code: "store/table-changed" });
    });
  });

  test("the table behind a view or a query emptied: refused", async () => {
    await exec(
      "DROP TABLE IF EXISTS m CASCADE; CREATE TABLE m (id bigint); INSERT INTO m VALUES (1); CREATE VIEW over_m AS SELECT id FROM m",
    );
    await withSession(store.settings, async (session) => {
      await exec("TRUNCATE m");
      for (const table of [{ identifier: "over_m" }, { identifier: "port", query: "SELECT id FROM over_m" }])
        expect(await failureOf(rowsOf(await extractNamed(session, { table, columns: ID })))).toMatchObject({
          code: "store/table-changed",
        });
    });
  });

  test("a partition detached or one with rows attached is refused; a new one is not", async () => {
    await exec(`CREATE TABLE p (id bigint) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
      CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20); INSERT INTO p VALUES (1), (11); CREATE TABLE p3 (id bigint); INSERT INTO p3 VALUES (21)`);
    const readAfter = (migration: string) =>
      withSession(store.settings, async (session) => {
        const extraction = await extractNamed(session, { table: { identifier: "p" }, columns: ID });
        await exec(migration);
        return rowsOf(extraction);
      });
    expect((await readAfter("CREATE TABLE p4 PARTITION OF p FOR VALUES FROM (30) TO (40)")).length).toBe(2);
    expect(await failureOf(readAfter("ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (20) TO (30)"))).toMatchObject({
      code: "store/table-changed",
    });
    expect(await failureOf(readAfter("ALTER TABLE p DETACH PARTITION p2"))).toMatchObject({
      code: "store/table-changed",
    });
  });

  test("what changes nothing of the rows is no change: columns added, indexes, comments, rows", async () => {
    await exec("CREATE TABLE calm (id bigint); INSERT INTO calm VALUES (1)");
    await withSession(store.settings, async (session) => {
      const extraction = await extractNamed(session, { table: { identifier: "calm" }, columns: ID });
      await exec(
        "ALTER TABLE calm ADD COLUMN note text DEFAULT 'x'; CREATE INDEX ON calm (id); COMMENT ON TABLE calm IS 'x'; UPDATE calm SET id = 2; ANALYZE calm",
      );
      await exec("VACUUM calm");
      expect(await rowsOf(extraction)).toEqual([["1"]]);
      expect(await extraction.account?.({ checksum: false })).toMatchObject({ rows: 1 });
    });
  });
});

describe("encodings", () => {
  const database = async (name: string, encoding: string) => {
    await exec(`CREATE DATABASE ${name} ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`);
    const url = new URL(store.settings.connection as string);
    url.pathname = `/${name}`;
    const { default: pg } = await import("pg");
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    return { settings: { ...store.settings, connection: url.href }, client };
  };
  const columns = [...ID, { name: "v", type: "VARCHAR" }];

  test("a database in Latin-1 lands in UTF-8, with the same checksum on both sides", async () => {
    const { settings, client } = await database("latin", "LATIN1");
    await client.query("CREATE TABLE t (id bigint, v text); INSERT INTO t VALUES (1, 'é ÿ'), (2, NULL)");
    await withSession(settings, async (session) => {
      const extraction = await extractNamed(session, { table: { identifier: "t" }, columns });
      const account = await extraction.account?.({ checksum: true });
      const landed = await landChecked(extraction, columns, []);
      expect(landed.rows.sort()).toEqual([
        ["1", "é ÿ"],
        ["2", null],
      ]);
      expect(account?.checksum).toBe(landed.checksum);
    });
    await client.end();
  });

  test("bytes that are no UTF-8 in a database without an encoding are refused, and not repeated", async () => {
    const { settings, client } = await database("bytes", "SQL_ASCII");
    await client.query("CREATE TABLE t (id bigint, v text)");
    await client.query("INSERT INTO t VALUES (1, 'é')");
    expect(await read(settings, "t", columns)).toEqual([["1", "é"]]);
    await client.query("SET client_encoding = 'SQL_ASCII'; INSERT INTO t VALUES (2, E'caf\\xe9')");
    const error = await failureOf(read(settings, "t", columns));
    expect(error).toMatchObject({ code: "store/text-not-utf8", retryable: false });
    expect(error.message).not.toContain("caf");
    await client.end();
  });
});

describe("shapes", () => {
  test("a value of 100 MB arrives whole", async () => {
    await exec(
      "CREATE TABLE huge (id bigint, v text); INSERT INTO huge VALUES (1, repeat('0123456789', 10000000)), (2, 'small')",
    );
    await withSession(store.settings, async (session) => {
      const extraction = await extractNamed(session, {
        table: { identifier: "huge" },
        columns: [...ID, { name: "v", type: "VARCHAR" }],
      });
      let bytes = 0;
      for await (const chunk of extraction.parts[0]!.open()) bytes += chunk.byteLength;
      expect(bytes).toBe(2 + 100_000_000 + 1 + "2,small\n".length);
      expect(extraction.rows()).toBe(2);
      expect(await extraction.account?.({ checksum: true })).toMatchObject({ rows: 2, values: [2, 2] });
    });
  });

  test("a thousand columns land, and have one checksum", async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `c${i}`);
    await exec(
      `CREATE TABLE wide (${names.map((name) => `${name} int`).join(", ")}); INSERT INTO wide (c0, c500, c999) VALUES (1, 2, 3), (4, NULL, 6)`,
    );
    const columns = names.map((name) => ({ name, type: "INTEGER" }));
    await withSession(store.settings, async (session) => {
      const extraction = await extractNamed(session, { table: { identifier: "wide" }, columns });
      const account = await extraction.account?.({ checksum: true });
      expect(account?.values[500]).toBe(1);
      const landed = await landChecked(extraction, columns, []);
      expect(landed.rows.map((row) => [row[0], row[500], row[999]])).toEqual([
        ["1", "2", "3"],
        ["4", null, "6"],
      ]);
      expect(account?.checksum).toBe(landed.checksum);
    });
  });

  test("the account is one statement, which the server may share among its workers", async () => {
    await exec(
      "CREATE TABLE shared (id bigint, v text); INSERT INTO shared SELECT n, 'v' || n FROM generate_series(1, 200000) n; ANALYZE shared; ALTER DATABASE " +
        (await value("SELECT current_database()")) +
        " SET min_parallel_table_scan_size = 0; SELECT pg_stat_force_next_flush()",
    );
    const workers =
      "SELECT pg_stat_force_next_flush()::text || parallel_workers_launched FROM pg_stat_database WHERE datname = current_database()";
    const before = Number(await value(workers));
    await withSession(store.settings, async (session) => {
      const extraction = await extractNamed(session, {
        table: { identifier: "shared" },
        columns: [...ID, { name: "v", type: "VARCHAR" }],
      });
      expect(await extraction.account?.({ checksum: true })).toMatchObject({ rows: 200_000 });
      await textOf(extraction.parts[0]!.open());
    });
    await expect.poll(async () => Number(await value(workers)), { timeout: 5000 }).toBeGreaterThan(before);
  });
});
