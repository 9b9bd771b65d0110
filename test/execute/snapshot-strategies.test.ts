// What the snapshot strategies see of a store and what not, run by run on a real SQLite file.
import { describe, expect, it } from "vitest";
import { problemOf, snapshotYaml, withSqliteShop } from "../support/sqlite-shop.ts";

const TABLE = "create table orders (id integer, v text, at text)";
const insert = (...rows: readonly (readonly [number | null, string, string | null])[]) =>
  `insert into orders values ${rows.map(([id, v, at]) => `(${id}, '${v}', ${at === null ? "null" : `'2024-01-${at}'`})`).join(", ")}`;
const ALL = `select id, v, strftime("at", '%d %H') from {{ ref('orders') }} order by all`;
const INCREMENTAL = "{ strategy: incremental, unique_key: id, cursor: at, lookback: 1d }";
const APPEND = "{ strategy: append, cursor: at, lookback: 1d }";

describe("incremental", () => {
  it("reads from the watermark less the look-back, replaces rows by key and keeps the rest", () =>
    withSqliteShop(INCREMENTAL, async ({ sql, run, rows, builds }) => {
      sql(TABLE, insert([1, "a", "01 00:00:00"], [2, "b", "05 00:00:00"], [3, "c", "10 00:00:00"]));
      expect((await run()).status).toBe("success");
      sql(
        insert([4, "new", "10 00:00:00"], [5, "late, in the look-back", "09 00:00:00"], [6, "too late", "02 00:00:00"]),
        "update orders set v = 'changed', at = '2024-01-12 00:00:00' where id = 1",
        "delete from orders where id = 2",
      );
      expect((await run()).status).toBe("success");
      expect(await rows(ALL)).toEqual([
        ["1", "changed", "12 00"],
        ["2", "b", "05 00"],
        ["3", "c", "10 00"],
        ["4", "new", "10 00"],
        ["5", "late, in the look-back", "09 00"],
      ]);
      const [second, first] = await builds();
      expect(first?.extraction).toMatchObject({
        strategy: "incremental",
        watermark: { column: "at", value: "2024-01-10 00:00:00" },
        storeRows: 3,
        landedRows: 3,
      });
      expect(first?.extraction?.window).toBeUndefined();
      expect(second?.extraction).toMatchObject({
        watermark: { column: "at", value: "2024-01-12 00:00:00" },
        window: { from: "2024-01-09 00:00:00" },
        storeRows: 4,
        landedRows: 4,
      });
      expect(second).toMatchObject({ rows: 5, asOf: expect.any(Date) });
    }));

  it("makes no new content when nothing is new, and shares the files when nothing of the base changed", () =>
    withSqliteShop(INCREMENTAL, async ({ sql, run, builds }) => {
      sql(TABLE, insert([1, "a", "01 00:00:00"], [2, "b", "05 00:00:00"]));
      await run();
      await run();
      sql(insert([3, "c", "06 00:00:00"]));
      await run();
      const [third, second, first] = await builds();
      expect(second?.contentId).toBe(first?.contentId);
      const paths = (build: typeof first) => (build?.data?.kind === "files" ? build.data.files.map((f) => f.path) : []);
      expect(paths(second)).toEqual(paths(first));
      expect(paths(third)).toEqual([...paths(first), expect.any(String)]);
    }));

  it("takes the last version of a key that is there several times, and refuses when two are last", () =>
    withSqliteShop(INCREMENTAL, async ({ sql, run, rows }) => {
      sql(TABLE, insert([1, "old", "01 00:00:00"], [1, "new", "02 00:00:00"], [1, "new", "02 00:00:00"]));
      await run();
      expect(await rows(ALL)).toEqual([["1", "new", "02 00"]]);
      sql(insert([1, "secret", "02 00:00:00"]));
      const problem = problemOf(await run());
      expect(problem).toMatchObject({ code: "snapshot/tie", message: expect.stringContaining("for 1 value") });
      expect(problem?.message).not.toContain("secret");
      expect(await rows(ALL)).toEqual([["1", "new", "02 00"]]);
    }));

  it("refuses rows without a key or a cursor, which would never be read again", () =>
    withSqliteShop(INCREMENTAL, async ({ sql, run }) => {
      sql(TABLE, insert([1, "a", "01 00:00:00"], [2, "b", null], [3, "c", null]));
      expect(problemOf(await run())).toMatchObject({
        code: "snapshot/cursor-unusable",
        message: expect.stringContaining("2 rows"),
      });
      sql("delete from orders where at is null", insert([null, "d", "02 00:00:00"]));
      expect(problemOf(await run())).toMatchObject({
        code: "snapshot/key-missing",
        message: expect.stringContaining("1 row "),
      });
    }));

  it("lets no value ahead of the store's clock move the watermark", () =>
    withSqliteShop(INCREMENTAL, async ({ sql, run, rows, builds }) => {
      sql(TABLE, insert([1, "a", "01 00:00:00"]), "insert into orders values (2, 'future', '2999-01-01 00:00:00')");
      await run();
      sql(insert([3, "c", "02 00:00:00"]));
      await run();
      expect((await rows(ALL)).map(([id]) => id)).toEqual(["1", "2", "3"]);
      expect((await builds())[0]?.extraction?.watermark?.value).toBe("2024-01-02 00:00:00");
    }));

  it("reads the whole source again when its definition changed or a full refresh is asked for", () =>
    withSqliteShop(INCREMENTAL, async ({ sql, run, rows, builds, write, open }) => {
      sql(TABLE, insert([1, "a", "01 00:00:00"], [2, "b", "05 00:00:00"]));
      await run();
      sql("delete from orders where id = 1");
      await run();
      expect((await rows(ALL)).map(([id]) => id)).toEqual(["1", "2"]);
      await run({ fullRefresh: true });
      expect((await rows(ALL)).map(([id]) => id)).toEqual(["2"]);
      sql(insert([3, "c", "01 00:00:00"]));
      await write({ "projects/shop/models/snapshots.yml": snapshotYaml(INCREMENTAL.replace("id,", "[id, v],")) });
      const mesh = await open();
      expect((await mesh.plan({})).steps[0]?.reason).toBe("its definition changed: the whole source is read again");
      await run();
      expect((await rows(ALL)).map(([id]) => id)).toEqual(["2", "3"]);
      expect((await builds())[0]?.extraction?.window).toBeUndefined();
    }));

  it("goes on with an integer cursor and a look-back in integers", () =>
    withSqliteShop(
      "{ strategy: incremental, unique_key: v, cursor: id, lookback: 2 }",
      async ({ sql, run, rows, builds }) => {
        sql(TABLE, insert([1, "a", null], [5, "b", null], [6, "c", null]));
        await run();
        sql(insert([4, "late", null], [3, "too late", null], [7, "new", null]));
        await run();
        expect((await rows(ALL)).map(([, v]) => v)).toEqual(["a", "late", "b", "c", "new"]);
        expect((await builds())[0]?.extraction).toMatchObject({ window: { from: "4" }, watermark: { value: "7" } });
      },
    ));
});

