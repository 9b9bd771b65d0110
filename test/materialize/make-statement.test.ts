// What each materialization means, run on a real DuckDB warehouse; the incremental strategies also against a plain model of them.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MeshError } from "../../core/errors/index.ts";
import type { Build, Materialization, ModelConfig } from "../../core/manifest/index.ts";
import { incrementalBase, makeStatement, type NewRows, type StatementInput } from "../../core/materialize/index.ts";
import { createId } from "../../core/util/index.ts";
import { createDuckdbWarehouse } from "../../core/warehouse/duckdb/index.ts";
import { offsetInQuery, sqlFailureOf, type Warehouse } from "../../core/warehouse/index.ts";

let folder: string;
let warehouse: Warehouse;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mesh-materialize-"));
  warehouse = createDuckdbWarehouse({ path: join(folder, "warehouse"), threads: 1 });
  await warehouse.prepare("state-1");
});
afterAll(async () => {
  await warehouse.close();
  await rm(folder, { recursive: true, force: true });
});

const model = (materialized: Materialization, config: ModelConfig = {}) => ({ id: "shop.m", materialized, config });
const query = (sql: string): NewRows => ({
  kind: "query",
  sql,
  compiled: { text: sql, slots: [], map: [], file: "m.sql" },
  inputs: {},
});
const values = (rows: readonly (readonly (string | number | null)[])[], columns = "id, name, n") =>
  rows.length === 0
    ? "select null::integer as id, null::varchar as name, null::integer as n where false"
    : `select * from (values ${rows.map((row) => `(${row.map((cell) => (cell === null ? "null" : typeof cell === "number" ? cell : `'${cell}'`)).join(", ")})`).join(", ")}) as t(${columns})`;

/** Builds the model, on an earlier build when one is given. */
async function build(input: Omit<StatementInput, "base">, on?: Build): Promise<Build> {
  const session = await warehouse.openSession({ inputs: new Map(on ? [[on.model, on]] : []), behindViews: new Map() });
  try {
    const made = { id: createId(), model: "shop.m", relation: { schema: "shop", name: "m" } };
    const base = on &&
      input.rows.kind === "query" && {
        build: on,
        relation: session.relation("shop.m"),
        newColumns: await session.describe(input.rows.sql),
      };
    return { ...made, data: await session.create(made, makeStatement({ ...input, ...(base && { base }) })) };
  } finally {
    await session.close();
  }
}

async function rowsOf(made: Build, order = "all"): Promise<readonly (readonly unknown[])[]> {
  const session = await warehouse.openSession({ inputs: new Map([[made.model, made]]), behindViews: new Map() });
  try {
    return (await session.query(`select * from ${session.relation(made.model)} order by ${order}`)).rows;
  } finally {
    await session.close();
  }
}

async function problemOf(work: () => unknown): Promise<MeshError> {
  const error = await (async () => work())().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MeshError);
  return error as MeshError;
}

const BASE: readonly (readonly (string | number | null)[])[] = [
  [1, "one", 10],
  [2, "two", 20],
  [null, "none", 0],
];

describe("table, view, seed, snapshot", () => {
  test.each([
    ["table", query("select 1 as a;"), { kind: "select", sql: "select 1 as a" }],
    [
      "view",
      query("select 1 as a"),
      { kind: "view", sql: { text: "select 1 as a", slots: [], map: [], file: "m.sql" }, inputs: {} },
    ],
    ["table", { kind: "parquet-file", path: "/x", columns: [] }, { kind: "parquet-file", path: "/x", columns: [] }],
  ] as const)("%s", (materialized, rows, statement) => {
    expect(makeStatement({ model: model(materialized), rows })).toEqual(statement);
  });

  test("a seed takes its types and delimiter from its configuration", async () => {
    const path = join(folder, "seed.csv");
    await writeFile(path, "id;name\n1;a\n");
    const config = { delimiter: ";", column_types: { id: "smallint" } };
    const made = await build({
      model: model("seed", config),
      rows: { kind: "csv-file", path, delimiter: ",", types: { name: "varchar" } },
    });
    expect(made.data.columns).toEqual([
      { name: "id", type: "SMALLINT" },
      { name: "name", type: "VARCHAR" },
    ]);
  });

  test("a snapshot lands the whole stream", async () => {
    const rows: NewRows = {
      kind: "csv-stream",
      columns: [{ name: "id", type: "INTEGER" }],
      parts: [
        {
          async *open() {
            yield Buffer.from("1\n2\n");
          },
        },
      ],
    };
    expect((await build({ model: model("snapshot"), rows })).data).toMatchObject({ rows: 2 });
  });

  test.each([
    ["view", { kind: "parquet-file", path: "/x", columns: [] }],
    ["seed", query("select 1")],
    ["snapshot", query("select 1")],
    ["table", { kind: "csv-file", path: "/x", delimiter: ",", types: {} }],
  ] as const)("a %s refuses rows it has no meaning for", async (materialized, rows) => {
    expect((await problemOf(() => makeStatement({ model: model(materialized), rows }))).code).toBe(
      "materialize/rows-not-supported",
    );
  });
});

