// A mesh whose store is a folder of files, through the command: full and incremental snapshots, a protected column, drift, and
// what doctor and new snapshot say of it.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { runMeshHere, withTempMesh } from "../support/temp-mesh.ts";

const PROJECT = `name: shop
owner: { team: Shop, email: shop@example.com }
stores:
  drop: { client: files, connection: { path: "\${DROP}", tables: { "orders/*.csv": { delimiter: ";" } } }, readers: 2 }
`;
const MODELS = `sources:
  - name: drop
    tables:
      - name: orders
        identifier: orders/*.csv
        columns:
          - { name: id, data_type: bigint }
          - { name: amount, data_type: "decimal(10,2)" }
          - { name: changed_at, identifier: changedAt, data_type: timestamptz }
      - name: visits
        identifier: visits/*.ndjson
        columns:
          - { name: id, data_type: bigint }
          - { name: page, data_type: varchar }
snapshots:
  - name: orders
    relation: source('drop', 'orders')
    config: { strategy: incremental, unique_key: id, cursor: changed_at }
    columns: [{ name: id, data_tests: [unique, not_null] }]
  - name: visits
    relation: source('drop', 'visits')
`;

test("a store that is a folder is read whole, then in part; a column that comes is told, one that goes is refused", async () => {
  const mesh = { "projects/shop/project.yml": PROJECT, "projects/shop/models/snapshots.yml": MODELS };
  await withTempMesh(mesh, async ({ root }) => {
    const env = { DROP: "drop" };
    const put = async (path: string, text: string) => {
      await mkdir(dirname(join(root, "drop", path)), { recursive: true });
      await writeFile(join(root, "drop", path), text);
    };
    const run = (...words: string[]) => runMeshHere(root, words, env);
    const show = async (model: string) => {
      const inline = `select * from {{ ref('shop', '${model}') }} order by id`;
      return JSON.parse((await run("show", "--json", "--inline", inline)).stdout).rows;
    };
    const fine = async () => {
      const done = await run("run");
      expect([done.code, done.stderr]).toEqual([0, done.stderr]);
      return done;
    };

    await put("orders/a.csv", "id;changedAt;amount\n1;2024-05-01T00:00:00Z;1.50\n2;2024-05-02T00:00:00Z;2.00\n");
    await put("visits/a.ndjson", '{"id": 9007199254740993, "page": "home"}\n{"id": 2}\n');
    await fine();
    expect(await show("visits")).toEqual([
      ["2", null],
      ["9007199254740993", "home"],
    ]);

    // The one of the first of May is behind the watermark: it is not read again.
    await put(
      "orders/b.csv",
      "amount;id;changedAt;note\n9.99;2;2024-05-03T02:00:00+02:00;x\n0.10;3;2024-05-01T00:00:00Z;y\n",
    );
    const second = await fine();
    expect(second.stdout + second.stderr).toContain("note");
    expect((await show("orders")).map((row: unknown[]) => row.slice(0, 2))).toEqual([
      ["1", "1.50"],
      ["2", "9.99"],
    ]);

    await put("orders/a.csv", "id;changedAt\n1;2024-05-04T00:00:00Z\n");
    await put("orders/b.csv", "id;changedAt\n2;2024-05-04T00:00:00Z\n");
    const third = await run("run", "--select", "orders");
    expect(third.code).toBe(1);
    expect(third.stdout + third.stderr).toContain("extract/drift-refused");
    expect((await show("orders")).length).toBe(2);

    const recorded = JSON.parse((await run("builds", "shop.orders", "--json")).stdout);
    expect(JSON.stringify(recorded)).toContain("2024-05-03 00:00:00+00");
    expect((await run("doctor")).stdout).toContain("store shop.drop (files), 2 declared tables");
  });
});

test("a snapshot of files is written from their columns, and what is not there is said", async () => {
  await withTempMesh({ "projects/shop/project.yml": PROJECT }, async ({ root }) => {
    const env = { DROP: "drop" };
    await mkdir(join(root, "drop/orders"), { recursive: true });
    await writeFile(join(root, "drop/orders/a.csv"), "id;Amount EUR\n1;2.50\n");
    const made = await runMeshHere(root, ["new", "snapshot", "shop.orders", "--from", "drop.orders/*.csv"], env);
    expect([made.code, made.stderr]).toEqual([0, made.stderr]);
    const text = await readFile(join(root, "projects/shop/models/snapshots/_snapshots.yml"), "utf8");
    expect(text).toContain("identifier: orders/*.csv");
    expect(text).toContain("identifier: Amount EUR");
    expect((await runMeshHere(root, ["run"], env)).code).toBe(0);
    await writeFile(join(root, "drop/orders/a.csv"), "id\n");
    const gone = await runMeshHere(root, ["new", "snapshot", "shop.gone", "--from", "drop.gone.csv"], env);
    expect(gone.code).not.toBe(0);
    await writeFile(
      join(root, "projects/shop/models/gone.yml"),
      "sources: [{ name: drop, tables: [{ name: gone, identifier: gone.csv, columns: [{ name: id, data_type: bigint }] }] }]\n",
    );
    const doctor = await runMeshHere(root, ["doctor"], env);
    expect(doctor.stdout + doctor.stderr).toContain("no file below the folder is named by them");
  });
});