describe("append", () => {
  it("adds what the window holds more than the build before, also ties at its edge and rows that are alike", () =>
    withSqliteShop(APPEND, async ({ sql, run, rows, builds }) => {
      sql(TABLE, insert([1, "a", "01 00:00:00"], [2, "b", "05 00:00:00"], [2, "b", "05 00:00:00"]));
      await run();
      sql(
        insert(
          [2, "b", "05 00:00:00"],
          [3, "tie", "05 00:00:00"],
          [4, "late", "04 00:00:00"],
          [5, "too late", "03 00:00:00"],
        ),
      );
      await run();
      expect(await rows(ALL)).toEqual([
        ["1", "a", "01 00"],
        ["2", "b", "05 00"],
        ["2", "b", "05 00"],
        ["2", "b", "05 00"],
        ["3", "tie", "05 00"],
        ["4", "late", "04 00"],
      ]);
      const [second, first] = await builds();
      const paths = (build: typeof first) => (build?.data?.kind === "files" ? build.data.files.map((f) => f.path) : []);
      expect(paths(second)).toEqual([...paths(first), expect.any(String)]);
    }));

  it("adds an event that changed a second time, or refuses it when there is a key to know it by", () =>
    withSqliteShop(APPEND, async ({ sql, run, rows, write }) => {
      sql(TABLE, insert([1, "a", "01 00:00:00"]));
      await run();
      sql("update orders set v = 'secret'");
      await run();
      expect((await rows(ALL)).map(([, v]) => v)).toEqual(["a", "secret"]);
      await write({
        "projects/shop/models/snapshots.yml": snapshotYaml(APPEND.replace("append,", "append, unique_key: id,")),
      });
      await run();
      expect((await rows(ALL)).map(([, v]) => v)).toEqual(["secret"]);
      sql("update orders set v = 'again'");
      expect(problemOf(await run())).toMatchObject({
        code: "snapshot/event-changed",
        message: expect.stringContaining("1 event"),
      });
    }));
});