describe("incremental", () => {
  test.each([
    ["no build before", "incremental", {}, undefined, false, false],
    ["a table before", "incremental", {}, "files", false, true],
    ["a view before", "incremental", {}, "view", false, false],
    ["a full refresh", "incremental", {}, "files", true, false],
    ["a full refresh the model forbids", "incremental", { full_refresh: false }, "files", true, true],
    ["a model that always refreshes", "incremental", { full_refresh: true }, "files", false, false],
    ["another materialization", "table", {}, "files", false, false],
  ] as const)("is_incremental() with %s", (_, materialized, config, kind, fullRefresh, expected) => {
    const data =
      kind === "view"
        ? { kind, columns: [], sql: { text: "", slots: [], map: [], file: "" }, inputs: {} }
        : { kind: "files" as const, columns: [], files: [], rows: 0, bytes: 0 };
    const published = kind && { id: "b", model: "shop.m", relation: { schema: "shop", name: "m" }, data };
    expect(incrementalBase(model(materialized, config), published, fullRefresh) !== undefined).toBe(expected);
  });

  const cases: readonly (readonly [
    what: string,
    config: ModelConfig,
    rows: readonly (readonly (string | number | null)[])[],
    expected: readonly (readonly unknown[])[],
  ])[] = [
    [
      "append adds every row",
      { strategy: "append", unique_key: ["id"] },
      [[1, "uno", 11]],
      [
        [1, "one", 10],
        [1, "uno", 11],
        [2, "two", 20],
        [null, "none", 0],
      ],
    ],
    [
      "without a key rows are added",
      {},
      [[1, "uno", 11]],
      [
        [1, "one", 10],
        [1, "uno", 11],
        [2, "two", 20],
        [null, "none", 0],
      ],
    ],
    [
      "merge without a key adds rows",
      { strategy: "merge" },
      [[1, "uno", 11]],
      [
        [1, "one", 10],
        [1, "uno", 11],
        [2, "two", 20],
        [null, "none", 0],
      ],
    ],
    [
      "delete+insert replaces rows of a key and keeps repeats",
      { unique_key: ["id"] },
      [
        [1, "uno", 11],
        [1, "ein", 12],
        [3, "drei", 30],
      ],
      [
        [1, "ein", 12],
        [1, "uno", 11],
        [2, "two", 20],
        [3, "drei", 30],
        [null, "none", 0],
      ],
    ],
    [
      "delete+insert never matches NULL",
      { unique_key: ["id"] },
      [[null, "other", 1]],
      [
        [1, "one", 10],
        [2, "two", 20],
        [null, "none", 0],
        [null, "other", 1],
      ],
    ],
    [
      "merge updates rows of a key and adds others",
      { strategy: "merge", unique_key: ["id"] },
      [
        [1, "uno", 11],
        [3, "drei", 30],
      ],
      [
        [1, "uno", 11],
        [2, "two", 20],
        [3, "drei", 30],
        [null, "none", 0],
      ],
    ],
    [
      "merge never matches NULL, even repeated",
      { strategy: "merge", unique_key: ["id"] },
      [
        [null, "x", 1],
        [null, "x", 1],
      ],
      [
        [1, "one", 10],
        [2, "two", 20],
        [null, "none", 0],
        [null, "x", 1],
        [null, "x", 1],
      ],
    ],
    [
      "merge_update_columns leaves the others as they were",
      { strategy: "merge", unique_key: ["ID"], merge_update_columns: ["N"] },
      [
        [1, "uno", 11],
        [3, "drei", 30],
      ],
      [
        [1, "one", 11],
        [2, "two", 20],
        [3, "drei", 30],
        [null, "none", 0],
      ],
    ],
    [
      "merge_exclude_columns leaves those as they were",
      { strategy: "merge", unique_key: ["id"], merge_exclude_columns: ["n"] },
      [[1, "uno", 11]],
      [
        [1, "uno", 10],
        [2, "two", 20],
        [null, "none", 0],
      ],
    ],
    [
      "a value becomes NULL by merge",
      { strategy: "merge", unique_key: ["id"] },
      [[1, null, null]],
      [
        [1, null, null],
        [2, "two", 20],
        [null, "none", 0],
      ],
    ],
    [
      "a key of two columns",
      { unique_key: ["id", "name"] },
      [
        [1, "one", 11],
        [1, "two", 12],
      ],
      [
        [1, "one", 11],
        [1, "two", 12],
        [2, "two", 20],
        [null, "none", 0],
      ],
    ],
    ["no new rows change nothing", { strategy: "merge", unique_key: ["id"] }, [], BASE],
  ];
  test.each(cases)("%s", async (_, config, rows, expected) => {
    const first = await build({ model: model("incremental", config), rows: query(values(BASE)) });
    const next = await build(
      { model: model("incremental", config), rows: query(`${values(rows)} -- the new ones`) },
      first,
    );
    expect(await rowsOf(next)).toEqual(expected);
    expect(await rowsOf(first)).toEqual(BASE);
  });

  test("append shares the base's files; without rows it is the base", async () => {
    const config = { strategy: "append" };
    const first = await build({ model: model("incremental", config), rows: query(values(BASE)) });
    const next = await build({ model: model("incremental", config), rows: query(values([[9, "nine", 90]])) }, first);
    const same = await build({ model: model("incremental", config), rows: query(values([])) }, next);
    const files = (made: Build) => (made.data.kind === "files" ? made.data.files : []);
    expect(files(next).slice(0, 1)).toEqual(files(first));
    expect(files(same)).toEqual(files(next));
  });

  test("a key twice in a merge batch is refused, and nothing is built", async () => {
    const config = { strategy: "merge", unique_key: ["id"] };
    const first = await build({ model: model("incremental", config), rows: query(values(BASE)) });
    const before = await warehouse.listBuilds();
    const problem = await problemOf(() =>
      build(
        {
          model: model("incremental", config),
          rows: query(
            values([
              [7, "a", 1],
              [7, "b", 2],
            ]),
          ),
        },
        first,
      ),
    );
    expect(problem.code).toBe("materialize/duplicate-keys");
    expect(await warehouse.listBuilds()).toEqual(before);
  });

  test.each([
    ["unique_key", { unique_key: ["idd"] }, "did you mean id?"],
    [
      "merge_update_columns",
      { strategy: "merge", unique_key: ["id"], merge_update_columns: ["nam"] },
      "did you mean name?",
    ],
    [
      "merge_exclude_columns",
      { strategy: "merge", unique_key: ["id"], merge_exclude_columns: ["zzzz"] },
      "is not a column",
    ],
  ] as const)("%s of a column that is not there is told", async (option, config, said) => {
    const first = await build({ model: model("table"), rows: query(values(BASE)) });
    const problem = await problemOf(() =>
      build({ model: model("incremental", config), rows: query(values(BASE)) }, first),
    );
    expect(problem.code).toBe("materialize/no-such-column");
    expect(problem.message).toContain(option);
    expect(problem.message).toContain(said);
  });

  test.each([
    ["an unknown strategy", { strategy: "merg" }, "materialize/unknown-strategy"],
    [
      "both lists of merge columns",
      { strategy: "merge", merge_update_columns: ["a"], merge_exclude_columns: ["b"] },
      "materialize/merge-columns-both-given",
    ],
  ] as const)("%s is refused on the first build", async (_, config, code) => {
    expect(
      (await problemOf(() => makeStatement({ model: model("incremental", config), rows: query("select 1") }))).code,
    ).toBe(code);
  });

  test("the place of an error in the new rows' query is found inside the statement around it", async () => {
    const config = { unique_key: ["id"] };
    const first = await build({ model: model("incremental", config), rows: query(values(BASE)) });
    const sql = "select id, 'é' as name, cast(name as integer) as n from (values (1, 'x'), (2, 'y')) as t(id, name); ";
    const problem = await problemOf(() => build({ model: model("incremental", config), rows: query(sql) }, first));
    const failure = sqlFailureOf(problem);
    expect(failure && offsetInQuery(failure, sql)).toBe(sql.indexOf("cast("));
  });
});

