// `mesh new snapshot`: the columns are those of the store, ready to run; a store that cannot be asked gives a template.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PROJECT } from "../support/shop-mesh.ts";
import { createSqliteStore, STORE_PASSWORD, withPostgres } from "../support/stores.ts";
import { runMeshHere, withTempMesh } from "../support/temp-mesh.ts";

const files = (client: string) => ({
  "projects/shop/project.yml": PROJECT(
    "shop",
    `stores:\n  shop_db: { client: ${client}, connection: "$\{SHOP_DB}" }\n`,
  ),
});
const SNAPSHOTS = "projects/shop/models/snapshots/_snapshots.yml";
const written = (root: string) => readFile(join(root, SNAPSHOTS), "utf8");

describe("a new snapshot", () => {
  test(
    "has every column of the store's table with its exact type, and runs",
    () =>
      withPostgres(async (server) => {
        const store = await server.createStore();
        await store.writer.exec(`CREATE SCHEMA sales; CREATE TABLE "Orders" (id bigint PRIMARY KEY, "createdAt" timestamp(3) with time zone NOT NULL,
        amount numeric(12,2), free numeric, tags text[], note varchar(20), "HTTPCode" int, "created_at" date);
        INSERT INTO "Orders" (id, "createdAt", amount) VALUES (1, '2024-01-02 03:04:05Z', 1.50); CREATE TABLE sales.lines (line_no int NOT NULL, qty int)`);
        const env = { SHOP_DB: String(store.settings.connection) };
        await withTempMesh(files("pg"), async ({ root }) => {
          const made = await runMeshHere(root, ["new", "snapshot", "shop.orders", "--from", "shop_db.Orders"], env);
          expect([made.code, made.stderr]).toEqual([0, expect.stringContaining("mesh run --select orders")]);
          expect(await written(root)).toBe(`version: 2

sources:
  - name: shop_db
    tables:
      - name: orders
        identifier: Orders
        columns:
          # All columns of the table. Take out what must not be copied.
          # TODO: give each a classification (public, internal, personal, pci): unclassified counts as sensitive.
          - name: id
            data_type: bigint
          - name: created_at_2
            identifier: createdAt
            data_type: timestamp with time zone
          - name: amount
            data_type: decimal(12,2)
          - name: free
            data_type: varchar
          - name: tags
            data_type: varchar[]
          - name: note
            data_type: varchar
          - name: http_code
            identifier: HTTPCode
            data_type: integer
          - name: created_at
            data_type: date

snapshots:
  - name: orders
    relation: source('shop_db', 'orders')
    config:
      strategy: full
      unique_key: id
    columns:
      - name: id
        data_tests:
          - unique
          - not_null
`);
          const lines = await runMeshHere(
            root,
            ["new", "snapshot", "shop.lines", "--from", "shop_db.sales.lines"],
            env,
          );
          expect(lines.code).toBe(0);
          expect(await written(root)).toContain(
            "  - name: shop_db\n    schema: sales\n    tables:\n      - name: lines\n",
          );
          const run = await runMeshHere(root, ["run"], env);
          expect([run.code, run.stderr]).toEqual([0, expect.anything()]);
          const shown = await runMeshHere(root, ["show", "orders", "--json"], env);
          expect(shown.stdout).toContain("1.50");

          const wrong = await runMeshHere(root, ["new", "snapshot", "shop.more", "--from", "shop_db.order"], env);
          expect([wrong.code, wrong.stderr]).toEqual([
            2,
            "error[cli/no-such-table] The store `shop.shop_db` has no table `order` that its user may read.\n  help: Did you mean `Orders`?\n",
          ]);
        });
        await store.remove();
      }),
    60_000,
  );

  test("of SQLite takes the store's word where no type is exact", async () => {
    const store = await createSqliteStore();
    await store.writer.exec(
      "CREATE TABLE orders (order_no INTEGER NOT NULL, amount DECIMAL(12,2), paid BOOLEAN, at DATETIME, x)",
    );
    const env = { SHOP_DB: String(store.settings.connection) };
    await withTempMesh(files("sqlite"), async ({ root }) => {
      expect((await runMeshHere(root, ["new", "snapshot", "shop.orders"], env)).code).toBe(0);
      const yaml = await written(root);
      expect(yaml.match(/data_type: .*/g)).toEqual(
        ["bigint", "decimal(12,2)", "boolean", "timestamp", "varchar"].map((type) => `data_type: ${type}`),
      );
      expect(yaml).toContain("unique_key: order_no");
      expect((await runMeshHere(root, ["compile"], env)).code).toBe(0);
    });
    await store.remove();
  });

  test("of a store that cannot be reached is a template that says so, without the password", async () => {
    const env = { SHOP_DB: `postgres://mesh:${encodeURIComponent(STORE_PASSWORD)}@127.0.0.1:1/shop` };
    await withTempMesh(files("pg"), async ({ root }) => {
      const made = await runMeshHere(root, ["new", "snapshot", "shop.orders", "--from", "shop_db.orders"], env);
      expect(made.code).toBe(0);
      expect(made.stderr).toContain("The store `shop.shop_db` cannot be reached at 127.0.0.1:1/shop");
      const yaml = await written(root);
      expect(yaml).toContain(`        columns:
          # TODO: list every column to copy; the store could not be asked for them.
          # TODO: give each a classification (public, internal, personal, pci): unclassified counts as sensitive.
          - name: id
            data_type: bigint
`);
      expect(made.stdout + made.stderr + yaml).not.toContain(STORE_PASSWORD);
      expect((await runMeshHere(root, ["compile"], env)).code).toBe(0);
    });
  });
});
