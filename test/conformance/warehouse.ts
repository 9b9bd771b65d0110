// Owns the meaning of a warehouse: `testWarehouse(name, withWarehouse)` is run by the test of every adapter.
// It speaks only of the port; faults of one engine or disk layout belong in that adapter's own test.
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MeshError, problems } from "../../core/errors/index.ts";
import type { Build, BuildData, ColumnSchema } from "../../core/manifest/index.ts";
import { createId, csvCell } from "../../core/util/index.ts";
import type { BuildStatement, NewBuild, Warehouse, WarehouseSession } from "../../core/warehouse/index.ts";
import { SOON_MS } from "../support/soon.ts";

export interface WarehouseUnderTest {
  readonly warehouse: Warehouse;
  /** Another live object on the same place, as another process would have. */
  readonly another: () => Warehouse;
  /** Runs a query the way a BI tool does, against what is served of the project. */
  readonly readServed: (project: string, sql: string) => Promise<readonly (readonly unknown[])[]>;
  /** A path for a file the test writes. */
  readonly scratch: (name: string, content: string) => Promise<string>;
  /** Everything physical that readers or builds could see, as paths: to tell that nothing is left. */
  readonly physical: () => Promise<readonly string[]>;
}

export type WithWarehouse = (use: (under: WarehouseUnderTest) => Promise<void>) => Promise<void>;

const relation = (name: string) => ({ schema: "shop", name });
const newBuild = (name: string): NewBuild => ({ id: createId(), model: `shop.${name}`, relation: relation(name) });

/** Makes a build in a session of its own. */
async function make(
  warehouse: Warehouse,
  name: string,
  statement: BuildStatement,
  inputs: readonly Build[] = [],
  behind: readonly Build[] = [],
): Promise<Build> {
  return withSession(warehouse, inputs, behind, async (session) => {
    const build = newBuild(name);
    return { ...build, data: await session.create(build, statement) };
  });
}

async function withSession<T>(
  warehouse: Warehouse,
  inputs: readonly Build[],
  behind: readonly Build[],
  use: (session: WarehouseSession) => Promise<T>,
): Promise<T> {
  const session = await warehouse.openSession({
    inputs: new Map(inputs.map((build) => [build.model, build])),
    behindViews: new Map(behind.map((build) => [build.id, build])),
  });
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

/** All rows of a build, ordered by its first column. */
async function rowsOf(
  warehouse: Warehouse,
  build: Build,
  behind: readonly Build[] = [],
): Promise<readonly (readonly unknown[])[]> {
  return withSession(
    warehouse,
    [build],
    behind,
    async (session) => (await session.query(`select * from ${session.relation(build.model)} order by 1`)).rows,
  );
}

async function problemOf(work: Promise<unknown>): Promise<MeshError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MeshError);
  return error as MeshError;
}