describe("on_schema_change", () => {
  const config = (
    on_schema_change?: "ignore" | "fail" | "append_new_columns",
    more: ModelConfig = {},
  ): ModelConfig => ({
    unique_key: ["id"],
    ...(on_schema_change && { on_schema_change }),
    ...more,
  });
  const start = () => build({ model: model("table"), rows: query(values(BASE)) });
  const gained = values([[2, "zwei", 22, 5]], "id, name, n, extra");
  const lost = values([[2, 22]], "id, n");

  test("ignore drops columns the query gained and casts to the base's types", async () => {
    const next = await build(
      { model: model("incremental", config()), rows: query(values([["2", "zwei", 22, 5]], "ID, name, n, extra")) },
      await start(),
    );
    expect(next.data.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "id INTEGER",
      "name VARCHAR",
      "n INTEGER",
    ]);
    expect(await rowsOf(next)).toEqual([
      [1, "one", 10],
      [2, "zwei", 22],
      [null, "none", 0],
    ]);
  });

  test("ignore refuses a query that lost a column", async () => {
    const problem = await problemOf(async () =>
      build({ model: model("incremental", config("ignore")), rows: query(lost) }, await start()),
    );
    expect(problem).toMatchObject({ code: "materialize/column-removed", message: expect.stringContaining("name") });
  });

  test.each([
    ["a gained column", gained, "extra (INTEGER) is new"],
    ["a lost column", lost, "name is gone"],
    ["another type", "select 1 as id, 'x' as name, 1.5 as n", "n was INTEGER and is DECIMAL(2,1)"],
  ])("fail refuses %s", async (_, sql, said) => {
    const problem = await problemOf(async () =>
      build({ model: model("incremental", config("fail")), rows: query(sql) }, await start()),
    );
    expect(problem).toMatchObject({ code: "materialize/schema-changed", message: expect.stringContaining(said) });
  });

  test("fail lets the same columns in another order through", async () => {
    const next = await build(
      { model: model("incremental", config("fail")), rows: query("select 5 as n, 2 as id, 'x' as name") },
      await start(),
    );
    expect(await rowsOf(next)).toEqual([
      [1, "one", 10],
      [2, "x", 5],
      [null, "none", 0],
    ]);
  });

  test.each([
    [
      "append",
      [
        [1, "one", 10, null],
        [2, "two", 20, null],
        [2, "zwei", 22, 5],
        [null, "none", 0, null],
      ],
    ],
    [
      "delete+insert",
      [
        [1, "one", 10, null],
        [2, "zwei", 22, 5],
        [null, "none", 0, null],
      ],
    ],
    [
      "merge",
      [
        [1, "one", 10, null],
        [2, "zwei", 22, 5],
        [null, "none", 0, null],
      ],
    ],
  ])("append_new_columns adds them at the end, NULL in old rows (%s)", async (strategy, expected) => {
    const next = await build(
      { model: model("incremental", config("append_new_columns", { strategy })), rows: query(gained) },
      await start(),
    );
    expect(await rowsOf(next)).toEqual(expected);
  });

  test.each([
    [
      "append",
      [
        [1, "one", 10],
        [2, "two", 20],
        [2, null, 22],
        [null, "none", 0],
      ],
    ],
    [
      "delete+insert",
      [
        [1, "one", 10],
        [2, null, 22],
        [null, "none", 0],
      ],
    ],
    [
      "merge",
      [
        [1, "one", 10],
        [2, "two", 22],
        [null, "none", 0],
      ],
    ],
  ])(
    "append_new_columns keeps columns the query lost: NULL in new rows, untouched in merged ones (%s)",
    async (strategy, expected) => {
      const next = await build(
        { model: model("incremental", config("append_new_columns", { strategy })), rows: query(lost) },
        await start(),
      );
      expect(await rowsOf(next)).toEqual(expected);
    },
  );
});

