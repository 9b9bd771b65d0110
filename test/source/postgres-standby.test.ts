// A standby of Postgres as a store: one point for all readers there too, what it cannot give, and what a conflict with replay is called.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { StoreSettings } from "../../core/source/index.ts";
import type { StoreServer } from "../../demo/stores/server-process.ts";
import { startPostgres } from "../support/database-servers.ts";
import { extractNamed } from "../support/extract-all.ts";
import { READING } from "../support/policies.ts";
import { failureOf, reading, rowsOf, withSession } from "../support/read-store.ts";
import { STORE_PASSWORD } from "../support/stores.ts";

const ID = [{ name: "id", type: "BIGINT" }];
const ROWS = 20_000;
let home: string;
let primary: StoreServer;
let standby: StoreServer;
let settings: StoreSettings;

async function ask(server: StoreServer, sql: string): Promise<string> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    return String((await client.query({ text: sql, rowMode: "array" })).rows[0]?.[0]);
  } finally {
    await client.end();
  }
}

/** Everything the primary has written is there. */
async function caughtUp(): Promise<void> {
  const written = await ask(primary, "SELECT pg_current_wal_insert_lsn()");
  await vi.waitFor(
    async () => expect(await ask(standby, `SELECT pg_last_wal_replay_lsn() >= '${written}'::pg_lsn`)).toBe("true"),
    { timeout: 20_000 },
  );
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "mesh-standby-"));
  // The server's own user must reach what is in it.
  await chmod(home, 0o755);
  const options = { password: STORE_PASSWORD, settings: { wal_level: "replica", max_wal_senders: "3" } };
  const first = await startPostgres({ ...options, dataDir: join(home, "primary") });
  await first.stop();
  await copyFolder(join(home, "primary"), join(home, "standby"));
  primary = await startPostgres({ ...options, dataDir: join(home, "primary") });
  await writeFile(join(home, "standby", "data", "standby.signal"), "");
  const source = `host=127.0.0.1 port=${primary.port} user=mesh password=${STORE_PASSWORD}`;
  standby = await startPostgres({
    ...options,
    dataDir: join(home, "standby"),
    settings: {
      ...options.settings,
      primary_conninfo: source,
      hot_standby: "on",
      max_standby_streaming_delay: "0",
      hot_standby_feedback: "off",
    },
  });
  await ask(primary, `CREATE TABLE t (id bigint, pad text)`);
  await ask(primary, `INSERT INTO t SELECT n, repeat('x', 300) FROM generate_series(1, ${ROWS}) n`);
  await caughtUp();
  settings = {
    id: "shop.shop_db",
    client: "pg",
    connection: standby.url,
    reading: { ...READING, readers: 2, splitAboveBytes: 1 },
  };
});
afterAll(async () => {
  await standby?.stop();
  await primary?.stop();
  await rm(home, { recursive: true, force: true });
});

/** With its owner and rights, which copying by Node does not keep. */
async function copyFolder(from: string, to: string): Promise<void> {
  const [code] = await once(spawn("cp", ["-a", from, to]), "exit");
  expect(code).toBe(0);
}

test("readers of a standby share one point, whose position is the replay's", async () => {
  await withSession(settings, async (session) => {
    expect(session.position).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
    const extraction = await extractNamed(session, { table: { identifier: "t" }, columns: ID });
    expect(extraction.parts.length).toBe(2);
    await ask(primary, "INSERT INTO t VALUES (0, '')");
    await caughtUp();
    expect((await rowsOf(extraction)).length).toBe(ROWS);
    expect(await extraction.account?.({ checksum: true })).toMatchObject({ rows: ROWS });
  });
});

test("a standby has no serializable point", async () => {
  const error = await failureOf(withSession(reading(settings, { isolation: "serializable" }), async () => undefined));
  expect(error).toMatchObject({ code: "store/isolation-unavailable", retryable: false });
});

test("a reading that is in the way of replay is a conflict, and may be tried again", async () => {
  await withSession(settings, async (session) => {
    const extraction = await extractNamed(session, {
      table: { identifier: "t" },
      columns: [...ID, { name: "pad", type: "VARCHAR" }],
    });
    const streams = extraction.parts.map((part) => part.open()[Symbol.asyncIterator]());
    for (const stream of streams) await stream.next();
    await ask(primary, "DELETE FROM t WHERE id % 2 = 0");
    await ask(primary, "VACUUM t");
    await caughtUp();
    const errors = await Promise.all(
      streams.map((stream) =>
        failureOf(
          (async () => {
            while (!(await stream.next()).done);
          })(),
        ),
      ),
    );
    for (const error of errors)
      expect(error).toMatchObject({
        code: expect.stringMatching(/^store\/(conflict|connection-lost)$/),
        retryable: true,
      });
  });
});
