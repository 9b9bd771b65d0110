// The Postgres state store: the suite of every store on a real server, and what only a server can suffer.
import { createRequire } from "node:module";
import type { Client as PgClient } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { examineState } from "../../core/doctor.ts";
import { openState } from "../../core/state/index.ts";
import { explained, inTransaction } from "../../core/state/knex/database.ts";
import { migrate } from "../../core/state/knex/migrate.ts";
import { migrations } from "../../core/state/knex/migrations/index.ts";
import { openPostgres } from "../../core/state/knex/postgres.ts";
import type { StoreServer } from "../../demo/stores/server-process.ts";
import type { StateUnderTest } from "../conformance/state.ts";
import { testStateStore } from "../conformance/state-store.ts";
import { startPostgres } from "../support/database-servers.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";

const { Client } = createRequire(import.meta.url)("pg") as { Client: typeof PgClient };

const PASSWORD = "s3cret-p@ss/word";
/** Names that need quoting. */
const schemaOf = (suite: string) => `mesh "${suite}"`;
let server: StoreServer;

beforeAll(async () => {
  server = await startPostgres({ password: PASSWORD });
});
afterAll(() => server.stop());

async function query(sql: string): Promise<void> {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

const schemaNamed = (schema: string) => async (): Promise<StateUnderTest> => ({
  location: { kind: "postgres", connection: server.url, schema },
  sql: (statement) => query(statement.replace(/\{(\w+)\}/g, `"${schema.replaceAll('"', '""')}"."$1"`)),
  remove: async () => {},
});

testStateStore("postgres", (suite) => schemaNamed(schemaOf(suite)), [
  "alter table {audit} disable trigger audit_no_change",
]);

test("settings by which a power cut forgets what was committed are findings of the doctor, gone when what it says is done", async () => {
  const wrong = async () => {
    const state = await openState({ kind: "postgres", connection: server.url, schema: "settings" });
    try {
      await state.migrate();
      return (await examineState(state)).filter(({ ok }) => !ok);
    } finally {
      await state.close();
    }
  };
  // The servers of tests keep nothing on purpose.
  const found = await wrong();
  expect(found.map(({ what }) => what.split(":")[0])).toEqual([
    "fsync of the state store is off",
    "full_page_writes of the state store is off",
    "synchronous_commit of the state store is off",
  ]);
  expect(found[0]?.help).toContain("fsync = on in postgresql.conf");
  const statement = found[2]?.help?.replace(/^.*: /, "") ?? "";
  await query(statement);
  try {
    expect(await wrong()).toEqual(found.slice(0, 2));
  } finally {
    await query(statement.replace(/set (\w+) = on/, "reset $1"));
  }
  // Whoever keeps the server for others, in a storage of its own, says with such a setting that it does.
  for (const service of ["neon.timeline_id", "rds.extensions"]) {
    const name = service
      .split(".")
      .map((part) => `"${part}"`)
      .join(".");
    await query(`alter role current_user set ${name} = 'x'`);
    try {
      expect(await wrong(), service).toEqual(found.slice(2));
    } finally {
      await query(`alter role current_user reset ${name}`);
    }
  }
});

test("a schema is brought up to date beside processes at work, which take its tables in another order", async () => {
  const schema = "older";
  const database = openPostgres(server.url, schema, 60_000);
  const [worker, watcher] = [0, 1].map(() => new Client({ connectionString: server.url })) as [PgClient, PgClient];
  await Promise.all([worker.connect(), watcher.connect()]);
  try {
    await migrate(database, migrations.slice(0, 9));
    await worker.query(`begin; select 1 from ${schema}.task`);
    const migrated = migrate(database);
    const held = "select 1 from pg_locks where not granted and mode = 'AccessExclusiveLock'";
    while ((await watcher.query(held)).rows.length === 0);
    await Promise.all([migrated, worker.query(`select 1 from ${schema}.run; select 1 from ${schema}.step; commit`)]);
  } finally {
    await Promise.all([worker.end(), watcher.end(), database.knex.destroy()]);
  }
});

describe("a state server in trouble", () => {
  test("connections whose other end is gone without a word are given up, and others are opened", async () => {
    const proxy = await startTcpProxy(server.port);
    const url = new URL(server.url);
    url.port = String(proxy.port);
    const state = await openState({ kind: "postgres", connection: url.href, schema: "silent" }, { silentMs: 1_500 });
    try {
      await state.migrate();
      // As many as the pool has.
      await Promise.all(Array.from({ length: 4 }, () => state.now()));
      proxy.halfOpen();
      expect(proxy.counts.halfOpened).toBeGreaterThan(0);
      const dead = Array.from({ length: proxy.counts.halfOpened }, () => state.now());
      for (const end of await Promise.allSettled(dead))
        expect(end).toMatchObject({ status: "rejected", reason: { code: "state/unreachable", retryable: true } });
      expect(await state.now()).toBeInstanceOf(Date);
    } finally {
      await state.close();
      await proxy.stop();
    }
  });

  const failureOf = async (connection: string, schema = "mesh") => {
    try {
      const state = await openState({ kind: "postgres", connection, schema });
      try {
        await state.migrate();
      } finally {
        await state.close();
      }
    } catch (error) {
      return error as Error & { code: string };
    }
  };
  const withUrl = (change: (url: URL) => void) => {
    const url = new URL(server.url);
    change(url);
    return url.href;
  };

  test.each([
    ["a wrong password", { password: "wrong-password-9" }, "state/access-denied"],
    ["no password", { password: "" }, "state/access-denied"],
    ["an unknown user", { username: "nobody" }, "state/access-denied"],
    ["an unknown database", { pathname: "/nothing" }, "state/access-denied"],
    ["a port where nothing listens", { port: "1" }, "state/unreachable"],
    ["an unknown host", { hostname: "mesh-state.invalid" }, "state/unreachable"],
  ])("%s gives a coded error without secrets", async (_, change, code) => {
    const connection = withUrl((url) => Object.assign(url, change));
    const error = await failureOf(connection);
    expect(error).toMatchObject({ code, retryable: code === "state/unreachable" });
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), "wrong-password-9"]) {
      expect(`${error?.message} ${JSON.stringify(error)}`).not.toContain(secret);
    }
  });

  test.each(["", "mysql://user:hunter22@host/db", "host=localhost password=hunter22"])(
    "%j is no Postgres URL, and is not repeated",
    async (connection) => {
      const error = await failureOf(connection);
      expect(error).toMatchObject({ code: "state/connection-invalid" });
      expect(error?.message).not.toContain("hunter22");
    },
  );

  test("a user who may not create the schema is told so, and may use one that is there", async () => {
    await query(`create user plain password 'plain-password'`);
    const connection = withUrl((url) => {
      url.username = "plain";
      url.password = "plain-password";
    });
    expect(await failureOf(connection, "own")).toMatchObject({
      code: "state/access-denied",
      message: expect.stringContaining("permission denied"),
    });
    await query("create schema own authorization plain");
    expect(await failureOf(connection, "own")).toBeUndefined();
  });

  test.each([
    ["by the network", async (proxy: TcpProxy) => proxy.cut()],
    ["by the server", (_: TcpProxy, pid: number) => query(`select pg_terminate_backend(${pid})`)],
  ])("a connection cut %s between two statements of a transaction is one that cannot be reached", async (_, cut) => {
    const proxy = await startTcpProxy(server.port);
    const url = new URL(server.url);
    url.port = String(proxy.port);
    const database = openPostgres(url.href, schemaOf("state"), 10_000);
    try {
      const work = explained(database, () =>
        inTransaction(database, async (trx) => {
          const { rows } = await trx.raw("select pg_backend_pid() as pid");
          const connection: PgClient = await trx.client.acquireConnection();
          const ended = new Promise<void>((resolve) => connection.once("end", () => resolve()));
          await cut(proxy, rows[0].pid);
          await ended;
          await trx.raw("select 1");
        }),
      );
      await expect(work).rejects.toMatchObject({ code: "state/unreachable", retryable: true });
    } finally {
      await database.knex.destroy();
      await proxy.stop();
    }
  });

  test("a connection cut by the server costs at most one failed call, which may be repeated", async () => {
    const state = await openState({ kind: "postgres", connection: server.url, schema: "cut" });
    await state.migrate();
    await Promise.all(Array.from({ length: 4 }, () => state.now()));
    await query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mesh'");
    const failures: unknown[] = [];
    let now: Date | undefined;
    while (now === undefined) {
      now = await state.now().catch((error: unknown) => {
        failures.push(error);
        return undefined;
      });
      expect(failures.length).toBeLessThanOrEqual(4);
    }
    for (const failure of failures) expect(failure).toMatchObject({ code: "state/unreachable", retryable: true });
    await state.close();
  });
});