async function* bytes(...chunks: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

const csvStream = (columns: readonly ColumnSchema[], ...chunks: readonly string[]): BuildStatement => ({
  kind: "csv-stream",
  columns,
  parts: [{ open: () => bytes(...chunks) }],
});
const select = (sql: string): BuildStatement => ({ kind: "select", sql });
const filesOf = (data: BuildData) => (data.kind === "files" ? data.files.map((file) => file.path) : []);

/** type, canonical text that must come back exactly, and text that must be refused rather than bent. */
const TYPES: readonly (readonly [type: string, exact: readonly string[], refused: readonly string[]])[] = [
  ["BOOLEAN", ["true", "false"], ["2", "maybe"]],
  ["TINYINT", ["-128", "127"], ["128", "1.5", "1e-1", "x"]],
  ["SMALLINT", ["-32768", "32767"], ["32768", "0.4"]],
  ["INTEGER", ["-2147483648", "2147483647"], ["2147483648", "1.5", "--1"]],
  [
    "BIGINT",
    ["-9223372036854775808", "9007199254740993", "9223372036854775807"],
    ["9223372036854775808", "9007199254740993.4"],
  ],
  ["UTINYINT", ["0", "255"], ["-1", "256"]],
  ["USMALLINT", ["65535"], ["-1"]],
  ["UINTEGER", ["4294967295"], ["4294967296"]],
  ["UBIGINT", ["18446744073709551615"], ["-1", "18446744073709551616"]],
  [
    "HUGEINT",
    ["-170141183460469231731687303715884105728", "170141183460469231731687303715884105727", "9007199254740993"],
    ["1.5"],
  ],
  ["UHUGEINT", ["340282366920938463463374607431768211455"], ["-1"]],
  ["FLOAT", ["1.1", "-0.0", "nan", "inf", "3.4028235e+38"], ["one"]],
  ["DOUBLE", ["0.1", "-0.0", "nan", "-inf", "1.7976931348623157e+308", "5e-324"], ["one"]],
  ["DECIMAL(12,2)", ["0.00", "-9999999999.99", "1.10"], ["1.239", "10000000000.00", "1e-5"]],
  ["DECIMAL(38,10)", ["1234567890123456789012345678.0123456789"], ["0.01234567891"]],
  ["VARCHAR", ["", " ", "é€😀", 'say "hi"', "two\nlines", "a\r\nb", "a,b", "\\.", "NULL", "null"], []],
  ["BLOB", ["", "00ff", "deadbeef"], ["0", "0g", "\\xff"]],
  [
    "DATE",
    ["2024-02-29", "0001-01-01", "9999-12-31", "0044-03-15 (BC)", "infinity", "-infinity"],
    ["2023-02-29", "2024-01-01 10:00", "0044-03-15 BC"],
  ],
  ["TIME", ["00:00:00", "23:59:59.999999"], ["25:00:00", "10:00:00.1234567"]],
  [
    "TIMESTAMP",
    ["2024-01-02 03:04:05.123456", "1969-12-31 23:59:59.999999", "0001-01-01 00:00:00", "infinity"],
    ["2024-01-01 00:00:00.1234567", "2024-01-01 00:00:00+02", "2024-13-01 00:00:00"],
  ],
  ["TIMESTAMP_S", ["2024-01-02 03:04:05"], ["2024-01-02 03:04:05.5"]],
  ["TIMESTAMP_MS", ["2024-01-02 03:04:05.123"], ["2024-01-02 03:04:05.1234"]],
  ["TIMESTAMP_NS", ["2024-01-02 03:04:05.123456789"], ["2024-01-02 03:04:05.1234567891"]],
  [
    "TIMESTAMP WITH TIME ZONE",
    ["2024-01-02 03:04:05.123456+00", "1969-12-31 23:59:59.999999+00", "infinity"],
    ["2024-01-01 00:00:00.1234567+00", "0044-03-15 BC", "soon"],
  ],
  ["TIME WITH TIME ZONE", ["10:00:00.123456+05:30", "00:00:00-15:59:59"], ["noon"]],
  ["INTERVAL", ["1 month 2 days 00:00:00.000001", "-1 month 2 days", "30 days"], ["soon"]],
  ["UUID", ["11111111-2222-3333-4444-555555555555"], ["11111111"]],
  ["BIT", ["10101", "0"], ["12"]],
  ["JSON", ['{"a": 1.10, "b": [null, "x"]}', "null", "12345678901234567890.5"], ["{a}"]],
  ["ENUM('red', 'green')", ["red", "green"], ["blue"]],
];

/** type, JSON text of a cell, and the value as query() shows it. */
const NESTED: readonly (readonly [type: string, cell: string, value: unknown])[] = [
  ["INTEGER[]", "[1,null,3]", [1, null, 3]],
  ["VARCHAR[][]", '[["a,\\"b"],[]]', [['a,"b'], []]],
  ["HUGEINT[]", "[170141183460469231731687303715884105727]", ["170141183460469231731687303715884105727"]],
  ["DECIMAL(38,17)[]", '["1234567890123456789.12345678901234567"]', ["1234567890123456789.12345678901234567"]],
  ["INTEGER[3]", "[1,2,3]", [1, 2, 3]],
  ['STRUCT(a INTEGER, "b c" VARCHAR)', '{"a":1,"b c":"x"}', { a: 1, "b c": "x" }],
  [
    "STRUCT(ts TIMESTAMP, tags VARCHAR[])[]",
    '[{"ts":"2024-01-01 00:00:00","tags":["x"]}]',
    [{ ts: "2024-01-01T00:00:00.000000", tags: ["x"] }],
  ],
  ["MAP(VARCHAR, BIGINT)", '{"k":9007199254740993}', { k: "9007199254740993" }],
];

export function testWarehouse(name: string, withWarehouse: WithWarehouse): void {
  describe(`${name}: a warehouse`, () => {
    test("belongs to one state store for ever", () =>
      withWarehouse(async ({ warehouse, another }) => {
        await Promise.all([warehouse.prepare("state-1"), another().prepare("state-1")]);
        await another().prepare("state-1");
        const problem = await problemOf(another().prepare("state-2"));
        expect(problem.code).toBe("warehouse/of-another-state");
        expect(problem.message).toContain("state-1");
      }));

    test("tells doctor that it is fit", () =>
      withWarehouse(async ({ warehouse }) => {
        const facts = await warehouse.check();
        expect(facts.filter((fact) => !fact.ok)).toEqual([]);
        expect(facts.length).toBeGreaterThan(1);
      }));
  });

  describe(`${name}: staging`, () => {
    test("a folder is there while it is used, apart from every other, and gone after, also when that failed", () =>
      withWarehouse(async ({ warehouse }) => {
        const folders = await Promise.all(
          ["one", "two"].map((text) =>
            warehouse.withStagingFolder(async (folder) => {
              await writeFile(join(folder, "rows"), text);
              expect(await readFile(join(folder, "rows"), "utf8")).toBe(text);
              return folder;
            }),
          ),
        );
        let failed = "";
        const failing = warehouse.withStagingFolder(async (folder) => {
          failed = folder;
          await writeFile(join(folder, "rows"), "three");
          throw new Error("no more rows");
        });
        await expect(failing).rejects.toThrow("no more rows");
        expect(new Set([...folders, failed]).size).toBe(3);
        for (const folder of [...folders, failed]) await expect(stat(folder)).rejects.toMatchObject({ code: "ENOENT" });
      }));
  });

  describe(`${name}: select`, () => {
    test("makes a build whose columns, rows and counts are the query's", () =>
      withWarehouse(async ({ warehouse }) => {
        const build = await make(
          warehouse,
          "orders",
          select("select i as id, 'n' || i as name, sum(i) over () as total from range(3) t(i); -- done\n"),
        );
        expect(build.data).toMatchObject({
          kind: "files",
          rows: 3,
          columns: [
            { name: "id", type: "BIGINT" },
            { name: "name", type: "VARCHAR" },
            { name: "total", type: "HUGEINT" },
          ],
        });
        expect(await rowsOf(warehouse, build)).toEqual([
          ["0", "n0", "3"],
          ["1", "n1", "3"],
          ["2", "n2", "3"],
        ]);
        expect(await warehouse.listBuilds()).toEqual([build.id]);
      }));

    test("keeps the columns of an empty result", () =>
      withWarehouse(async ({ warehouse }) => {
        const build = await make(
          warehouse,
          "orders",
          select("select 1::decimal(5,2) as price, [1::hugeint] as l where false"),
        );
        expect(build.data).toMatchObject({ rows: 0 });
        const seen = await withSession(warehouse, [build], [], (session) =>
          session.query(`select * from ${session.relation(build.model)}`),
        );
        expect(seen).toEqual({ columns: build.data.columns, rows: [] });
      }));

    test("lets a query name an input's columns by the model's name, in sessions that see different builds", () =>
      withWarehouse(async ({ warehouse }) => {
        const one = await make(warehouse, "orders", select("select 1 as id"));
        const two = await make(warehouse, "orders", select("select 2 as id"));
        const read = (build: Build) =>
          withSession(warehouse, [build], [], (s) => s.query(`select orders.id from ${s.relation("shop.orders")}`));
        const [first, second] = await Promise.all([read(one), read(two)]);
        expect([first.rows, second.rows]).toEqual([[[1]], [[2]]]);
      }));

    test.each([
      ["170141183460469231731687303715884105727::hugeint", "HUGEINT", "170141183460469231731687303715884105727"],
      ["(-9007199254740993)::hugeint", "HUGEINT", "-9007199254740993"],
      ["340282366920938463463374607431768211455::uhugeint", "UHUGEINT", "340282366920938463463374607431768211455"],
      ["interval '-1 month 1 microsecond'", "INTERVAL", "-1 month 00:00:00.000001"],
      ["'10:00:00+05:30'::timetz", "TIME WITH TIME ZONE", "10:00:00+05:30"],
      [
        "{'a': 9007199254740993::hugeint, 'l': ['1'::bit]}",
        "STRUCT(a HUGEINT, l BIT[])",
        { a: "9007199254740993", l: ["1"] },
      ],
    ])("keeps %s, which files like to bend", (sql, type, cell) =>
      withWarehouse(async ({ warehouse }) => {
        const build = await make(warehouse, "m", select(`select ${sql} as v`));
        expect(build.data.columns).toEqual([{ name: "v", type }]);
        expect(await rowsOf(warehouse, build)).toEqual([[cell]]);
      }),
    );

    test("runs setup and then checks; a check that finds rows refuses the build and leaves nothing", () =>
      withWarehouse(async ({ warehouse, physical }) => {
        const problem = problems.duplicateMergeKeys({ model: "shop.orders", key: ["id"] });
        const statement = (rows: string): BuildStatement => ({
          kind: "select",
          setup: [`create or replace temporary table fresh as select * from (values ${rows}) t(id)`],
          checks: [{ sql: "select 1 from fresh group by id having count(*) > 1", problem }],
          sql: "select * from fresh",
        });
        const before = await physical();
        expect(await problemOf(make(warehouse, "orders", statement("(1), (1)")))).toBe(problem);
        expect(await physical()).toEqual(before);
        expect((await make(warehouse, "orders", statement("(1), (2)"))).data).toMatchObject({ rows: 2 });
      }));

    test.each([
      ["a missing column", "select nope from range(3)", "warehouse/sql-failed"],
      ["a syntax error", "select frm", "warehouse/sql-failed"],
      [
        "a failure in the middle of the rows",
        "select case when i = 900000 then error('boom') else i end as i from range(1000000) t(i)",
        "warehouse/sql-failed",
      ],
      ["two columns of one name", "select 1 as a, 2 as A", "warehouse/duplicate-column"],
    ])("%s fails the build and leaves nothing", (_, sql, code) =>
      withWarehouse(async ({ warehouse, physical }) => {
        const before = await physical();
        expect((await problemOf(make(warehouse, "orders", select(sql)))).code).toBe(code);
        expect(await physical()).toEqual(before);
        expect(await warehouse.listBuilds()).toEqual([]);
      }),
    );

    test("never shows the value that failed", () =>
      withWarehouse(async ({ warehouse }) => {
        for (const secret of ["s3cret", 'it\'s "q" to INTEGER', "12 34-56", "line\nbreak"]) {
          const quoted = secret.replaceAll("'", "''");
          for (const type of [
            "integer",
            "date",
            "timestamptz",
            "decimal(4,2)",
            "uuid",
            "boolean",
            "json",
            "interval",
          ]) {
            const problem = await problemOf(
              make(
                warehouse,
                "orders",
                select(`select cast(x as ${type}) as x from (select '${quoted}' as x from range(2))`),
              ),
            );
            expect(problem.message).not.toContain(secret);
            expect(problem.help).not.toContain(secret);
          }
        }
        const range = await problemOf(
          make(warehouse, "orders", select("select x::tinyint as x from (select 4711 as x from range(2))")),
        );
        expect(range.message).not.toContain("4711");
      }));

    test("a build id is used once", () =>
      withWarehouse(async ({ warehouse }) => {
        const build = newBuild("orders");
        await withSession(warehouse, [], [], async (session) => {
          const data = await session.create(build, select("select 1 as a"));
          expect((await problemOf(session.create(build, select("select 2 as a")))).code).toBe("warehouse/build-exists");
          expect(await rowsOf(warehouse, { ...build, data })).toEqual([[1]]);
        });
      }));

    test("an abort interrupts a running query at once and leaves nothing", () =>
      withWarehouse(async ({ warehouse, physical }) => {
        const before = await physical();
        const abort = new AbortController();
        const session = await warehouse.openSession({
          inputs: new Map(),
          behindViews: new Map(),
          signal: abort.signal,
        });
        const work = problemOf(
          session.create(
            newBuild("orders"),
            select("select sum(sqrt(a.i * b.i)) as s from range(1000000) a(i), range(1000000) b(i)"),
          ),
        );
        setTimeout(() => abort.abort(), 100);
        const started = performance.now();
        expect((await work).code).toBe("warehouse/interrupted");
        expect(performance.now() - started).toBeLessThan(SOON_MS);
        expect((await problemOf(session.query("select 1"))).code).toBe("warehouse/interrupted");
        await session.close();
        expect(await physical()).toEqual(before);
      }));
  });

  describe(`${name}: append`, () => {
    test("shares the base's storage and adds the new rows, in the base's order and types of columns", () =>
      withWarehouse(async ({ warehouse }) => {
        const base = await make(warehouse, "events", select("select 1::bigint as id, 'a' as name"));
        const next = await make(warehouse, "events", {
          kind: "append",
          base: base.data,
          sql: "select 'b' as name, 2::integer as id",
        });
        if (warehouse.capabilities.sharesStorage) expect(filesOf(next.data).slice(0, 1)).toEqual(filesOf(base.data));
        expect(next.data.columns).toEqual(base.data.columns);
        expect(next.data).toMatchObject({ rows: 2 });
        expect(await rowsOf(warehouse, next)).toEqual([
          ["1", "a"],
          ["2", "b"],
        ]);
        expect(await rowsOf(warehouse, base)).toEqual([["1", "a"]]);
      }));

    test("adds no storage when there are no rows", () =>
      withWarehouse(async ({ warehouse, physical }) => {
        const base = await make(warehouse, "events", select("select 1 as id"));
        const before = await physical();
        const next = await make(warehouse, "events", {
          kind: "append",
          base: base.data,
          sql: "select 2 as id where false",
        });
        expect(next.data).toEqual(base.data);
        expect(await physical()).toEqual(before);
      }));

    test("refuses rows with other columns", () =>
      withWarehouse(async ({ warehouse }) => {
        const base = await make(warehouse, "events", select("select 1 as id"));
        const problem = await problemOf(
          make(warehouse, "events", { kind: "append", base: base.data, sql: "select 2 as key" }),
        );
        expect(problem.code).toBe("warehouse/append-columns-differ");
      }));

    test("dropping a base keeps the files that live builds share", () =>
      withWarehouse(async ({ warehouse }) => {
        const base = await make(warehouse, "events", select("select 1 as id"));
        const next = await make(warehouse, "events", { kind: "append", base: base.data, sql: "select 2 as id" });
        await warehouse.dropBuilds([base.id], new Set(filesOf(next.data)));
        expect(await rowsOf(warehouse, next)).toEqual([[1], [2]]);
        await warehouse.dropBuilds([next.id, base.id, "never-was"], new Set());
        expect(await warehouse.listBuilds()).toEqual([]);
        const third = await make(warehouse, "events", select("select 3 as id"));
        await warehouse.dropBuilds([third, { id: "never-was", relation: relation("nowhere") }], new Set());
        expect(await warehouse.listBuilds()).toEqual([]);
      }));
  });

  describe(`${name}: views`, () => {
    const viewOf = (model: string, build: Build, text: (relation: string) => string): BuildStatement => {
      const stable = `shop.${build.relation.name}`;
      const before = text("\u0000").indexOf("\u0000");
      return {
        kind: "view",
        sql: {
          text: text(stable),
          slots: [{ start: before, end: before + stable.length, model: build.model }],
          map: [],
          file: `${model}.sql`,
        },
        inputs: { [build.model]: build.id },
      };
    };

    test("show the builds they were made on, through other views, whatever is newer", () =>
      withWarehouse(async ({ warehouse }) => {
        const old = await make(warehouse, "orders", select("select 1 as id"));
        const one = await make(
          warehouse,
          "one",
          viewOf("one", old, (r) => `select id + 10 as id from ${r} as o`),
          [old],
        );
        const two = await make(
          warehouse,
          "two",
          viewOf("two", one, (r) => `select id * 2 as id from ${r};`),
          [one],
          [old],
        );
        expect(two.data).toMatchObject({
          kind: "view",
          columns: [{ name: "id", type: "INTEGER" }],
          inputs: { "shop.one": one.id },
        });
        const fresh = await make(warehouse, "orders", select("select 100 as id"));
        const seen = await withSession(warehouse, [two, fresh], [one, old], (s) =>
          s.query(`select two.id, orders.id from ${s.relation("shop.two")}, ${s.relation("shop.orders")}`),
        );
        expect(seen.rows).toEqual([[22, 100]]);
        expect(await warehouse.listBuilds()).toHaveLength(2);
      }));

    test("are checked when they are made", () =>
      withWarehouse(async ({ warehouse }) => {
        const orders = await make(warehouse, "orders", select("select 1 as id"));
        const problem = await problemOf(
          make(
            warehouse,
            "bad",
            viewOf("bad", orders, (r) => `select nope from ${r}`),
            [orders],
          ),
        );
        expect(problem.code).toBe("warehouse/sql-failed");
      }));

    test("have the content hash of a table with their rows", () =>
      withWarehouse(async ({ warehouse }) => {
        const orders = await make(warehouse, "orders", select("select i as id, i::hugeint as h from range(5) t(i)"));
        const view = await make(
          warehouse,
          "v",
          viewOf("v", orders, (r) => `select * from ${r} where id < 3`),
          [orders],
        );
        const table = await make(warehouse, "t", select("select i as id, i::hugeint as h from range(3) t(i)"));
        await withSession(warehouse, [view, table], [orders], async (s) => {
          expect(await s.contentHash(view.data)).toBe(await s.contentHash(table.data));
        });
      }));
  });

  describe(`${name}: csv-stream`, () => {
    test.each(TYPES)("%s comes back exactly, or is refused without its value", (type, exact, refused) =>
      withWarehouse(async ({ warehouse, physical }) => {
        const columns = [
          { name: "id", type: "INTEGER" },
          { name: "v", type },
        ];
        const lines = exact.map((text, i) => `${i},${csvCell(text)}\n`);
        const build = await make(warehouse, "m", csvStream(columns, ...lines, `${exact.length},\n`));
        expect(build.data.columns).toEqual([
          { name: "id", type: "INTEGER" },
          { name: "v", type },
        ]);
        const text = type === "BLOB" ? "lower(hex(v))" : "v::varchar";
        const seen = await withSession(warehouse, [build], [], (s) =>
          s.query(`select ${text}, typeof(v) from ${s.relation("shop.m")} order by id`),
        );
        expect(seen.rows.map((row) => row[0])).toEqual([...exact, null]);
        expect(seen.rows[0]?.[1]).toBe(type);
        const before = await physical();
        for (const bad of refused) {
          const problem = await problemOf(make(warehouse, "m", csvStream(columns, ...lines, `99,${csvCell(bad)}\n`)));
          expect(`${bad} -> ${problem.code}`).toBe(`${bad} -> warehouse/bad-cell`);
          expect(problem.message).toContain("column v");
          if (bad.length > 3) expect(problem.message).not.toContain(bad);
        }
        expect(await physical()).toEqual(before);
      }),
    );

    test.each(NESTED)("%s is read from JSON", (type, cell, value) =>
      withWarehouse(async ({ warehouse }) => {
        const build = await make(warehouse, "m", csvStream([{ name: "v", type }], `${csvCell(cell)}\n`, '"null"\n'));
        const seen = await withSession(warehouse, [build], [], (s) =>
          s.query(`select v from ${s.relation("shop.m")} where v is not null`),
        );
        expect(seen.rows).toEqual([[value]]);
      }),
    );

    test("text survives, whatever it is and however the bytes are cut", () =>
      withWarehouse(async ({ warehouse }) => {
        const cell = fc.option(fc.string({ unit: "grapheme", maxLength: 12 }), { nil: null });
        // A NUL cannot be in text of the stores mesh reads.
        const table = fc
          .array(fc.tuple(cell, cell), { maxLength: 20 })
          .filter((rows) => !rows.flat().some((text) => text?.includes("\u0000")));
        await fc.assert(
          fc.asyncProperty(table, fc.integer({ min: 1, max: 7 }), async (rows, size) => {
            const all = Buffer.from(rows.map(([a, b], i) => `${i},${csvCell(a)},${csvCell(b)}\n`).join(""));
            const chunks = async function* () {
              for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size);
            };
            const columns = ["id", "a", "b"].map((name) => ({ name, type: name === "id" ? "INTEGER" : "VARCHAR" }));
            const build = await make(warehouse, "m", { kind: "csv-stream", columns, parts: [{ open: chunks }] });
            expect(await rowsOf(warehouse, build)).toEqual(rows.map(([a, b], i) => [i, a, b]));
          }),
          { numRuns: 25 },
        );
      }));

    test.each([["VARCHAR"], ["INTEGER"]])("one column of %s keeps its NULLs", (type) =>
      withWarehouse(async ({ warehouse }) => {
        const build = await make(warehouse, "m", csvStream([{ name: "v", type }], "1\n\n2\n", "\n"));
        expect(build.data).toMatchObject({ rows: 4 });
      }),
    );

    test("no rows come of an empty stream", () =>
      withWarehouse(async ({ warehouse }) => {
        const columns = [{ name: "v", type: "INTEGER" }];
        const empty = await make(warehouse, "m", csvStream(columns));
        expect(empty.data).toMatchObject({ rows: 0, columns });
      }));

    test("more rows than buffers, from several sessions at once, all land", () =>
      withWarehouse(async ({ warehouse }) => {
        const line = `1,${"x".repeat(200)}\n`;
        const many = async function* () {
          const chunk = Buffer.from(line.repeat(500));
          for (let i = 0; i < 60; i++) yield chunk;
        };
        const columns = [
          { name: "id", type: "BIGINT" },
          { name: "v", type: "VARCHAR" },
        ];
        // More than Node's pool has threads: nothing on the way may wait for one of them.
        const builds = await Promise.all(
          Array.from({ length: 6 }, () =>
            make(warehouse, "m", { kind: "csv-stream", columns, parts: [{ open: many }] }),
          ),
        );
        for (const build of builds) expect(build.data).toMatchObject({ rows: 30_000 });
      }));

    test.each([
      ["before the first byte", 0],
      ["at the end of a row", 3],
    ])("an error of the stream %s is the error of the build, and nothing is left", (_, rows) =>
      withWarehouse(async ({ warehouse, physical }) => {
        const lost = problems.unexpected({ what: "reading", reason: "the store went away" });
        const broken = async function* () {
          for (let i = 0; i < rows; i++) yield Buffer.from("1\n");
          throw lost;
        };
        const before = await physical();
        expect(
          await problemOf(
            make(warehouse, "m", {
              kind: "csv-stream",
              columns: [{ name: "v", type: "INTEGER" }],
              parts: [{ open: broken }],
            }),
          ),
        ).toBe(lost);
        expect(await physical()).toEqual(before);
      }),
    );

    test.each([
      ["a bad cell", "1\nx\n", "INTEGER", "warehouse/bad-cell"],
      ["a type that does not exist", "1\n", "intger", "warehouse/type-unknown"],
      ["too many cells", "1\n2,3\n", "INTEGER", "warehouse/rows-malformed"],
    ])("%s fails the build at once although the store stalls, and the stream is let go", (_, text, type, code) =>
      withWarehouse(async ({ warehouse, physical }) => {
        let released = false;
        const stalled: AsyncIterable<Uint8Array> = {
          [Symbol.asyncIterator]: () => {
            let sent = 0;
            return {
              // Fills DuckDB's buffers, then never answers again.
              next: () =>
                sent++ < 200
                  ? Promise.resolve({ done: false, value: Buffer.from(text.repeat(20_000)) })
                  : new Promise<never>(() => {}),
              return: () => {
                released = true;
                return Promise.resolve({ done: true, value: undefined });
              },
            };
          },
        };
        const before = await physical();
        expect(
          (
            await problemOf(
              make(warehouse, "m", {
                kind: "csv-stream",
                columns: [{ name: "v", type }],
                parts: [{ open: () => stalled }],
              }),
            )
          ).code,
        ).toBe(code);
        if (code !== "warehouse/type-unknown") expect(released).toBe(true);
        expect(await physical()).toEqual(before);
      }),
    );

    test("an abort ends a stalled stream at once", () =>
      withWarehouse(async ({ warehouse, physical }) => {
        const before = await physical();
        const abort = new AbortController();
        const stalled = async function* () {
          yield Buffer.from("1\n");
          await new Promise(() => {});
        };
        const session = await warehouse.openSession({
          inputs: new Map(),
          behindViews: new Map(),
          signal: abort.signal,
        });
        const work = problemOf(
          session.create(newBuild("m"), {
            kind: "csv-stream",
            columns: [{ name: "v", type: "INTEGER" }],
            parts: [{ open: stalled }],
          }),
        );
        setTimeout(() => abort.abort(), 100);
        const started = performance.now();
        expect((await work).code).toBe("warehouse/interrupted");
        expect(performance.now() - started).toBeLessThan(SOON_MS);
        await session.close();
        expect(await physical()).toEqual(before);
      }));

    test("a row of three MiB lands; one longer than the buffer is told as such", () =>
      withWarehouse(async ({ warehouse }) => {
        const columns = [{ name: "v", type: "VARCHAR" }];
        const build = await make(warehouse, "m", csvStream(columns, `${"x".repeat(3 * 1024 * 1024)}\n`));
        expect(build.data).toMatchObject({ rows: 1 });
        const problem = await problemOf(make(warehouse, "m", csvStream(columns, `${"x".repeat(9 * 1024 * 1024)}\n`)));
        expect(problem.code).toBe("warehouse/row-too-long");
      }));

    test("bytes inside a list have no text and are refused", () =>
      withWarehouse(async ({ warehouse }) => {
        const problem = await problemOf(
          make(warehouse, "m", csvStream([{ name: "v", type: "BLOB[]" }], '"[""00""]"\n')),
        );
        expect(problem.code).toBe("warehouse/type-not-storable");
      }));
  });

  describe(`${name}: csv-file`, () => {
    const seed = (path: string, types: Record<string, string> = {}): BuildStatement => ({
      kind: "csv-file",
      path,
      delimiter: ",",
      types,
    });

    test("infers types from the whole file and takes those given", () =>
      withWarehouse(async ({ warehouse, scratch }) => {
        const path = await scratch("s.csv", 'id,code,day,note\n1,007,2024-01-01,"a, b"\n2,008,2024-01-02,\n');
        const build = await make(warehouse, "s", seed(path, { Code: "text" }));
        expect(build.data.columns).toEqual([
          { name: "id", type: "BIGINT" },
          { name: "code", type: "VARCHAR" },
          { name: "day", type: "DATE" },
          { name: "note", type: "VARCHAR" },
        ]);
        expect(await rowsOf(warehouse, build)).toEqual([
          ["1", "007", "2024-01-01", "a, b"],
          ["2", "008", "2024-01-02", null],
        ]);
      }));

    test("names the line of a value that does not fit", () =>
      withWarehouse(async ({ warehouse, scratch, physical }) => {
        const path = await scratch("s.csv", 'id,note\n1,"two\nlines"\n2,x\nsecret-3,y\n');
        const before = await physical();
        const problem = await problemOf(make(warehouse, "s", seed(path, { id: "integer" })));
        expect(problem).toMatchObject({ code: "warehouse/csv-file-invalid", location: { file: path, line: 5 } });
        expect(problem.message).toContain("id");
        expect(problem.message).not.toContain("secret-3");
        expect(await physical()).toEqual(before);
      }));

    test.each([
      ["a row with too many cells", "id,name\n1,a\n2,b,c\n", {}, "line 3"],
      ["a type for a column that is not there", "id,name\n1,a\n", { nam: "text" }, "did you mean name"],
    ])("refuses %s", (_, content, types, said) =>
      withWarehouse(async ({ warehouse, scratch }) => {
        const problem = await problemOf(make(warehouse, "s", seed(await scratch("s.csv", content), types)));
        expect(problem.code).toBe("warehouse/csv-file-invalid");
        expect(problem.message).toContain(said);
      }),
    );

    test("refuses a type that does not exist", () =>
      withWarehouse(async ({ warehouse, scratch }) => {
        const problem = await problemOf(
          make(warehouse, "s", seed(await scratch("s.csv", "id\n1\n"), { id: "intger" })),
        );
        expect(problem.code).toBe("warehouse/type-unknown");
      }));

    test("a file with a header only is an empty table", () =>
      withWarehouse(async ({ warehouse, scratch }) => {
        const build = await make(warehouse, "s", seed(await scratch("s.csv", "id,name\n"), { id: "integer" }));
        expect(build.data).toMatchObject({ rows: 0, columns: [{ name: "id", type: "INTEGER" }, { name: "name" }] });
      }));
  });

  describe(`${name}: sessions`, () => {
    test("show JSON-safe cells", () =>
      withWarehouse(async ({ warehouse }) => {
        await withSession(warehouse, [], [], async (session) => {
          const cells: readonly (readonly [sql: string, type: string, cell: unknown])[] = [
            ["true", "BOOLEAN", true],
            ["1::integer", "INTEGER", 1],
            ["9007199254740993", "BIGINT", "9007199254740993"],
            ["170141183460469231731687303715884105727::hugeint", "HUGEINT", "170141183460469231731687303715884105727"],
            ["1.10::decimal(9,2)", "DECIMAL(9,2)", "1.10"],
            ["1.5::double", "DOUBLE", 1.5],
            ["'nan'::double", "DOUBLE", "NaN"],
            ["'x'", "VARCHAR", "x"],
            ["'\\x00\\xFF'::blob", "BLOB", "00ff"],
            ["date '2024-01-02'", "DATE", "2024-01-02"],
            ["timestamp '2024-01-02 03:04:05.6'", "TIMESTAMP", "2024-01-02T03:04:05.600000"],
            ["timestamp '1969-12-31 23:59:59.999999'", "TIMESTAMP", "1969-12-31T23:59:59.999999"],
            ["timestamp '0044-03-15 (BC) 00:00:00'", "TIMESTAMP", "-000043-03-15T00:00:00.000000"],
            ["'infinity'::timestamp", "TIMESTAMP", "infinity"],
            ["timestamptz '2024-01-02 03:04:05+02'", "TIMESTAMP WITH TIME ZONE", "2024-01-02T01:04:05.000000Z"],
            ["'{\"a\": 1}'::json", "JSON", '{"a": 1}'],
            ["[1, null]", "INTEGER[]", [1, null]],
            ["{'a': 1, 'b': [2::bigint]}", 'STRUCT("a" INTEGER, "b" BIGINT[])', { a: 1, b: ["2"] }],
            ["null::date", "DATE", null],
          ];
          const result = await session.query(`select ${cells.map(([sql], i) => `${sql} as c${i}`).join(", ")}`);
          expect(result.rows[0]).toEqual(cells.map(([, , cell]) => cell));
          expect(result.columns.map((column) => column.type)).toEqual(cells.map(([, type]) => type));
          expect(JSON.parse(JSON.stringify(result.rows))).toEqual(result.rows);
        });
      }));

    test("describe a query without running it", () =>
      withWarehouse(async ({ warehouse }) => {
        await withSession(warehouse, [], [], async (session) => {
          expect(await session.describe("select error('ran') as a, 1::hugeint as b;\n")).toEqual([
            { name: "a", type: expect.any(String) },
            { name: "b", type: "HUGEINT" },
          ]);
        });
      }));

    test("stream rows in batches, several streams at once and beside queries", () =>
      withWarehouse(async ({ warehouse }) => {
        const build = await make(warehouse, "m", select("select i as id from range(10000) t(i)"));
        await withSession(warehouse, [build], [], async (session) => {
          const count = async (limit: number) => {
            let rows = 0;
            for await (const batch of session.stream(`select id from ${session.relation("shop.m")}`)) {
              rows += batch.rows.length;
              await session.query("select 1");
              if (rows >= limit) break;
            }
            return rows;
          };
          const [all, some] = await Promise.all([count(Number.POSITIVE_INFINITY), count(1)]);
          expect(all).toBe(10_000);
          expect(some).toBeLessThan(10_000);
        });
      }));

    test("see a build attached under its model's name, in place of an older input", () =>
      withWarehouse(async ({ warehouse }) => {
        const old = await make(warehouse, "m", select("select 1 as id"));
        await withSession(warehouse, [old], [], async (session) => {
          const build = newBuild("m");
          const before = session.relation("shop.m");
          await session.attach({
            ...build,
            data: await session.create(build, select(`select id + 1 as id from ${before}`)),
          });
          expect((await session.query(`select m.id from ${session.relation("shop.m")}`)).rows).toEqual([[2]]);
        });
      }));

    test("know nothing but what they were given", () =>
      withWarehouse(async ({ warehouse }) => {
        await make(warehouse, "m", select("select 1 as id"));
        await withSession(warehouse, [], [], async (session) => {
          expect((await problemOf((async () => session.relation("shop.m"))())).code).toBe("warehouse/input-not-pinned");
        });
      }));

    test("many at once in two warehouse objects do not disturb each other", () =>
      withWarehouse(async ({ warehouse, another }) => {
        const base = await make(warehouse, "base", select("select i as id from range(100) t(i)"));
        const other = another();
        const builds = await Promise.all(
          Array.from({ length: 12 }, (_, i) =>
            withSession(i % 2 ? warehouse : other, [base], [], async (session) => {
              const build = newBuild(`m${i}`);
              return {
                ...build,
                data: await session.create(
                  build,
                  select(`select sum(id) + ${i} as s from ${session.relation("shop.base")}`),
                ),
              };
            }),
          ),
        );
        const seen = await Promise.all(builds.map((build) => rowsOf(other, build)));
        expect(seen).toEqual(builds.map((_, i) => [[String(4950 + i)]]));
      }));
  });

  describe(`${name}: content hash`, () => {
    const hash = (warehouse: Warehouse, sql: string) =>
      withSession(warehouse, [], [], async (session) =>
        session.contentHash(await session.create(newBuild("m"), select(sql))),
      );

    test("does not depend on the order of rows or on how they are stored", () =>
      withWarehouse(async ({ warehouse, another }) => {
        const up = await hash(warehouse, "select i as id, 'n' || i as n, [i] as l from range(5000) t(i) order by i");
        const down = await hash(
          another(),
          "select i as id, 'n' || i as n, [i] as l from range(5000) t(i) order by i desc",
        );
        expect(down).toBe(up);
        const base = await make(
          warehouse,
          "m",
          select("select i as id, 'n' || i as n, [i] as l from range(2000) t(i)"),
        );
        const rest = await make(warehouse, "m", {
          kind: "append",
          base: base.data,
          sql: "select i as id, 'n' || i as n, [i] as l from range(2000, 5000) t(i)",
        });
        expect(await withSession(warehouse, [], [], (session) => session.contentHash(rest.data))).toBe(up);
      }));

    test("differs for everything that is not the same table", () =>
      withWarehouse(async ({ warehouse }) => {
        const tables = [
          "select 1 as a, 2 as b",
          "select 2 as a, 1 as b",
          "select 1 as b, 2 as a",
          "select 2 as b, 1 as a",
          "select 1::bigint as a, 2 as b",
          "select 1 as a, null::integer as b",
          "select null::integer as a, 1 as b",
          "select 1 as a, 2 as b where false",
          "select 1 as a, 2 as b from range(2)",
          "select 1 as a, 2 as b from range(3)",
          "select '1' as a, '2' as b",
          "select '' as a, null::varchar as b",
          "select null::varchar as a, '' as b",
          "select null::varchar as a, null::varchar as b",
          "select interval '30 days' as a",
          "select interval '1 month' as a",
          "select '10:00:00+01'::timetz as a",
          "select '09:00:00+00'::timetz as a",
          "select [1, 2] as a",
          "select [2, 1] as a",
          "select [1, null] as a",
          "select [] :: integer[] as a",
          "select null :: integer[] as a",
        ];
        const hashes: string[] = [];
        for (const sql of tables) hashes.push(await hash(warehouse, sql));
        expect(new Set(hashes).size).toBe(tables.length);
      }));
  });

  describe(`${name}: publish`, () => {
    test("shows every relation at once, replaces them all, and remembers the sequence", () =>
      withWarehouse(async ({ warehouse, another, readServed }) => {
        expect(await warehouse.publishedSequence("shop")).toBe(0);
        const orders = await make(warehouse, "orders", select("select 1 as id, 5::hugeint as total"));
        const items = await make(warehouse, "items", select("select 2 as id"));
        await warehouse.publish(
          "shop",
          [
            { relation: relation("orders"), description: "Orders, 'as sold'.", build: orders },
            { relation: relation("items"), build: items },
          ],
          new Map(),
          7,
        );
        expect(await another().publishedSequence("shop")).toBe(7);
        expect(await another().publishedSequence("other")).toBe(0);
        expect(await readServed("shop", "select orders.id, orders.total, items.id from orders, items")).toEqual([
          [1, "5", 2],
        ]);

        const next = await make(warehouse, "orders", select("select 3 as id"));
        await warehouse.publish("shop", [{ relation: relation("orders"), build: next }], new Map(), 9);
        expect(await warehouse.publishedSequence("shop")).toBe(9);
        expect(await readServed("shop", "select * from orders")).toEqual([[3]]);
        await expect(readServed("shop", "select * from items")).rejects.toThrow();
      }));

    test("shows views with the builds behind them, and an empty project", () =>
      withWarehouse(async ({ warehouse, readServed }) => {
        const orders = await make(warehouse, "orders", select("select 1 as id"));
        const view = await make(
          warehouse,
          "v",
          {
            kind: "view",
            sql: {
              text: "select id + 1 as id from shop.orders",
              slots: [{ start: 25, end: 36, model: "shop.orders" }],
              map: [],
              file: "v.sql",
            },
            inputs: { "shop.orders": orders.id },
          },
          [orders],
        );
        const newer = await make(warehouse, "orders", select("select 10 as id"));
        await warehouse.publish(
          "shop",
          [
            { relation: relation("v"), build: view },
            { relation: relation("orders"), build: newer },
          ],
          new Map([[orders.id, orders]]),
          1,
        );
        expect(await readServed("shop", "select v.id, orders.id from v, orders")).toEqual([[2, 10]]);
        await warehouse.publish("shop", [], new Map(), 2);
        expect(await warehouse.publishedSequence("shop")).toBe(2);
      }));

    test("by many at once leaves one complete picture, and whoever looks knows which", () =>
      withWarehouse(async ({ warehouse, another, readServed }) => {
        const builds = await Promise.all(
          Array.from({ length: 8 }, (_, i) => make(warehouse, "orders", select(`select ${i} as id`))),
        );
        const other = another();
        await Promise.all(
          builds.map((build, i) =>
            (i % 2 ? warehouse : other).publish("shop", [{ relation: relation("orders"), build }], new Map(), i + 1),
          ),
        );
        const [[shown]] = (await readServed("shop", "select id from orders")) as [[number]];
        // 0 means that nobody can tell: the caller publishes again.
        expect([0, shown + 1]).toContain(await warehouse.publishedSequence("shop"));
        await warehouse.publish("shop", [{ relation: relation("orders"), build: builds[2]! }], new Map(), 3);
        expect(await other.publishedSequence("shop")).toBe(3);
        expect(await readServed("shop", "select id from orders")).toEqual([[2]]);
      }));

    test("of a build whose storage is gone names it and keeps what was served", () =>
      withWarehouse(async ({ warehouse, readServed }) => {
        const good = await make(warehouse, "orders", select("select 1 as id"));
        await warehouse.publish("shop", [{ relation: relation("orders"), build: good }], new Map(), 1);
        const gone = await make(warehouse, "orders", select("select 2 as id"));
        await warehouse.dropBuilds([gone.id], new Set());
        const publishing = await problemOf(
          warehouse.publish("shop", [{ relation: relation("orders"), build: gone }], new Map(), 2),
        );
        expect(publishing.code).toBe("warehouse/build-file-missing");
        const reading = await problemOf(rowsOf(warehouse, gone));
        expect(reading.code).toBe("warehouse/build-file-missing");
        expect(await readServed("shop", "select id from orders")).toEqual([[1]]);
        expect(await warehouse.publishedSequence("shop")).toBe(1);
      }));
  });
}
