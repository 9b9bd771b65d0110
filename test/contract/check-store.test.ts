// What `mesh check-store` says of migrations on real stores: exactly the products they break, and nothing of columns nobody declared.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { CheckedStore } from "../../core/index.ts";
import { PROJECT } from "../support/shop-mesh.ts";
import {
  STORE_PASSWORD,
  startTestMariadb,
  startTestPostgres,
  startTestSqlite,
  type TestStore,
  withStore,
} from "../support/stores.ts";
import { runMeshHere, withTempMesh } from "../support/temp-mesh.ts";

const FILES = (client: string): Readonly<Record<string, string>> => ({
  "projects/shop/project.yml": PROJECT(
    "shop",
    `stores:\n  shop_db: { client: ${client}, connection: "$\{SHOP_DB}" }\n`,
  ),
  "projects/shop/models/snapshots.yml": `sources:
  - name: shop_db
    tables:
      - name: orders
        columns:
          - { name: id, data_type: integer }
          - { name: customer, data_type: varchar }
          - { name: qty, data_type: integer }
          - { name: note, data_type: varchar }
      - name: lines
        identifier: order_lines
        columns: [{ name: id, data_type: integer }]
snapshots:
  - name: orders
    relation: source('shop_db', 'orders')
    columns: [{ name: customer, data_tests: [not_null] }]
  - name: lines
    relation: source('shop_db', 'lines')
exposures:
  - name: line_list
    type: notebook
    owner: { email: lines@example.com }
    depends_on: ["ref('lines')"]
`,
  "projects/shop/models/tidy.sql": "select customer, qty from {{ ref('orders') }}\n",
  "projects/shop/models/sales.sql": "select customer, sum(qty) as qty from {{ ref('tidy') }} group by 1\n",
  "projects/shop/models/models.yml":
    "models:\n  - name: sales\n    description: What was sold.\n    config: { access: public }\n",
  "projects/board/models/totals.sql": "select sum(qty) as qty from {{ ref('shop', 'sales') }}\n",
  "projects/board/models/board.yml": `models:
  - name: totals
    description: All of it.
    config: { access: public }
exposures:
  - name: pack
    type: dashboard
    owner: { name: Board, email: board-pack@example.com }
    depends_on: ["ref('totals')"]
`,
});

const OF_ORDERS = ["board.totals", "shop.orders", "shop.sales", "board.pack"];
const OF_LINES = ["shop.lines", "shop.line_list"];

interface Migration {
  readonly name: string;
  readonly sql: readonly string[];
  /** Kind and column of each break; none for a migration that breaks nothing. */
  readonly breaks: readonly string[];
  readonly products?: readonly string[];
}

const text = (client: string) => (client === "mysql" ? "varchar(40)" : "text");

function base(client: string): readonly string[] {
  const type = text(client);
  return [
    "DROP TABLE IF EXISTS orders",
    "DROP TABLE IF EXISTS order_lines",
    `CREATE TABLE orders (id integer not null primary key, customer ${type} not null, qty integer, note ${type}, secret ${type})`,
    "CREATE TABLE order_lines (id integer not null primary key)",
  ];
}

function migrations(client: string): readonly Migration[] {
  const type = text(client);
  const alter = (column: string, to: string, nullable?: boolean): readonly string[] => {
    if (client === "mysql") return [`ALTER TABLE orders MODIFY COLUMN ${column} ${to}`];
    if (client === "pg") {
      return nullable
        ? [`ALTER TABLE orders ALTER COLUMN ${column} DROP NOT NULL`]
        : [`ALTER TABLE orders ALTER COLUMN ${column} TYPE ${to}`];
    }
    const columns = { customer: "text not null", qty: "integer", note: "text", secret: "text", [column]: to };
    const list = Object.entries(columns).map(([name, of]) => `${name} ${of}`);
    return ["DROP TABLE orders", `CREATE TABLE orders (id integer not null primary key, ${list.join(", ")})`];
  };
  return [
    {
      name: "drops a column",
      sql: ["ALTER TABLE orders DROP COLUMN note"],
      breaks: ["dropped note"],
      products: OF_ORDERS,
    },
    {
      name: "renames a column",
      sql: ["ALTER TABLE orders RENAME COLUMN note TO notes"],
      breaks: ["dropped note"],
      products: OF_ORDERS,
    },
    { name: "retypes a column", sql: alter("qty", type), breaks: ["retyped qty"], products: OF_ORDERS },
    {
      name: "makes a column nullable",
      sql: alter("customer", type, true),
      breaks: ["nullable customer"],
      products: OF_ORDERS,
    },
    { name: "drops a table", sql: ["DROP TABLE order_lines"], breaks: ["table_gone"], products: OF_LINES },
    {
      name: "does several",
      sql: ["ALTER TABLE orders DROP COLUMN note", "ALTER TABLE orders DROP COLUMN qty", "DROP TABLE order_lines"],
      breaks: ["dropped qty", "dropped note", "table_gone"],
      products: [...OF_ORDERS, ...OF_LINES],
    },
    { name: "drops an undeclared column", sql: ["ALTER TABLE orders DROP COLUMN secret"], breaks: [] },
    { name: "renames an undeclared column", sql: ["ALTER TABLE orders RENAME COLUMN secret TO hidden"], breaks: [] },
    { name: "adds a column", sql: ["ALTER TABLE orders ADD COLUMN discount integer"], breaks: [] },
    { name: "retypes an undeclared column", sql: alter("secret", "integer").map(castsTo(client)), breaks: [] },
    { name: "adds a table", sql: ["CREATE TABLE more (id integer)"], breaks: [] },
  ];
}

