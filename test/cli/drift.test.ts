// Where people see that a store has changed: the summary of the run that found it, the next plan, and the list of builds.
import { createRequire } from "node:module";
import { join } from "node:path";
import type Database from "libsql";
import { expect, test } from "vitest";
import { formatPlan } from "../../core/cli/commands/plan.ts";
import { createOutput } from "../../core/cli/output/output.ts";
import { formatSummary } from "../../core/cli/progress/summary.ts";
import { PROJECT } from "../support/shop-mesh.ts";
import { runMeshHere, withTempMesh } from "../support/temp-mesh.ts";

const Libsql = createRequire(import.meta.url)("libsql") as typeof Database;
const { colors } = createOutput({
  json: false,
  quiet: false,
  noColor: true,
  env: {},
  stdout: process.stdout,
  stderr: process.stderr,
});

const table = (name: string, drift: string) =>
  `      - name: ${name}\n        drift: ${drift}\n        columns: [{ name: id, data_type: bigint }, { name: note, data_type: varchar }]\n`;
const snapshot = (name: string) => `  - name: ${name}\n    relation: source('shop_db', '${name}')\n`;
const FILES = {
  "projects/shop/project.yml": PROJECT("shop", "stores:\n  shop_db: { client: sqlite, connection: shop.db }\n"),
  "projects/shop/models/snapshots.yml": `sources:
  - name: shop_db
    tables:
${table("orders", "ignore_new")}${table("lines", "ignore_new")}${table("notes", "refuse")}snapshots:
${["orders", "lines", "notes"].map(snapshot).join("")}`,
};

test("a change of the store is told by the run that found it, by the next plan, and no longer once it is gone", async () => {
  await withTempMesh(FILES, async ({ root, open }) => {
    const db = new Libsql(join(root, "shop.db"));
    for (const name of ["orders", "lines", "notes"])
      db.exec(`CREATE TABLE ${name} (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO ${name} VALUES (1, 'a')`);
    const mesh = await open();
    const { manifest } = await mesh.compile();
    expect((await mesh.run({})).status).toBe("success");
    expect((await mesh.plan({})).drift).toEqual([]);

    db.exec("ALTER TABLE orders ADD COLUMN discount INTEGER; ALTER TABLE orders DROP COLUMN note");
    db.exec("DROP TABLE lines; ALTER TABLE notes RENAME COLUMN note TO remark");
    const plan = await mesh.plan({});
    const result = await mesh.run({ plan });
    const summary = formatSummary({ result, plan, manifest, colors });
    expect(summary).toMatch(`warning shop.orders: the store shop.shop_db has changed; ask shop (shop@example.com)
  column \`note\` dropped (TEXT): lands as NULL
  column \`discount\` added (INTEGER): ignored`);
    expect(summary).toMatch(`warning shop.lines: the store shop.shop_db has changed; ask shop (shop@example.com)
  the table lines is gone: nothing was read; the published build stays`);
    expect(summary).toMatch(/1 published with warnings, 1 unchanged, 1 failed/);

    const next = await mesh.plan({});
    const shown = formatPlan(next, manifest, colors).replaceAll(/\d{4}-\d\d-\d\d[ T][\d:.]+Z?/g, "<time>");
    expect(shown).toMatch(`drift at the last run
  shop.lines from shop.shop_db at <time>; ask shop (shop@example.com)
    the table is gone from shop.shop_db; the build of <time> stays published
  shop.notes from shop.shop_db at <time>; ask shop (shop@example.com)
    shop.shop_db.notes: \`note\` seems to be renamed to \`remark\` (same type, same position): if it holds the same, declare \`identifier: remark\` [renamed].
  shop.orders from shop.shop_db at <time>; ask shop (shop@example.com)
    column \`note\` dropped (TEXT): lands as NULL
    column \`discount\` added (INTEGER): ignored
`);
    expect(next.drift.map(({ model, runId, owner }) => [model, runId, owner])).toEqual(
      ["shop.lines", "shop.notes", "shop.orders"].map((model) => [model, result.runId, "shop (shop@example.com)"]),
    );
    const [{ build } = { build: undefined }] = await mesh.builds({ model: "orders" });
    expect(build?.extraction?.drift.map(({ kind }) => kind)).toEqual(["dropped", "added"]);
    const listed = await runMeshHere(root, ["builds", "orders"]);
    expect(listed.stdout).toContain(`${build?.id}  shop.orders  column \`note\` dropped (TEXT): lands as NULL\n`);
    expect(build?.extraction?.storeColumns.map(({ name }) => name)).toEqual(["id", "discount"]);

    db.exec("CREATE TABLE lines (id INTEGER PRIMARY KEY, note TEXT); ALTER TABLE orders ADD COLUMN note TEXT");
    db.exec("ALTER TABLE notes RENAME COLUMN remark TO note");
    expect((await mesh.run({})).status).toBe("success");
    expect((await mesh.plan({})).drift).toEqual([]);
    db.close();
  });
});
