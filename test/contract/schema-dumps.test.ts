// The dumps of the stores' own tools say of every table what the store itself says.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { openSchemaFile, openStore, type StoreSchema } from "../../core/source/index.ts";
import { createSqliteStore, STORE_PASSWORD, type TestStore, withMariadb, withPostgres } from "../support/stores.ts";
import { withTempMesh } from "../support/temp-mesh.ts";

const PG_DUMP = join(import.meta.dirname, "dumps/postgres.sql");

async function withFile<T>(text: string, client: "pg" | "mysql" | "sqlite", use: (schema: StoreSchema) => Promise<T>) {
  return withTempMesh({ "dump.sql": text }, async ({ root }) =>
    use(await openSchemaFile({ path: join(root, "dump.sql"), name: "dump.sql", client })),
  );
}

/** Every table of the store, from its dump and from the store. Gives how many columns were compared. */
async function compareAll(store: TestStore, dump: string, views: readonly string[]): Promise<number> {
  const { client } = store.settings;
  const connection = await openStore(store.settings);
  const session = await connection.openConsistentSession();
  let compared = 0;
  try {
    await withFile(dump, client as "pg", async (schema) => {
      const listed = await schema.tables();
      for (const name of await session.tables()) {
        // A dump of MySQL is of one database and does not name it.
        if (client === "mysql" && name.includes(".")) continue;
        const [identifier = "", inSchema] = name.split(".").reverse();
        const table = { identifier, ...(inSchema !== undefined && { schema: inSchema }) };
        if (views.includes(identifier)) {
          await expect(schema.columns(table)).rejects.toMatchObject({ code: "store/schema-unknown" });
          continue;
        }
        expect(listed).toContain(name);
        const live = await session.columns(table);
        const told = live?.map(({ name: column, storeType, type, nullable }) => ({
          name: column,
          storeType,
          type,
          nullable,
        }));
        expect([name, await schema.columns(table)]).toEqual([name, told]);
        compared += live?.length ?? 0;
      }
      expect(await schema.columns({ identifier: "no_such_table" })).toBeUndefined();
    });
  } finally {
    await session.close();
    await connection.close();
  }
  return compared;
}

describe("a schema told from a dump is the store's own", () => {
  test(
    "pg_dump --schema-only",
    () =>
      withPostgres(async (server) => {
        const store = await server.createStore();
        const dump = await readFile(PG_DUMP, "utf8");
        await store.writer.exec(dump.replaceAll(/^\\.*$/gm, ""));
        await store.writer.exec("SET search_path = public");
        try {
          expect(await compareAll(store, dump, ["open_orders", "totals"])).toBeGreaterThan(100);
        } finally {
          await store.remove();
        }
      }),
    60_000,
  );

  test(
    "mysqldump --no-data",
    () =>
      withMariadb(async (server) => {
        const store = await server.createStore();
        await store.writer.exec(`CREATE TABLE orders (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, qty int(11), flag tinyint(1) NOT NULL DEFAULT 1,
        note varchar(40) DEFAULT 'a, NOT NULL\\n)' COMMENT 'it''s; NOT NULL', amount decimal(12,2) unsigned NOT NULL, wide decimal(60,2), doc json, kind enum('a','b, c','it''s') NOT NULL,
        tags set('x','y'), f float, d double(8,3), b bit(1), bb bit(9), t time(3), at datetime(6) NOT NULL, ts timestamp NULL, y year, bin varbinary(16), bl longblob, tx longtext, u uuid, ip inet6, g point,
        total decimal(13,2) GENERATED ALWAYS AS (amount * 2) VIRTUAL, \`odd \`\`name\` char(3) CHARACTER SET latin1 NOT NULL, KEY (qty), CONSTRAINT c CHECK (qty > 0))`);
        await store.writer.exec("CREATE TABLE `lines` (a int, b int NOT NULL, PRIMARY KEY (a))");
        await store.writer.exec("CREATE VIEW open_orders AS SELECT id, qty FROM orders");
        const url = new URL(server.url);
        const database = await store.writer.value("SELECT database()");
        const { stdout } = await promisify(execFile)(
          "mysqldump",
          [
            "--no-data",
            "--skip-ssl",
            "-h",
            url.hostname,
            "-P",
            url.port,
            "-u",
            decodeURIComponent(url.username),
            database,
          ],
          { env: { ...process.env, MYSQL_PWD: STORE_PASSWORD } },
        );
        try {
          expect(await compareAll(store, stdout, ["open_orders"])).toBe(27);
        } finally {
          await store.remove();
        }
      }),
    60_000,
  );

  test(".schema of sqlite3", async () => {
    const store = await createSqliteStore();
    await store.writer.exec(`CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, amount DECIMAL(12,2), note, at DATETIME DEFAULT 'a;b');
      CREATE TABLE "order lines" (a INT, b INT, PRIMARY KEY (a, b)) WITHOUT ROWID; CREATE VIEW open_orders AS SELECT id, amount FROM orders;
      CREATE TRIGGER x AFTER INSERT ON orders BEGIN UPDATE orders SET note = 1; END; CREATE INDEX i ON orders (customer)`);
    const dump = await store.writer.value(
      "SELECT group_concat(sql || ';', char(10)) FROM sqlite_schema WHERE sql IS NOT NULL",
    );
    try {
      expect(await compareAll(store, dump, [])).toBe(9);
    } finally {
      await store.remove();
    }
  });
});

describe("a file that is no schema of the store is refused", () => {
  const CASES: readonly (readonly [client: "pg" | "mysql" | "sqlite", text: string, reason: RegExp])[] = [
    ["pg", "CREATE TABLE orders (id bigint", /syntax error/],
    ["pg", "SELECT 1;", /creates no table/],
    ["mysql", "CREATE TABLE orders (id bigint);", /line 1 is not as mysqldump writes a CREATE TABLE/],
    ["mysql", "CREATE TABLE `orders` (\n  `id` bigint(20),\n", /ends inside of the table orders/],
    ["sqlite", "CREATE TABEL orders (id);", /syntax error/],
    ["sqlite", "", /creates no table/],
    ["pg", '{ "mesh_schema": 9 }', /not a schema that `mesh check-store --write-schema` wrote/],
    ["pg", "{ nonsense", /not JSON/],
    ["pg", '{"mesh_schema":1,"client":"mysql","tables":[],"queries":{}}', /of the client `mysql`/],
  ];
  test.each(CASES)("%s: %s", async (client, text, reason) => {
    await expect(withFile(text, client, async () => undefined)).rejects.toMatchObject({
      code: "store/schema-file-unusable",
      message: expect.stringMatching(reason),
    });
  });
  test("one that is not there", async () => {
    await expect(openSchemaFile({ path: "/no/such", name: "such", client: "pg" })).rejects.toMatchObject({
      message: "The schema file such cannot be used for a store of the client `pg`: there is no such file.",
    });
  });
});
