// The MySQL adapter on a real MariaDB: the suite of every source, and what only such a server has.

import { describe, expect, test } from "vitest";
import type { MeshError } from "../../core/errors/index.ts";
import { openStore, type StoreSettings } from "../../core/source/index.ts";
import { isMariadbInstalled } from "../../demo/stores/mariadb.ts";
import { testSource } from "../conformance/source.ts";
import { parseCopyCsv } from "../support/copy-csv-rows.ts";
import { bytesOf, extractNamed } from "../support/extract-all.ts";
import { sharedStore } from "../support/shared-store.ts";
import { startTestMariadb, type TestStore } from "../support/stores.ts";
import { mariadbTypes } from "./types/mariadb.ts";

const changed = (settings: StoreSettings, change: (url: URL) => void): StoreSettings => {
  const url = new URL(settings.connection as string);
  change(url);
  return { ...settings, connection: url.href };
};

const installed = await isMariadbInstalled();
if (!installed)
  test.skip("MariaDB is not installed (package mariadb-server): its source tests are skipped", () => undefined);

/** Ids of mesh's connections, which have a user of their own. */
const idsOf = async ({ writer }: TestStore, where = "true") =>
  (
    await writer.value(
      `SELECT coalesce(group_concat(id), '') FROM information_schema.processlist WHERE user = concat('reader_', database()) AND ${where}`,
    )
  )
    .split(",")
    .filter((id) => id !== "");

if (installed)
  testSource("mariadb", {
    start: () => startTestMariadb({ "log-bin": "binlog", "server-id": "1" }),
    quote: (name) => `\`${name.replaceAll("`", "``")}\``,
    fillMany: (rows) => [`INSERT INTO many SELECT seq, concat('name ', seq), seq * 0.5 FROM seq_1_to_${rows}`],
    ...mariadbTypes,
    failures: (good) => [
      ["a wrong password", changed(good, (url) => (url.password = "wr0ng-secret")), "store/access-denied"],
      ["no password", changed(good, (url) => (url.password = "")), "store/access-denied"],
      ["an unknown user", changed(good, (url) => (url.username = "nobody")), "store/access-denied"],
      [
        "an unknown database",
        changed(good, (url) => {
          url.username = "mesh";
          url.pathname = "/nothing";
        }),
        "store/database-missing",
      ],
      [
        "a database the user may not know of",
        changed(good, (url) => (url.pathname = "/nothing")),
        "store/permission-denied",
      ],
      ["a port where nothing listens", changed(good, (url) => (url.port = "1")), "store/unreachable"],
      ["an unknown host", changed(good, (url) => (url.hostname = "mesh-store.invalid")), "store/unreachable"],
      [
        "a URL of another database",
        { ...good, connection: "postgres://u:wr0ng-secret@127.0.0.1/x" },
        "store/connection-invalid",
      ],
      ["no URL", { ...good, connection: "wr0ng-secret" }, "store/connection-invalid"],
    ],
    server: {
      async cut(store) {
        const ids = await idsOf(store);
        for (const id of ids) await store.writer.exec(`KILL CONNECTION ${id}`).catch(() => undefined);
        return ids.length;
      },
      connections: async (store) => (await idsOf(store)).length,
      running: async (store) => (await idsOf(store, "info LIKE '%`slow`%'")).length,
      slowSelect: "SELECT count(*) AS v FROM seq_1_to_1000000 a JOIN seq_1_to_1000000 b ON a.seq + b.seq = 1",
    },
  });

describe.runIf(installed)("only MariaDB", () => {
  const store = sharedStore(() => startTestMariadb({ "log-bin": "binlog", "server-id": "1" }));
  const id = [{ name: "id", type: "INTEGER" }];
  const exec = async (...statements: readonly string[]) => {
    for (const statement of statements) await store.writer.exec(statement);
  };
  const rowsOf = async (
    settings: StoreSettings,
    table: { schema?: string; identifier: string },
    columns: readonly { name: string; type: string }[] = id,
  ) => {
    const connection = await openStore(settings);
    try {
      const session = await connection.openConsistentSession();
      let text = "";
      for await (const chunk of bytesOf(await extractNamed(session, { table, columns })))
        text += Buffer.from(chunk).toString();
      return parseCopyCsv(text);
    } finally {
      await connection.close();
    }
  };
  const failureOf = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: MeshError) => error,
    );

  test("the position is the binary log's at exactly this point", async () => {
    const connection = await openStore(store.settings);
    const session = await connection.openConsistentSession();
    expect(session.position).toMatch(/^binlog\.\d+:\d+$/);
    await connection.close();
  });

  test("a table without transactions is refused, since it has no consistent point", async () => {
    await exec("CREATE TABLE old (id int) ENGINE=MyISAM");
    expect(await failureOf(rowsOf(store.settings, { identifier: "old" }))).toMatchObject({
      code: "store/not-consistent",
    });
  });

  test("tables of other databases are found by schema, and only where the user may look", async () => {
    const name = await store.writer.value("SELECT database()");
    await exec("CREATE DATABASE other", "CREATE TABLE other.t (id int)", "INSERT INTO other.t VALUES (7)");
    expect((await failureOf(rowsOf(store.settings, { schema: "other", identifier: "t" })))?.code).toBe(
      "store/query-failed",
    );
    await exec(`GRANT SELECT ON other.* TO 'reader_${name}'@'127.0.0.1'`);
    expect(await rowsOf(store.settings, { schema: "other", identifier: "t" })).toEqual([["7"]]);
  });

  test("a column the user may not read is told", async () => {
    const name = await store.writer.value("SELECT database()");
    await exec(
      "CREATE DATABASE half",
      "CREATE TABLE half.t (id int, secret int)",
      `GRANT SELECT (id) ON half.t TO 'reader_${name}'@'127.0.0.1'`,
    );
    expect(await rowsOf(store.settings, { schema: "half", identifier: "t" })).toEqual([]);
    const error = await failureOf(
      rowsOf(store.settings, { schema: "half", identifier: "t" }, [{ name: "secret", type: "INTEGER" }]),
    );
    expect(["store/permission-denied", "store/query-failed"]).toContain(error?.code);
  });

  test("a time limit of the user stops the query and is retryable", async () => {
    const name = await store.writer.value("SELECT database()");
    await exec(
      `ALTER USER 'reader_${name}'@'127.0.0.1' WITH MAX_STATEMENT_TIME 0.3`,
      "CREATE VIEW endless AS SELECT a.seq AS id FROM seq_1_to_1000000 a JOIN seq_1_to_1000000 b ON a.seq + b.seq = 1",
    );
    expect(await failureOf(rowsOf(store.settings, { identifier: "endless" }))).toMatchObject({
      code: "store/timeout",
      retryable: true,
    });
    await exec(`ALTER USER 'reader_${name}'@'127.0.0.1' WITH MAX_STATEMENT_TIME 0`);
  });
});