const castsTo = (client: string) => (sql: string) => (client === "pg" ? `${sql} USING secret::integer` : sql);

const said = ({ ok, breaks, products }: CheckedStore) => ({
  ok,
  breaks: breaks.map(({ kind, column }) => (column === undefined ? kind : `${kind} ${column}`)).sort(),
  products: products.map(({ id }) => id).sort(),
});

/** Every migration, told from the database itself and from the file that mesh writes of it. */
async function check(store: TestStore): Promise<void> {
  const { client, connection } = store.settings;
  await withTempMesh(FILES(client), async ({ root, open }) => {
    // Nothing is where the mesh's own state and warehouse would be: they are not needed.
    await writeFile(join(root, "wh"), "");
    const mesh = await open({ env: { SHOP_DB: "nowhere" } });
    expect((await mesh.compile()).diagnostics).toEqual([]);
    const live = { store: "shop_db", connection: String(connection) };
    let broke = 0;
    for (const { name, sql, breaks, products = [] } of migrations(client)) {
      for (const statement of [...base(client), "DROP TABLE IF EXISTS more", ...sql])
        await store.writer.exec(statement);
      const expected = { name, ok: breaks.length === 0, breaks: [...breaks].sort(), products: [...products].sort() };
      expect({ name, ...said(await mesh.checkStore(live)) }).toEqual(expected);
      await writeFile(join(root, "schema.json"), await mesh.storeSchema(live));
      expect({ name, ...said(await mesh.checkStore({ store: "shop_db", schema: join(root, "schema.json") })) }).toEqual(
        expected,
      );
      broke += breaks.length;
    }
    expect(broke).toBeGreaterThan(5);
    console.log(`${client}: ${migrations(client).length} migrations, ${broke} breaking changes`);
  });
}

/** A query as a port, and what is said of it when a column that it reads is gone. */
async function checkQuery(store: TestStore): Promise<void> {
  const { client, connection } = store.settings;
  const files = {
    "projects/shop/project.yml": PROJECT(
      "shop",
      `stores:\n  shop_db: { client: ${client}, connection: "$\{SHOP_DB}" }\n`,
    ),
    "projects/shop/models/ports.yml": `sources:
  - name: shop_db
    tables:
      - name: sold
        query: select id, qty * 2 as twice from orders where qty > 0
        columns: [{ name: id, data_type: integer }]
snapshots:
  - name: sold
    relation: source('shop_db', 'sold')
`,
  };
  await withTempMesh(files, async ({ root, open }) => {
    const mesh = await open({ env: { SHOP_DB: "nowhere" } });
    const live = { store: "shop_db", connection: String(connection) };
    for (const statement of base(client)) await store.writer.exec(statement);
    const fine = await mesh.checkStore(live);
    expect(said(fine)).toEqual({ ok: true, breaks: [], products: [] });
    expect(fine.notes.map(({ what }) => what)).toEqual(["not declared, so not copied: `twice`"]);
    await writeFile(join(root, "schema.json"), await mesh.storeSchema(live));
    expect((await mesh.checkStore({ store: "shop_db", schema: join(root, "schema.json") })).ok).toBe(true);
    await writeFile(join(root, "schema.sql"), "CREATE TABLE `orders` (\n  `id` int(11) NOT NULL\n);\n");
    await expect(mesh.checkStore({ store: "shop_db", schema: join(root, "schema.sql") })).rejects.toMatchObject({
      code: client === "pg" ? "store/schema-file-unusable" : "store/schema-unknown",
    });

    await store.writer.exec("ALTER TABLE orders DROP COLUMN qty");
    const broken = await mesh.checkStore(live);
    expect(said(broken)).toEqual({ ok: false, breaks: ["table_gone"], products: ["shop.sold"] });
    expect(broken.breaks[0]?.what).toMatch(/^its query fails: .*qty/);
  });
}

describe("mesh check-store names what a migration breaks, and only that,", () => {
  test.each([
    ["SQLite", startTestSqlite],
    ["Postgres", startTestPostgres],
    ["MariaDB", startTestMariadb],
  ] as const)("in %s", (_, start) => withStore(start, (store) => check(store).then(() => checkQuery(store))), 120_000);

  test("without a password in anything it says", async () => {
    await withTempMesh(FILES("pg"), async ({ root }) => {
      const url = `postgres://mesh:${encodeURIComponent(STORE_PASSWORD)}@127.0.0.1:1/shop`;
      for (const more of [[], ["--json"], ["--write-schema", "schema.json"]]) {
        const result = await runMeshHere(root, ["check-store", "shop_db", "--connection", url, ...more]);
        const printed = result.stdout + result.stderr;
        expect([result.code, printed]).toEqual([2, expect.stringContaining("store/unreachable")]);
        const leaked = [STORE_PASSWORD, encodeURIComponent(STORE_PASSWORD)].filter((secret) =>
          printed.includes(secret),
        );
        expect(leaked).toEqual([]);
      }
      const wrong = await runMeshHere(root, ["check-store", "shop.shop_bd"]);
      expect([wrong.code, wrong.stderr]).toEqual([
        2,
        "error[store/not-found] There is no store `shop.shop_bd`. Did you mean `shop.shop_db`?\n  help: Stores are `shop.shop_db`.\n",
      ]);
      const both = await runMeshHere(root, ["check-store", "shop_db", "--schema", "x", "--connection", url]);
      expect([both.code, both.stderr]).toEqual([2, expect.stringContaining("cli/options-exclude")]);
    });
  }, 60_000);
});
