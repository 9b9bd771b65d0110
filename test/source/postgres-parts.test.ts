// A large table of Postgres in parts: every row in exactly one, whatever writers do meanwhile; parts that are read again.
import { fork } from "node:child_process";
import { once } from "node:events";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StoreSettings } from "../../core/source/index.ts";
import { blockBounds, shareOut } from "../../core/source/knex/postgres/share-out.ts";
import { parseCopyCsv } from "../support/copy-csv-rows.ts";
import { extractNamed } from "../support/extract-all.ts";
import { failureOf, partsOf, reading, rowsOf, textOf, withSession } from "../support/read-store.ts";
import { sharedStore } from "../support/shared-store.ts";
import { startTestPostgres } from "../support/stores.ts";

const ID = [{ name: "id", type: "BIGINT" }];
const store = sharedStore(startTestPostgres);

const exec = (sql: string) => store.writer.exec(sql);
const split = (readers = 4, settings: StoreSettings = store.settings) =>
  reading(settings, { readers, splitAboveBytes: 1 });
const idsOf = (rows: readonly (readonly (string | null)[])[]) => rows.map(([id]) => Number(id)).sort((a, b) => a - b);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe("cutting by blocks", () => {
  test("bounds are increasing, inside the table, and share the blocks evenly", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(5000), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 8 }),
        (blocks, shares) => {
          const bounds = blockBounds(blocks, shares);
          const total = blocks.reduce((sum, count) => sum + count, 0);
          const ends = [0, ...bounds, Math.max(...blocks)];
          for (let i = 1; i < ends.length - 1; i++) expect(ends[i]!).toBeGreaterThan(ends[i - 1]!);
          for (const bound of bounds) expect(bound).toBeLessThan(Math.max(...blocks));
          if (total > 0 && bounds.length === shares - 1)
            for (let i = 0; i < shares; i++) {
              const share = blocks.reduce(
                (sum, count) => sum + Math.min(count, ends[i + 1]!) - Math.min(count, ends[i]!),
                0,
              );
              expect(share).toBeLessThanOrEqual(total / shares + 2 * blocks.length);
            }
        },
      ),
    );
  });

  test("a table is shared by as many readers as asked, and only a large one", async () => {
    await exec(
      "CREATE TABLE big (id bigint, pad text); INSERT INTO big SELECT n, repeat('x', 200) FROM generate_series(1, 20000) n",
    );
    await withSession(split(4), async (session) => {
      const extraction = await extractNamed(session, { table: { identifier: "big" }, columns: ID });
      expect(extraction.resumable).toBe(true);
      const parts = await partsOf(extraction);
      expect(parts.length).toBe(4);
      for (const rows of parts) expect(rows.length).toBeGreaterThan(4000);
      expect(idsOf(parts.flat())).toEqual(upTo(20_000));
      expect(extraction.rows()).toBe(20_000);
    });
    const bytes = Number(await store.writer.value("SELECT pg_table_size('big')"));
    const partCount = (splitAboveBytes: number) =>
      withSession(reading(store.settings, { readers: 4, splitAboveBytes }), async (session) => {
        return (await extractNamed(session, { table: { identifier: "big" }, columns: ID })).parts.length;
      });
    expect(await partCount(bytes)).toBe(4);
    expect(await partCount(bytes + 1)).toBe(1);
  });

  test("the server reads a part's blocks and no others", async () => {
    const plan = await store.writer.value(
      "EXPLAIN SELECT id FROM big WHERE ctid >= '(10,0)'::tid AND ctid < '(20,0)'::tid",
    );
    expect(plan).toContain("Tid Range Scan");
  });

  test("every row is in exactly one part while writers insert, update, delete, move and vacuum rows", async () => {
    await exec(
      "CREATE TABLE busy (id bigint PRIMARY KEY, v int, pad text) WITH (fillfactor = 70); INSERT INTO busy SELECT n, 0, repeat('x', 100) FROM generate_series(1, 8000) n; CREATE INDEX ON busy (v)",
    );
    const writer = fork(new URL("../support/busy-writer.mjs", import.meta.url), [store.settings.connection as string]);
    await once(writer, "message");
    let sessions = 0;
    const before = Number(
      await store.writer.value(
        "SELECT coalesce(sum(n_tup_upd + n_tup_del + n_tup_ins), 0) FROM pg_stat_user_tables WHERE relname = 'busy'",
      ),
    );
    try {
      for (const readers of [2, 3, 5, 8, 2, 3, 5, 8])
        await withSession(split(readers), async (session) => {
          const request = { table: { identifier: "busy" }, columns: [...ID, { name: "v", type: "BIGINT" }] };
          const extraction = await extractNamed(session, request);
          expect(extraction.parts.length).toBe(readers);
          // One after another, so that the writer changes the table between the parts.
          const rows = [];
          for (const part of extraction.parts) rows.push(...parseCopyCsv(await textOf(part.open())));
          const whole = await withoutSplitting(session, request);
          const text = (all: readonly (readonly (string | null)[])[]) => all.map((row) => row.join()).sort();
          expect(text(rows)).toEqual(text(whole));
          expect(new Set(idsOf(rows)).size).toBe(rows.length);
          sessions++;
        });
    } finally {
      writer.kill("SIGTERM");
      await once(writer, "exit");
    }
    const changes =
      Number(
        await store.writer.value(
          "SELECT pg_stat_force_next_flush()::text || sum(n_tup_upd + n_tup_del + n_tup_ins) FROM pg_stat_user_tables WHERE relname = 'busy'",
        ),
      ) - before;
    console.log(`postgres parts: ${changes} rows changed during ${sessions} sessions`);
    expect(changes).toBeGreaterThan(1000);
  });

  test("rows added after the table was measured are in no part, also those at the end of the last one", async () => {
    await exec(
      "CREATE TABLE grows (id bigint, pad text); INSERT INTO grows SELECT n, repeat('x', 200) FROM generate_series(1, 3000) n",
    );
    await withSession(split(3), async (session) => {
      const extraction = await extractNamed(session, { table: { identifier: "grows" }, columns: ID });
      await exec("INSERT INTO grows SELECT n, repeat('x', 200) FROM generate_series(3001, 9000) n");
      expect(idsOf(await rowsOf(extraction))).toEqual(upTo(3000));
    });
  });

  test("a partitioned table is shared through the table itself, with no right on its partitions", async () => {
    await exec(`
      CREATE ROLE part_reader LOGIN PASSWORD 'port';
      CREATE TABLE events (id bigint, day int, pad text) PARTITION BY LIST (day);
      CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);
      CREATE TABLE events_2 PARTITION OF events FOR VALUES IN (2) PARTITION BY RANGE (id);
      CREATE TABLE events_2a PARTITION OF events_2 FOR VALUES FROM (0) TO (9000);
      CREATE TABLE events_2b PARTITION OF events_2 FOR VALUES FROM (9000) TO (99999);
      CREATE TABLE events_3 PARTITION OF events FOR VALUES IN (3);
      INSERT INTO events SELECT n, 1 + n % 2, repeat('x', 200) FROM generate_series(1, 12000) n;
      GRANT SELECT ON events TO part_reader; ANALYZE events`);
    const url = new URL(store.settings.connection as string);
    url.username = "part_reader";
    url.password = "port";
    await withSession(split(4, { ...store.settings, connection: url.href }), async (session) => {
      const extraction = await extractNamed(session, { table: { identifier: "events" }, columns: ID });
      expect(extraction.estimate?.rows).toBe(12_000);
      const parts = await partsOf(extraction);
      expect(parts.length).toBe(4);
      for (const rows of parts) expect(rows.length).toBeGreaterThan(1500);
      expect(idsOf(parts.flat())).toEqual(upTo(12_000));
    });
  });

  test("materialized views are shared; views are not", async () => {
    await exec("CREATE MATERIALIZED VIEW stored AS SELECT id, pad FROM big; CREATE VIEW shown AS SELECT id FROM big");
    await withSession(split(3), async (session) => {
      const stored = await extractNamed(session, { table: { identifier: "stored" }, columns: ID });
      expect(stored.parts.length).toBe(3);
      expect((await rowsOf(stored)).length).toBe(20_000);
      const shown = await extractNamed(session, { table: { identifier: "shown" }, columns: ID });
      expect(shown.parts.length).toBe(1);
      expect(shown.estimate).toBeUndefined();
      expect((await rowsOf(shown)).length).toBe(20_000);
    });
  });

  test("an empty table and one of a single block are one part", async () => {
    await exec("CREATE TABLE none (id bigint); CREATE TABLE one (id bigint); INSERT INTO one VALUES (7)");
    await withSession(split(4), async (session) => {
      for (const [identifier, rows] of [
        ["none", []],
        ["one", [["7"]]],
      ] as const) {
        const extraction = await extractNamed(session, { table: { identifier }, columns: ID });
        expect(extraction.parts.length).toBe(1);
        expect(await rowsOf(extraction)).toEqual(rows);
      }
    });
  });
});