describe("a backfill", () => {
  const backfill = async (open: () => Promise<import("../../core/index.ts").Mesh>, range: object) => {
    const mesh = await open();
    const plan = await mesh.planBackfill("orders", range);
    return mesh.run({ select: ["orders"], plan });
  };

  it("replaces rows of a range by key and leaves the watermark as it was", () =>
    withSqliteShop(INCREMENTAL, async ({ sql, run, rows, builds, open }) => {
      sql(TABLE, insert([1, "a", "01 00:00:00"], [2, "b", "05 00:00:00"], [3, "c", "20 00:00:00"]));
      await run();
      sql("update orders set v = 'silent' where id in (1, 2)", insert([4, "missed", "02 00:00:00"]));
      await run();
      expect((await rows(ALL)).map(([, v]) => v)).toEqual(["a", "b", "c"]);
      expect((await backfill(open, { from: "2024-01-01", to: "2024-01-05" })).status).toBe("success");
      expect((await rows(ALL)).map(([, v]) => v)).toEqual(["silent", "b", "c", "missed"]);
      expect((await builds())[0]?.extraction).toMatchObject({
        window: { from: "2024-01-01 00:00:00", to: "2024-01-05 00:00:00" },
        watermark: { value: "2024-01-20 00:00:00" },
        storeRows: 2,
      });
    }));

  it("that reaches ahead of the watermark hides nothing in between from the next run", () =>
    withSqliteShop(INCREMENTAL, async ({ sql, run, rows, builds, open }) => {
      sql(TABLE, insert([1, "a", "01 00:00:00"]));
      await run();
      sql(insert([2, "between", "10 00:00:00"], [3, "ahead", "20 00:00:00"]));
      await backfill(open, { from: "2024-01-15" });
      expect((await rows(ALL)).map(([, v]) => v)).toEqual(["a", "ahead"]);
      expect((await builds())[0]?.extraction?.watermark?.value).toBe("2024-01-01 00:00:00");
      await run();
      expect((await rows(ALL)).map(([, v]) => v)).toEqual(["a", "between", "ahead"]);
    }));

  it("of a range, onto a build that was empty, hides nothing before the range from the next run", () =>
    withSqliteShop(INCREMENTAL, async ({ sql, run, rows, builds, open }) => {
      sql(TABLE);
      await run();
      sql(insert([1, "before", "01 00:00:00"], [2, "within", "10 00:00:00"]));
      await backfill(open, { from: "2024-01-05" });
      expect((await rows(ALL)).map(([, v]) => v)).toEqual(["within"]);
      expect((await builds())[0]?.extraction?.watermark).toBeUndefined();
      await run();
      expect((await rows(ALL)).map(([, v]) => v)).toEqual(["before", "within"]);
    }));

  it("never puts an old version of a row in the place of the last one", () =>
    withSqliteShop(INCREMENTAL, async ({ sql, run, rows, open }) => {
      sql(TABLE, insert([1, "old", "02 00:00:00"], [1, "last", "20 00:00:00"], [2, "b", "20 00:00:00"]));
      await run();
      sql(insert([2, "missed, and older", "03 00:00:00"], [3, "missed", "03 00:00:00"]));
      await backfill(open, { to: "2024-01-05" });
      expect((await rows(ALL)).map(([, v]) => v)).toEqual(["last", "b", "missed"]);
    }));

  it("puts what the store says now in place of a range of events", () =>
    withSqliteShop(APPEND, async ({ sql, run, rows, open }) => {
      sql(TABLE, insert([1, "a", "01 00:00:00"], [2, "b", "02 00:00:00"], [3, "c", "20 00:00:00"]));
      await run();
      sql("delete from orders where id = 1", "update orders set v = 'B' where id = 2", insert([4, "d", "02 12:00:00"]));
      await backfill(open, { to: "2024-01-03" });
      expect((await rows(ALL)).map(([, v]) => v)).toEqual(["B", "c", "d"]);
    }));

  it("adds versions to a history and concludes nothing of rows outside the range", () =>
    withSqliteShop(
      "{ strategy: timestamp, unique_key: id, updated_at: at, hard_deletes: invalidate }",
      async ({ sql, run, rows, open }) => {
        sql(TABLE, insert([1, "a", "01 00:00:00"], [2, "b", "02 00:00:00"]));
        await run();
        sql("delete from orders where id = 1", "update orders set v = 'B', at = '2024-01-10 00:00:00' where id = 2");
        await backfill(open, { from: "2024-01-05" });
        const current = "select id, v from {{ ref('orders') }} where dbt_valid_to is null order by all";
        expect(await rows(current)).toEqual([
          ["1", "a"],
          ["2", "B"],
        ]);
        await run();
        expect(await rows(current)).toEqual([["2", "B"]]);
      },
    ));

  it.each([
    ["{ strategy: full }", {}, "snapshot/no-backfill"],
    ["{ strategy: check, unique_key: id, check_cols: all }", {}, "snapshot/no-backfill"],
    [INCREMENTAL, {}, "snapshot/no-backfill"],
    [INCREMENTAL, { from: "yesterday" }, "snapshot/bad-bound"],
    [INCREMENTAL, { from: "2024-02-01", to: "2024-01-01" }, "snapshot/empty-range"],
  ])("of %s from and to %j is refused with %s", (config, range, code) =>
    withSqliteShop(config, async ({ sql, run, open }) => {
      sql(TABLE, insert([1, "a", "01 00:00:00"]));
      const mesh = await open();
      await expect(mesh.planBackfill("orders", { from: "2024-01-01" })).rejects.toMatchObject({
        code: "snapshot/no-backfill",
      });
      await run();
      await expect((await open()).planBackfill("orders", range)).rejects.toMatchObject({ code });
    }),
  );
});

