// Drift under strategies that keep rows of earlier builds: what was kept stays as it was, and what the store no longer says is NULL.
import { expect, test } from "vitest";
import { PROJECT } from "../support/shop-mesh.ts";
import { createSqliteStore } from "../support/stores.ts";
import { withTempMesh } from "../support/temp-mesh.ts";

const STRATEGIES = {
  incremental: "{ strategy: incremental, unique_key: id, cursor: at }",
  append: "{ strategy: append, cursor: at }",
  timestamp: "{ strategy: timestamp, unique_key: id, updated_at: at }",
  check: "{ strategy: check, unique_key: id, check_cols: [qty] }",
} as const;
type Strategy = keyof typeof STRATEGIES;
const NAMES = Object.keys(STRATEGIES) as readonly Strategy[];
const CHANGES = ["dropped", "declared", "refused", "widened", "needed", "gone"] as const;
type Change = (typeof CHANGES)[number];
const CELLS = NAMES.flatMap((strategy) =>
  CHANGES.map((change) => ({ strategy, change, name: `${strategy}_${change}` })),
);

/** `after`: how the tables are declared once `extra`, which they have from the beginning, is wanted. */
function declare(after: boolean): string {
  const tables = CELLS.map(({ name, change }) => {
    const drift = {
      dropped: change === "dropped" || change === "needed" ? "ignore_new" : "refuse",
      retyped: "widen",
      table_gone: "ignore_new",
      added: change === "refused" ? "refuse" : "ignore_new",
    };
    const extra = after && (change === "declared" || change === "refused");
    return `      - name: ${name}
        drift: ${JSON.stringify(drift)}
        columns:
          - { name: id, data_type: integer }
          - { name: note, data_type: varchar }
          - { name: qty, data_type: integer }
          - { name: at, data_type: timestamp }
${extra ? "          - { name: extra, data_type: varchar }\n" : ""}`;
  });
  const snapshots = CELLS.map(
    ({ name, strategy }) =>
      `  - name: ${name}\n    relation: source('shop_db', '${name}')\n    config: ${STRATEGIES[strategy]}\n`,
  );
  return `sources:\n  - name: shop_db\n    tables:\n${tables.join("")}snapshots:\n${snapshots.join("")}`;
}

const create = (name: string, qty = "INTEGER") =>
  `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, note TEXT, qty ${qty}, at DATETIME, extra TEXT)`;
const ROWS = "(1, 'a', 5, '2024-01-01 00:00:00', 'x'), (2, 'b', 6, '2024-01-02 00:00:00', 'y')";

function migrate(name: string, change: Change, strategy: Strategy): string {
  const later = "'2024-01-03 00:00:00'";
  const insert = `INSERT INTO ${name} (id, qty, at, extra) VALUES (3, 7, ${later}, 'z')`;
  switch (change) {
    case "dropped":
      return `ALTER TABLE ${name} DROP COLUMN note; ${insert}`;
    case "declared":
    case "refused":
      return insert;
    case "widened":
      return `ALTER TABLE ${name} RENAME TO old; ${create(name, "BIGINT")}; INSERT INTO ${name} SELECT * FROM old; DROP TABLE old; ${insert}`;
    case "needed":
      return `ALTER TABLE ${name} DROP COLUMN ${strategy === "check" ? "qty" : "at"}`;
    case "gone":
      return `DROP TABLE ${name}`;
  }
}

test("each strategy keeps its history through a change of the store", async () => {
  const store = await createSqliteStore();
  const files = {
    "projects/shop/project.yml": PROJECT("shop", `stores:\n  shop_db: { client: sqlite, connection: "$\{SHOP_DB}" }\n`),
    "projects/shop/models/cells.yml": declare(false),
  };
  await withTempMesh(files, async ({ open, write }) => {
    const env = { SHOP_DB: String(store.settings.connection) };
    for (const { name } of CELLS) await store.writer.exec(`${create(name)}; INSERT INTO ${name} VALUES ${ROWS}`);
    expect((await (await open({ env })).run({})).status).toBe("success");

    let faults = 0;
    for (const { name, change, strategy } of CELLS) {
      await store.writer.exec(migrate(name, change, strategy));
      faults++;
    }
    await write({ "projects/shop/models/cells.yml": declare(true) });
    const mesh = await open({ env });
    const result = await mesh.run({});
    expect(faults).toBe(24);
    console.log(`sqlite: ${faults} drift faults injected into histories`);

    for (const { name, change, strategy } of CELLS) {
      const step = result.steps.find(({ step: { id } }) => id === `extract:shop.${name}`);
      const notes = (step?.drift ?? []).map(({ kind, action }) => `${kind}: ${action}`);
      const columns = change === "declared" ? "id, note, qty, extra" : "id, note, qty";
      const { rows } = await mesh.show(
        { inline: `select ${columns} from {{ ref('shop', '${name}') }} order by ${columns}` },
        20,
      );
      const seen = {
        name,
        status: step?.status,
        code: step?.error?.code,
        notes,
        rows: rows.map((row) => row.join(" ")),
      };
      const old = ["1 a 5", "2 b 6"];
      // Whoever can read everything again does so when the declaration changes, and keeps nothing: there is no history to judge.
      const anew = strategy === "incremental" || strategy === "append";
      const refused = { status: "failed", code: "extract/drift-refused", notes: [], rows: old };
      const expected = {
        dropped: { status: "warned", notes: ["dropped: lands as NULL"], rows: [...old, "3  7"] },
        declared: anew
          ? { status: "success", notes: [], rows: ["1 a 5 x", "2 b 6 y", "3  7 z"] }
          : {
              status: "success",
              notes: ["added: declared since; NULL in the rows of earlier builds"],
              rows: ["1 a 5 ", "2 b 6 ", "3  7 z"],
            },
        widened: { status: "warned", notes: ["retyped: landed as INTEGER, as declared"], rows: [...old, "3  7"] },
        refused: anew ? { status: "success", notes: [], rows: [...old, "3  7"] } : refused,
        needed: refused,
        gone: { status: "unchanged", notes: ["table_gone: nothing was read; the published build stays"], rows: old },
      }[change];
      expect(seen).toEqual({ code: undefined, name, ...expected });
    }
  });
  await store.remove();
}, 60_000);