describe("cutting by the key, as on servers before version 14", () => {
  const shares = (table: string, count: number) =>
    withClient(async (client) => {
      const tableId = (await client.query<{ id: string }>("SELECT $1::regclass::oid::text AS id", [table])).rows[0]!.id;
      const size = { blocks: [100], bytes: 1, rows: undefined, heap: true };
      const request = { table: { sql: table, storedId: tableId, readable: true, columns: [] }, tableId, size };
      return shareOut(client, { ...request, shares: count, version: 130_000 });
    });
  const counts = async (table: string, conditions: readonly string[]) =>
    Promise.all(
      conditions.map(async (where) => Number(await store.writer.value(`SELECT count(*) FROM ${table} WHERE ${where}`))),
    );

  test.each([
    ["integers, by their ends", "int PRIMARY KEY", "n * 3 - 5000", ""],
    ["integers, by the histogram", "bigint PRIMARY KEY", "(n ^ 3)::bigint", "ANALYZE keyed"],
    ["uuids, by the histogram", "uuid PRIMARY KEY", "md5(n::text)::uuid", "ANALYZE keyed"],
    ["text, by the histogram", "text PRIMARY KEY", "'it''s ' || md5(n::text)", "ANALYZE keyed"],
  ])("%s: every row in exactly one", async (_, type, value, analyze) => {
    await exec(
      `DROP TABLE IF EXISTS keyed; CREATE TABLE keyed (k ${type}); INSERT INTO keyed SELECT ${value} FROM generate_series(1, 5000) n`,
    );
    if (analyze) await exec(analyze);
    const conditions = await shares("keyed", 4);
    expect(conditions.length).toBe(4);
    const found = await counts("keyed", conditions);
    expect(found.reduce((sum, count) => sum + count, 0)).toBe(5000);
    for (const count of found) expect(count).toBeGreaterThan(900);
  });

  test("ends that are far out, few values and no such key give what can be given", async () => {
    await exec(
      "CREATE TABLE far (k bigint PRIMARY KEY); INSERT INTO far VALUES (-9223372036854775808), (0), (9223372036854775807)",
    );
    const far = await shares("far", 3);
    expect((await counts("far", far)).reduce((sum, count) => sum + count, 0)).toBe(3);
    await exec(
      "CREATE TABLE same (k int PRIMARY KEY); INSERT INTO same VALUES (5); CREATE TABLE two (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE keyless (a int)",
    );
    expect(await shares("same", 3)).toEqual([]);
    expect(await shares("two", 3)).toEqual([]);
    expect(await shares("keyless", 3)).toEqual([]);
  });
});