describe("incremental strategies against a plain model", () => {
  type Row = readonly [number | null, string | null, number | null];
  const key = fc.option(fc.integer({ min: 0, max: 4 }), { nil: null });
  const row = fc.tuple(
    key,
    fc.option(fc.constantFrom("a", "b"), { nil: null }),
    fc.option(fc.integer({ min: 0, max: 9 }), { nil: null }),
  );
  const distinct = (rows: readonly Row[]) =>
    rows.filter(([id], i) => id === null || rows.findIndex(([other]) => other === id) === i);
  const sorted = (rows: readonly (readonly unknown[])[]) => rows.map((r) => JSON.stringify(r)).sort();
  const plain: Readonly<Record<string, (base: readonly Row[], fresh: readonly Row[]) => readonly Row[]>> = {
    append: (base, fresh) => [...base, ...fresh],
    "delete+insert": (base, fresh) => [
      ...base.filter(([id]) => id === null || !fresh.some(([other]) => other === id)),
      ...fresh,
    ],
    merge: (base, fresh) => [
      ...base.map((old): Row => (old[0] === null ? old : (fresh.find(([id]) => id === old[0]) ?? old))),
      ...fresh.filter(([id]) => id === null || !base.some(([other]) => other === id)),
    ],
  };
  test.each(Object.keys(plain))("%s", (strategy) =>
    fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 6 }),
        fc.array(row, { minLength: 1, maxLength: 6 }),
        async (base, all) => {
          const fresh = strategy === "merge" ? distinct(all) : all;
          const typed = (rows: readonly Row[]) =>
            `select id::integer as id, name::varchar as name, n::integer as n from (${values(rows)})`;
          const config = { strategy, unique_key: ["id"] };
          const first = await build({ model: model("incremental", config), rows: query(typed(base)) });
          const next = await build({ model: model("incremental", config), rows: query(typed(fresh)) }, first);
          expect(sorted(await rowsOf(next))).toEqual(sorted(plain[strategy]?.(base, fresh) ?? []));
        },
      ),
      { numRuns: 30 },
    ),
  );
});
