// A table whose tests fail is held while readers go on; an earlier build comes back at once.
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startReader } from "../support/readers.ts";
import { withTempMesh } from "../support/temp-mesh.ts";

const rows = (values: readonly number[]) =>
  ["id,amount", ...values.map((amount, i) => `${i + 1},${amount}`)].join("\n");
const FILES = {
  "projects/sales/seeds/orders.csv": rows([10, 20]),
  "projects/sales/models/totals.sql":
    "{{ config(materialized='table') }}\nselect sum(amount) as total from {{ ref('orders') }}\n",
  "projects/sales/models/report.sql":
    "{{ config(materialized='view') }}\nselect total * 2 as double_total from {{ ref('totals') }}\n",
  "projects/sales/models/sales.yml": `models:
  - name: totals
    columns:
      - name: total
        data_tests: [{ expression_is_true: { expression: "< 1000" } }]
`,
};

describe("publishing", () => {
  it("holds a table whose test fails, skips its dependents, and readers see the old rows all along", () =>
    withTempMesh(FILES, async ({ root, write, open }) => {
      const first = await (await open()).run({});
      expect(first.steps.filter((step) => step.error)).toEqual([]);
      expect(first.status).toBe("success");
      const reader = startReader(
        join(root, "wh/serving/sales.duckdb"),
        "select (select total from totals)::varchar || '/' || (select double_total from report)::varchar",
      );
      await reader.readAgain();

      await write({ "projects/sales/seeds/orders.csv": rows([10, 20, 5000]) });
      const mesh = await open();
      const second = await mesh.run({});
      const status = Object.fromEntries(second.steps.map((step) => [step.step.id, step.status]));
      expect(second.status).toBe("failed");
      expect(status).toMatchObject({
        "publish:sales.orders": "success",
        "test:sales.totals": "failed",
        "publish:sales.totals": "held",
        "build:sales.report": "skipped",
      });
      expect((await mesh.show({ model: "totals" }, 5)).rows).toEqual([["30"]]);
      await reader.readAgain();
      expect(reader.seen.values).toEqual(["30/60"]);

      await write({ "projects/sales/seeds/orders.csv": rows([10, 20, 70]) });
      expect((await (await open()).run({})).status).toBe("success");
      await reader.readAgain();
      const seen = await reader.stop();
      expect(seen.errors).toEqual([]);
      expect([seen.values[0], seen.values.at(-1)]).toEqual(["30/60", "100/200"]);
      expect(seen.values.every((value) => ["30/60", "100/60", "100/200"].includes(value))).toBe(true);
    }));

  it("brings an earlier build back, and forward again", () =>
    withTempMesh(FILES, async ({ write, open }) => {
      await (await open()).run({});
      await write({ "projects/sales/seeds/orders.csv": rows([1, 2]) });
      const mesh = await open();
      expect((await mesh.run({})).status).toBe("success");
      expect((await mesh.show({ model: "sales.totals" }, 1)).rows).toEqual([["3"]]);

      const by = { actor: "ana", via: "cli" } as const;
      const back = await mesh.rollback("totals", { by });
      expect((await mesh.show({ model: "sales.totals" }, 1)).rows).toEqual([["30"]]);
      await mesh.rollback("totals", { by, to: back.previousBuildId });
      expect((await mesh.show({ model: "sales.totals" }, 1)).rows).toEqual([["3"]]);
    }));

  it("rebuilds nothing in a second run when no input changed", () =>
    withTempMesh(FILES, async ({ open }) => {
      await (await open()).run({});
      const result = await (await open()).run({});
      expect(result.steps).toEqual([]);
    }));
});
