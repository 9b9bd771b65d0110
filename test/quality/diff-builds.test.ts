// What `mesh diff` says of two builds: counts, keys, columns, masks; random tables against a plain comparison.
import fc from "fast-check";
import pc from "picocolors";
import { describe, expect, it } from "vitest";
import { formatDiff } from "../../core/cli/commands/diff.ts";
import { snapshotYaml, withSqliteShop } from "../support/sqlite-shop.ts";
import { withTempMesh } from "../support/temp-mesh.ts";

const TABLE = "create table orders (id integer, v text, at text)";
const FULL = "{ strategy: full, unique_key: id }";
const row = (id: number, v: string, day = 1) => `insert into orders values (${id}, '${v}', '2024-01-0${day} 00:00:00')`;

describe("a diff of two builds", () => {
  it("counts and names what came, changed and went since the build before", () =>
    withSqliteShop(FULL, async ({ sql, run, open }) => {
      sql(TABLE, row(1, "a"), row(2, "b"), row(3, "c"), row(4, "d"));
      await run();
      sql("delete from orders where id = 1", "update orders set v = 'B' where id = 2", row(5, "e"));
      sql(`update orders set v = null, at = '2024-01-09 00:00:00' where id = 3`);
      await run();
      const mesh = await open();
      const diff = await mesh.diff("orders", { rows: 10 });
      expect(diff).toMatchObject({
        model: "shop.orders",
        key: ["id"],
        before: { rows: 4 },
        after: { rows: 4 },
        inserted: 1,
        updated: 2,
        deleted: 1,
        unchanged: 1,
        changedColumns: { v: 2, at: 1 },
        schema: { added: [], removed: [], retyped: [] },
        sample: [
          { change: "deleted", key: { id: "1" }, columns: [] },
          { change: "inserted", key: { id: "5" }, columns: [] },
          { change: "updated", key: { id: "2" }, columns: ["v"] },
          { change: "updated", key: { id: "3" }, columns: ["v", "at"] },
        ],
      });
      expect((await mesh.diff("orders", { rows: 1 })).sample).toHaveLength(3);
      const turned = await mesh.diff("orders", { rows: 0, before: diff.after.build, after: diff.before.build });
      expect(turned).toMatchObject({ inserted: 1, updated: 2, deleted: 1, sample: [] });
      expect(formatDiff(diff, pc.createColors(false))).toMatch(/updated +2 +v 2, at 1\n/);
    }));

  it("looks only at files that the two do not share, and still finds a key that stands twice", () =>
    withSqliteShop("{ strategy: append, cursor: at }", async ({ sql, run, open }) => {
      sql(TABLE, row(1, "a", 1), row(2, "b", 2));
      await run();
      sql(row(3, "c", 3));
      await run();
      const mesh = await open();
      const options = { rows: 10, key: ["ID"] };
      expect(await mesh.diff("orders", options)).toMatchObject({ inserted: 1, updated: 0, deleted: 0, unchanged: 2 });
      sql(row(3, "again", 4));
      await run();
      await expect((await open()).diff("orders", options)).rejects.toMatchObject({
        code: "diff/keys-repeated",
        message: expect.stringContaining("1 value of id stands in several rows"),
      });
    }));

  it("tells columns that came, went or changed their type, and compares the rest", () =>
    withSqliteShop(FULL, async ({ sql, run, open, write }) => {
      sql(TABLE, row(1, "7"), row(2, "8"));
      await run();
      sql("update orders set v = '9' where id = 2");
      const columns =
        "\n          - { name: id, data_type: integer }\n          - { name: v, data_type: varchar }\n          - { name: w, identifier: v, data_type: varchar }";
      await write({ "projects/shop/models/snapshots.yml": snapshotYaml(FULL, columns) });
      await run();
      const diff = await (await open()).diff("orders", { rows: 10 });
      expect(diff).toMatchObject({
        inserted: 0,
        updated: 1,
        deleted: 0,
        schema: {
          added: [{ name: "w", type: "VARCHAR" }],
          removed: [{ name: "at", type: "TIMESTAMP" }],
          retyped: [{ name: "id", was: "BIGINT", now: "INTEGER" }],
        },
      });
    }));

  it("knows a row of a history by its own id", () =>
    withSqliteShop("{ strategy: check, unique_key: id, check_cols: all }", async ({ sql, run, open }) => {
      sql(TABLE, row(1, "a"), row(2, "b"));
      await run();
      sql("update orders set v = 'B' where id = 2");
      await run();
      const diff = await (await open()).diff("orders", { rows: 10 });
      expect(diff).toMatchObject({ key: ["dbt_scd_id"], inserted: 1, updated: 1, changedColumns: { dbt_valid_to: 1 } });
    }));

  it("masks keys that are classified", () =>
    withSqliteShop(
      "{ strategy: full, unique_key: [id, v] }",
      async ({ sql, run, open }) => {
        sql(TABLE, row(1, "secret"));
        await run();
        sql(row(2, "secret"));
        await run();
        const diff = await (await open()).diff("orders", { rows: 10 });
        expect(diff.sample).toEqual([{ change: "inserted", key: { id: "2", v: "***" }, columns: [] }]);
        expect(JSON.stringify(diff)).not.toContain("secret");
      },
      "\n          - { name: id, data_type: bigint }\n          - { name: v, data_type: varchar, classification: personal }",
    ));

  it("refuses when there is nothing to compare, or nothing to compare by", () =>
    withSqliteShop("{ strategy: full }", async ({ sql, run, open }) => {
      sql(TABLE, row(1, "a"));
      await run();
      const mesh = await open();
      await expect(mesh.diff("orders", { rows: 1, key: ["id"] })).rejects.toMatchObject({
        code: "diff/nothing-before",
      });
      sql(row(2, "b"));
      await run();
      await expect(mesh.diff("orders", { rows: 1 })).rejects.toMatchObject({ code: "diff/no-key" });
      await expect(mesh.diff("orders", { rows: 1, key: ["idd"] })).rejects.toMatchObject({
        code: "diff/key-not-found",
        help: expect.stringContaining('Did you mean "id"?'),
      });
    }));

  it("of random tables is what comparing them row by row gives", () =>
    withTempMesh({ "projects/shop/seeds/t.csv": "id,v\n" }, async ({ open, write }) => {
      const table = fc.uniqueArray(
        fc.record({ id: fc.option(fc.integer({ min: 1, max: 6 })), v: fc.constantFrom("x", "y", "") }),
        { selector: ({ id }) => id, maxLength: 6 },
      );
      await fc.assert(
        fc.asyncProperty(table, table, async (first, second) => {
          for (const rows of [first, second]) {
            const csv = rows.map(({ id, v }) => `${id ?? ""},${v}\n`).join("");
            await write({
              "projects/shop/seeds/t.csv": `id,v\n${csv}`,
              "projects/shop/models/s.yml":
                "seeds:\n  - name: t\n    config: { column_types: { id: integer, v: varchar } }\n",
            });
            const mesh = await open();
            const { status } = await mesh.run({ fullRefresh: true });
            expect(status).toBe("success");
          }
          const mesh = await open();
          const diff = await mesh.diff("t", { rows: 0, key: ["id"] });
          const [old, now] = [first, second].map((rows) => new Map(rows.map(({ id, v }) => [id, v])));
          const common = [...(now?.keys() ?? [])].filter((id) => old?.has(id));
          expect(diff).toMatchObject({
            inserted: second.length - common.length,
            deleted: first.length - common.length,
            updated: common.filter((id) => old?.get(id) !== now?.get(id)).length,
          });
        }),
        { numRuns: 12 },
      );
    }));
});