describe("a history", () => {
  const CHECK = "{ strategy: check, unique_key: id, check_cols: all, hard_deletes: invalidate }";
  const COUNT = "select count(*), count(*) filter (dbt_valid_to is null) from {{ ref('orders') }}";

  it("outlives a full refresh and a change of its definition, and ends only when it is discarded by name", () =>
    withSqliteShop(CHECK, async ({ sql, run, rows, write, open }) => {
      sql(TABLE, insert([1, "a", "01 00:00:00"]));
      await run();
      sql("update orders set v = 'b'");
      await run({ fullRefresh: true });
      expect(await rows(COUNT)).toEqual([["2", "1"]]);
      await write({
        "projects/shop/models/snapshots.yml": snapshotYaml(CHECK.replace("check_cols: all", "check_cols: [v]")),
      });
      const mesh = await open();
      expect((await mesh.plan({})).steps[0]?.reason).toBe("its definition changed; its history is kept");
      const discard = await mesh.plan({ discardHistory: ["orders"] });
      expect(discard.steps[0]).toMatchObject({
        reason: "its history is given up, as was asked for",
        fullRefresh: true,
      });
      await run();
      expect(await rows(COUNT)).toEqual([["2", "1"]]);
      await run({ discardHistory: ["shop.orders"] });
      expect(await rows(COUNT)).toEqual([["1", "1"]]);
    }));

  it("is not begun a second time because its columns were named anew", () =>
    withSqliteShop(CHECK, async ({ sql, run, write, open }) => {
      sql(TABLE, insert([1, "a", "01 00:00:00"]));
      await run();
      const renamed = CHECK.replace("unique_key", "snapshot_meta_column_names: { dbt_valid_to: until }, unique_key");
      await write({ "projects/shop/models/snapshots.yml": snapshotYaml(renamed) });
      const plan = await (await open()).plan({});
      expect(plan.steps).toEqual([]);
      expect(plan.blocked[0]?.reason).toContain("the history has no column until");
    }));

  it("begins when the strategy changes from full", () =>
    withSqliteShop("{ strategy: full }", async ({ sql, run, rows, write }) => {
      sql(TABLE, insert([1, "a", "01 00:00:00"]));
      await run();
      await write({ "projects/shop/models/snapshots.yml": snapshotYaml(CHECK) });
      await run();
      expect(await rows(COUNT)).toEqual([["1", "1"]]);
    }));
});

it("a column that the configuration names in other case is needed all the same", () => {
  const columns = `
          - { name: id, data_type: bigint }
          - { name: v, data_type: varchar }
        drift: { dropped: ignore_new }`;
  return withSqliteShop(
    "{ strategy: full, unique_key: ID }",
    async ({ sql, run }) => {
      sql(TABLE, insert([1, "a", null]));
      expect((await run()).status).toBe("success");
      sql("alter table orders drop column id");
      expect(problemOf(await run())).toMatchObject({ code: "extract/drift-refused" });
    },
    columns,
  );
});