describe("parts that are read again", () => {
  const cutReaders = () =>
    store.writer.value(
      "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'mesh' AND query LIKE 'COPY%'",
    );

  test("after a cut a part is opened again at the same point, and counts once", async () => {
    await exec(
      "CREATE TABLE again (id bigint, pad text); INSERT INTO again SELECT n, repeat('x', 500) FROM generate_series(1, 40000) n",
    );
    let cuts = 0;
    await withSession(split(2), async (session) => {
      const extraction = await extractNamed(session, {
        table: { identifier: "again" },
        columns: [...ID, { name: "pad", type: "VARCHAR" }],
      });
      const [first, second] = extraction.parts;
      const reading = first!.open()[Symbol.asyncIterator]();
      await reading.next();
      cuts += Number(await cutReaders());
      const failure = await failureOf(
        (async () => {
          while (!(await reading.next()).done);
        })(),
      );
      expect(failure).toMatchObject({ code: "store/connection-lost", retryable: true });
      expect(() => extraction.rows()).toThrow(/not ended/);
      await exec("DELETE FROM again WHERE id % 2 = 0; INSERT INTO again VALUES (999999, '')");
      const rows = parseCopyCsv(await textOf(first!.open()));
      rows.push(...parseCopyCsv(await textOf(second!.open())));
      expect(idsOf(rows)).toEqual(upTo(40_000));
      await textOf(first!.open());
      expect(extraction.rows()).toBe(40_000);
    });
    console.log(`postgres parts: ${cuts} readers cut`);
    expect(cuts).toBe(1);
  });

  test("when the point's own connection is gone, no part is opened at another point", async () => {
    await withSession(split(2), async (session) => {
      const extraction = await extractNamed(session, { table: { identifier: "again" }, columns: ID });
      await textOf(extraction.parts[0]!.open());
      const leaders = await store.writer.value(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'mesh' AND state = 'idle in transaction'",
      );
      expect(leaders).toBe("1");
      for (let attempt = 0; attempt < 2; attempt++)
        expect(await failureOf(textOf(extraction.parts[1]!.open()))).toMatchObject({
          code: "store/connection-lost",
          retryable: true,
          message: expect.stringContaining("consistent point"),
        });
    });
  });
});

/** The same rows by one reader of the same session: a window that is open at both ends is never shared out. */
async function withoutSplitting(
  session: Parameters<typeof extractNamed>[0],
  request: Parameters<typeof extractNamed>[1],
): Promise<(string | null)[][]> {
  const extraction = await extractNamed(session, { ...request, window: { identifier: "id", type: "BIGINT" } });
  expect(extraction.parts.length).toBe(1);
  return rowsOf(extraction);
}

async function withClient<T>(use: (client: import("pg").Client) => Promise<T>): Promise<T> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: store.settings.connection as string });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
