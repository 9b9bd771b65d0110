// The snapshots of a store with `publish: together`: one publish group, compiled, planned and run.
import { createRequire } from "node:module";
import { join } from "node:path";
import type Database from "libsql";
import { expect, test } from "vitest";
import { PROJECT } from "../support/shop-mesh.ts";
import { withTempMesh } from "../support/temp-mesh.ts";

const Libsql = createRequire(import.meta.url)("libsql") as typeof Database;

const SNAPSHOTS = `version: 2
sources:
  - name: shop_db
    tables:
      - name: orders
        columns: [{ name: id, data_type: bigint }]
      - name: lines
        columns: [{ name: id, data_type: bigint }, { name: order_id, data_type: bigint }]
      - name: notes
        columns: [{ name: id, data_type: bigint }]
snapshots:
  - name: orders
    relation: source('shop_db', 'orders')
    columns: [{ name: id, data_tests: [unique] }]
  - name: lines
    relation: source('shop_db', 'lines')
    columns: [{ name: id, data_tests: [not_null] }]
  - name: notes
    relation: source('shop_db', 'notes')
    config: { publish: loose }
`;

const FILES = {
  "projects/shop/project.yml": PROJECT(
    "shop",
    "stores:\n  shop_db: { client: sqlite, connection: shop.db, publish: together }\n  other_db: { client: sqlite, connection: other.db }\ndefaults: { publish: everything }\n",
  ),
  "projects/shop/models/snapshots.yml": SNAPSHOTS,
  "projects/shop/models/counted.sql": "select count(*) as orders from {{ ref('orders') }}\n",
};

test("snapshots of the store are one group, of the store's name, unless one names another", async () => {
  await withTempMesh(FILES, async ({ open }) => {
    const { manifest, diagnostics } = await (await open()).compile();
    expect(diagnostics).toEqual([]);
    const groups = Object.values(manifest.models).map(({ name, config }) => [name, config.publish]);
    expect(groups).toEqual([
      ["counted", "everything"],
      ["lines", "shop_db"],
      ["notes", "loose"],
      ["orders", "shop_db"],
    ]);
  });
});

test("they are published by one step, and a failing test of one holds all", async () => {
  await withTempMesh(FILES, async ({ root, open }) => {
    const db = new Libsql(join(root, "shop.db"));
    db.exec("CREATE TABLE orders (id INTEGER); CREATE TABLE lines (id INTEGER, order_id INTEGER)");
    db.exec("CREATE TABLE notes (id INTEGER); INSERT INTO orders VALUES (1); INSERT INTO lines VALUES (1, 1)");
    const mesh = await open();
    const plan = await mesh.plan({});
    expect(plan.steps.filter(({ kind }) => kind === "publish").map(({ id, models }) => [id, models])).toEqual([
      ["publish:shop/loose", ["shop.notes"]],
      ["publish:shop/shop_db", ["shop.lines", "shop.orders"]],
      ["publish:shop/everything", ["shop.counted"]],
    ]);
    expect((await mesh.run({})).status).toBe("success");

    // A new order comes with its line, and another line is broken: neither may be seen.
    db.exec("INSERT INTO orders VALUES (2); INSERT INTO lines VALUES (2, 2), (NULL, 2)");
    const failed = await mesh.run({});
    expect(failed.status).toBe("failed");
    const statuses = Object.fromEntries(failed.steps.map(({ step, status }) => [step.id, status]));
    expect(statuses).toMatchObject({
      "test:shop.lines": "failed",
      "test:shop.orders": "success",
      "publish:shop/shop_db": "held",
    });
    const seen = async () => (await mesh.show({ model: "orders" }, 9)).rows.length;
    expect(await seen()).toBe(1);

    db.exec("DELETE FROM lines WHERE id IS NULL");
    expect((await mesh.run({})).status).toBe("success");
    expect(await seen()).toBe(2);
    db.close();
  });
});
