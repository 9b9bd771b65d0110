// The strategies `timestamp` and `check`, history by history, and random histories against a plain model of them.
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Build, ModelConfig } from "../../core/manifest/index.ts";
import { createDuckdbWarehouse } from "../../core/warehouse/duckdb/index.ts";
import type { Warehouse } from "../../core/warehouse/index.ts";
import { filesOf, rowsOf, snapshotRows } from "../support/snapshot-builds.ts";

let folder: string;
let warehouse: Warehouse;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mesh-history-"));
  warehouse = createDuckdbWarehouse({ path: folder, threads: 1 });
  await warehouse.prepare("state-1");
});
afterAll(async () => {
  await warehouse.close();
  await rm(folder, { recursive: true, force: true });
});

type Cell = string | number | null;
const md5 = (text: string) => createHash("md5").update(text).digest("hex");
/** Second `n` of a day, as the store's clock and as text of a TIMESTAMP. */
const at = (second: number) => new Date(Date.UTC(2024, 0, 1, 0, 0, second));
const text = (second: number) => at(second).toISOString().replace("T", " ").slice(0, 19);
const cell = (value: Cell) =>
  value === null ? "null" : typeof value === "number" ? String(value) : `'${value.replaceAll("'", "''")}'`;

/** Rows `[id, v, updated second]`. */
type Row = readonly [Cell, Cell, number | null];
const source = (rows: readonly Row[]) => {
  const values = rows.map(
    ([id, v, u]) => `(${cell(id)}, ${cell(v)}, ${u === null ? "null" : `timestamp '${text(u)}'`})`,
  );
  return `select id::integer as id, v::varchar as v, u::timestamp as u from (values ${[...values, "(null, null, null)"].join(", ")}) as t(id, v, u) limit ${rows.length}`;
};

const sources = (states: readonly (readonly Row[])[]) => states.map(source);

const TIMESTAMP: ModelConfig = { strategy: "timestamp", unique_key: ["id"], updated_at: "u" };
const CHECK: ModelConfig = { strategy: "check", unique_key: ["id"], check_cols: "all" };

/** Snapshots of these rows at seconds 10, 20, 30, … */
async function history(config: ModelConfig, states: readonly string[]): Promise<readonly Build[]> {
  const builds: Build[] = [];
  for (const [i, landing] of states.entries())
    builds.push(
      (await snapshotRows(warehouse, { config, landing, asOf: at((i + 1) * 10), base: builds.at(-1) })).build,
    );
  return builds;
}

const short = (value: string | null) =>
  value === null ? null : value.replace(/^2024-01-01 00:00:/, "").replace(/\+00$/, "");
/** `id v from to` of every version, in order. */
async function versions(build: Build, more = ""): Promise<readonly string[]> {
  const rows = await rowsOf(warehouse, build, `id, v, dbt_valid_from, dbt_valid_to${more}`, "1, 3, 4 nulls last");
  return rows.map((row) => row.map((value) => short(value) ?? "-").join(" "));
}

async function problemOf(work: Promise<unknown>): Promise<{ readonly code: string; readonly message: string }> {
  return work.then(
    () => ({ code: "none", message: "" }),
    (error) => error,
  );
}

describe("timestamp", () => {
  test.each<[string, ModelConfig, readonly (readonly Row[])[], readonly string[]]>([
    [
      "a first version of every row is current",
      {},
      [
        [
          [1, "a", 1],
          [2, "b", 2],
        ],
      ],
      ["1 a 01 -", "2 b 02 -"],
    ],
    [
      "a row with a later updated_at gets a version, and the one before its end",
      {},
      [[[1, "a", 1]], [[1, "b", 12]]],
      ["1 a 01 12", "1 b 12 -"],
    ],
    [
      "a row whose updated_at is the same or earlier has not changed",
      {},
      [
        [
          [1, "a", 5],
          [2, "a", 5],
        ],
        [
          [1, "b", 5],
          [2, "b", 4],
        ],
      ],
      ["1 a 05 -", "2 a 05 -"],
    ],
    [
      "a row that is gone stays current unless told",
      {},
      [
        [
          [1, "a", 1],
          [2, "b", 1],
        ],
        [[1, "a", 1]],
      ],
      ["1 a 01 -", "2 b 01 -"],
    ],
    [
      "invalidate ends it at the store's clock",
      { hard_deletes: "invalidate" },
      [
        [
          [1, "a", 1],
          [2, "b", 1],
        ],
        [[1, "a", 1]],
      ],
      ["1 a 01 -", "2 b 01 20"],
    ],
    [
      "a row that is back with a later updated_at begins there",
      { hard_deletes: "invalidate" },
      [[[1, "a", 1]], [], [[1, "b", 25]]],
      ["1 a 01 20", "1 b 25 -"],
    ],
    [
      "a row that is back as it was begins when it was seen",
      { hard_deletes: "invalidate" },
      [[[1, "a", 1]], [], [[1, "a", 1]]],
      ["1 a 01 20", "1 a 30 -"],
    ],
    [
      "an updated_at ahead of the clock never gives an interval that runs backwards",
      { hard_deletes: "invalidate" },
      [[[1, "a", 50]], []],
      ["1 a 50 50"],
    ],
  ])("%s", async (_, more, states, expected) => {
    const builds = await history({ ...TIMESTAMP, ...more }, states.map(source));
    expect(await versions(builds.at(-1) as Build)).toEqual(expected);
  });

  test("its columns are dbt's, with the type of updated_at", async () => {
    const [build] = await history(TIMESTAMP, [source([[1, "a", 1]])]);
    expect(build?.data.columns).toEqual([
      { name: "id", type: "INTEGER" },
      { name: "v", type: "VARCHAR" },
      { name: "u", type: "TIMESTAMP" },
      { name: "dbt_scd_id", type: "VARCHAR" },
      { name: "dbt_updated_at", type: "TIMESTAMP" },
      { name: "dbt_valid_from", type: "TIMESTAMP" },
      { name: "dbt_valid_to", type: "TIMESTAMP" },
    ]);
  });

  test("dbt_scd_id is dbt's hash of key and updated_at", async () => {
    const config = { ...TIMESTAMP, unique_key: ["id", "v"] };
    const [build] = await history(config, [source([[1, "a", 1]])]);
    expect(await rowsOf(warehouse, build as Build, "dbt_scd_id, dbt_updated_at")).toEqual([
      [md5(`1|a|${text(1)}`), text(1)],
    ]);
  });

  test("new_record keeps a row for the deletion and closes it when the row is back", async () => {
    const config: ModelConfig = { ...TIMESTAMP, hard_deletes: "new_record" };
    const builds = await history(config, sources([[[1, "a", 1]], [], [], [[1, "a", 1]], [[1, "b", 45]]]));
    const seen = await Promise.all(builds.map((build) => versions(build, ", dbt_is_deleted")));
    expect(seen).toEqual([
      ["1 a 01 - False"],
      ["1 a 01 20 False", "1 a 20 - True"],
      ["1 a 01 20 False", "1 a 20 - True"],
      ["1 a 01 20 False", "1 a 20 40 True", "1 a 40 - False"],
      ["1 a 01 20 False", "1 a 20 40 True", "1 a 40 45 False", "1 b 45 - False"],
    ]);
    const deletion = await rowsOf(warehouse, builds[1] as Build, "dbt_scd_id, dbt_is_deleted", "2");
    expect(deletion[1]).toEqual([md5(`${md5(`1|${text(1)}`)}|${text(20)}`), "True"]);
  });

  test("a new row of the source joins a history in which nothing ends: the files are shared", async () => {
    const [one, two, three] = await history(
      TIMESTAMP,
      sources([
        [[1, "a", 1]],
        [
          [1, "a", 1],
          [2, "b", 11],
        ],
        [
          [1, "a", 1],
          [2, "b", 11],
        ],
      ]),
    );
    expect(filesOf(two as Build)).toEqual([...filesOf(one as Build), expect.any(String)]);
    expect(filesOf(three as Build)).toEqual(filesOf(two as Build));
  });

  test("a backfill of a range adds versions and concludes nothing of rows outside of it", async () => {
    const config: ModelConfig = { ...TIMESTAMP, hard_deletes: "invalidate" };
    const [base] = await history(config, [
      source([
        [1, "a", 1],
        [2, "b", 1],
      ]),
    ]);
    const { build } = await snapshotRows(warehouse, {
      config,
      landing: source([[1, "c", 15]]),
      asOf: at(20),
      base,
      backfill: true,
      window: { from: text(10) },
    });
    expect(await versions(build)).toEqual(["1 a 01 15", "1 c 15 -", "2 b 01 -"]);
  });
});

describe("check", () => {
  test.each<[string, ModelConfig, readonly (readonly Row[])[], readonly string[]]>([
    ["any change makes a version at the store's clock", {}, [[[1, "a", 1]], [[1, "b", 1]]], ["1 a 10 20", "1 b 20 -"]],
    [
      "to and from NULL are changes",
      {},
      [
        [
          [1, null, 1],
          [2, "b", 1],
        ],
        [
          [1, "a", 1],
          [2, null, 1],
        ],
      ],
      ["1 - 10 20", "1 a 20 -", "2 b 10 20", "2 - 20 -"],
    ],
    [
      "only listed columns count",
      { check_cols: ["u"] },
      [
        [
          [1, "a", 1],
          [2, "a", 1],
        ],
        [
          [1, "b", 1],
          [2, "b", 2],
        ],
      ],
      ["1 a 10 -", "2 a 10 20", "2 b 20 -"],
    ],
    [
      "a row that is gone and back has a gap",
      { hard_deletes: "invalidate" },
      [[[1, "a", 1]], [], [[1, "a", 1]]],
      ["1 a 10 20", "1 a 30 -"],
    ],
    ["with updated_at it says when", { updated_at: "u" }, [[[1, "a", 1]], [[1, "b", 15]]], ["1 a 01 15", "1 b 15 -"]],
    [
      "an updated_at that stayed behind is overruled by the store's clock",
      { updated_at: "u" },
      [[[1, "a", 1]], [[1, "b", 1]]],
      ["1 a 01 20", "1 b 20 -"],
    ],
  ])("%s", async (_, more, states, expected) => {
    const builds = await history({ ...CHECK, ...more }, states.map(source));
    expect(await versions(builds.at(-1) as Build)).toEqual(expected);
  });

  test("its times are those of the store's clock, with a zone", async () => {
    const [build] = await history(CHECK, [source([[1, "a", 1]])]);
    expect(build?.data.columns.slice(-3).map(({ type }) => type)).toEqual(Array(3).fill("TIMESTAMP WITH TIME ZONE"));
    expect(await rowsOf(warehouse, build as Build, "dbt_scd_id")).toEqual([[md5(`1|${text(10)}+00`)]]);
  });

  test("a new column is NULL in the history and, checked, makes every row a changed one; a lost one stays", async () => {
    const wide = (rows: readonly Row[]) => `select *, 7 as extra from (${source(rows)})`;
    const rows: Row[] = [[1, "a", 1]];
    const builds = await history(CHECK, [source(rows), wide(rows), source(rows)]);
    expect(await versions(builds[1] as Build, ", extra")).toEqual(["1 a 10 20 -", "1 a 20 - 7"]);
    expect(await versions(builds[2] as Build, ", extra")).toEqual(["1 a 10 20 -", "1 a 20 - 7"]);
    const unchecked = await history({ ...CHECK, check_cols: ["v"] }, [source(rows), wide(rows)]);
    expect(await versions(unchecked[1] as Build, ", extra")).toEqual(["1 a 10 - -"]);
  });
});

describe("names and marks", () => {
  test("every added column can have another name", async () => {
    const snapshot_meta_column_names = {
      dbt_scd_id: "hash",
      dbt_updated_at: "seen",
      dbt_valid_from: "since",
      dbt_valid_to: "until",
      dbt_is_deleted: "gone",
    };
    const config: ModelConfig = { ...CHECK, hard_deletes: "new_record", snapshot_meta_column_names };
    const builds = await history(config, sources([[[1, "a", 1]], [], [[1, "b", 1]]]));
    const rows = await rowsOf(warehouse, builds[2] as Build, "v, since, until, gone", "since");
    expect(rows.map((row) => row.map(short))).toEqual([
      ["a", "10", "20", "False"],
      ["a", "20", "30", "True"],
      ["b", "30", null, "False"],
    ]);
    expect(builds[2]?.data.columns.map(({ name }) => name)).toEqual([
      "id",
      "v",
      "u",
      "hash",
      "seen",
      "since",
      "until",
      "gone",
    ]);
  });

  test("dbt_valid_to_current stands for NULL, also where a history began without it", async () => {
    const current: ModelConfig = { ...TIMESTAMP, dbt_valid_to_current: "date '9999-12-31'" };
    const builds = await history(
      current,
      sources([
        [
          [1, "a", 1],
          [2, "b", 1],
        ],
        [
          [1, "c", 12],
          [2, "b", 1],
        ],
      ]),
    );
    const end = "9999-12-31 00:00:00";
    expect(await versions(builds[1] as Build)).toEqual(["1 a 01 12", `1 c 12 ${end}`, `2 b 01 ${end}`]);
    const [before] = await history(TIMESTAMP, [
      source([
        [1, "a", 1],
        [2, "b", 1],
      ]),
    ]);
    const { build } = await snapshotRows(warehouse, {
      config: current,
      landing: source([
        [1, "c", 12],
        [2, "b", 1],
      ]),
      asOf: at(20),
      base: before,
    });
    expect(await versions(build)).toEqual(["1 a 01 12", `1 c 12 ${end}`, "2 b 01 -"]);
  });

  test("new_record can be switched on and off over a history", async () => {
    const off: ModelConfig = { ...CHECK, hard_deletes: "invalidate" };
    const on: ModelConfig = { ...CHECK, hard_deletes: "new_record" };
    const [one] = await history(off, [
      source([
        [1, "a", 1],
        [2, "b", 1],
      ]),
    ]);
    const two = (await snapshotRows(warehouse, { config: on, landing: source([[1, "a", 1]]), asOf: at(20), base: one }))
      .build;
    expect(await versions(two, ", dbt_is_deleted")).toEqual(["1 a 10 - False", "2 b 10 20 False", "2 b 20 - True"]);
    const three = (
      await snapshotRows(warehouse, { config: off, landing: source([[2, "b", 1]]), asOf: at(30), base: two })
    ).build;
    expect(await versions(three, ", dbt_is_deleted")).toEqual([
      "1 a 10 30 False",
      "2 b 10 20 False",
      "2 b 20 30 True",
      "2 b 30 - False",
    ]);
  });
});

describe("what is refused, by its number and without a value", () => {
  test.each<[string, ModelConfig, readonly (readonly Row[])[], string]>([
    [
      "a key of NULL",
      TIMESTAMP,
      [
        [
          [1, "a", 1],
          [null, "secret", 1],
        ],
      ],
      "snapshot/key-missing",
    ],
    [
      "a key that repeats",
      CHECK,
      [
        [
          [1, "a", 1],
          [1, "secret", 1],
        ],
      ],
      "snapshot/key-repeated",
    ],
    ["an updated_at of NULL", TIMESTAMP, [[[1, "secret", null]]], "snapshot/cursor-unusable"],
  ])("%s", async (_, config, states, code) => {
    const error = await problemOf(history(config, states.map(source)));
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(/\b1 (row|value)/);
    expect(error.message).not.toContain("secret");
  });

  test("a key that no longer tells the current rows apart", async () => {
    const [base] = await history({ ...CHECK, unique_key: ["id", "v"] }, [
      source([
        [1, "a", 1],
        [1, "b", 1],
      ]),
    ]);
    const again = snapshotRows(warehouse, { config: CHECK, landing: source([[1, "a", 1]]), asOf: at(20), base });
    expect(await problemOf(again)).toMatchObject({ code: "snapshot/history-does-not-fit" });
  });

  test.each([undefined, "timestamp '2999-12-31'"])(
    "current rows that another dbt_valid_to_current marked: now %s",
    async (current) => {
      const marked: ModelConfig = { ...TIMESTAMP, dbt_valid_to_current: "timestamp '9999-12-31'" };
      const states = [[[1, "a", 1]], [[1, "b", 2]], [[1, "b", 2]]] as const;
      const [, base] = await history(marked, sources(states));
      const config = { ...TIMESTAMP, ...(current !== undefined && { dbt_valid_to_current: current }) };
      const again = snapshotRows(warehouse, { config, landing: source([[1, "c", 3]]), asOf: at(30), base });
      expect(await problemOf(again)).toMatchObject({
        code: "snapshot/current-mark-changed",
        message: expect.stringContaining("1 row of its history ends"),
      });
      expect(
        (
          await problemOf(
            snapshotRows(warehouse, { config: marked, landing: source([[1, "c", 3]]), asOf: at(30), base }),
          )
        ).code,
      ).toBe("none");
    },
  );

  test("a type that the history does not fit into", async () => {
    const [base] = await history(CHECK, [source([[1, "secret", 1]])]);
    const landing = "select 1::integer as id, 2::integer as v, null::timestamp as u";
    const error = await problemOf(snapshotRows(warehouse, { config: CHECK, landing, asOf: at(20), base }));
    expect(error).toMatchObject({ code: "snapshot/type-changed" });
    expect(error.message).not.toContain("secret");
  });

  test.each([
    ["1.25::decimal(6,2)", "decimal(6,1)", "snapshot/type-changed"],
    ["1.20::decimal(6,2)", "decimal(6,1)", "none"],
    ["1.5::double", "integer", "snapshot/type-changed"],
    ["0.1::double", "decimal(6,2)", "none"],
    ["16777217::integer", "float", "snapshot/type-changed"],
    ["timestamp '2024-01-01 10:00:00'", "date", "snapshot/type-changed"],
    ["timestamp '2024-01-01 00:00:00'", "date", "none"],
    ["timestamp '2024-01-01 10:00:00'", "timestamptz", "none"],
    ["2::integer", "boolean", "snapshot/type-changed"],
    ["'1.5'", "integer", "snapshot/type-changed"],
    ["'007'", "integer", "none"],
    ["'2024-01-01 10:00:00'", "date", "snapshot/type-changed"],
    ["'2024-01-01T10:00:00Z'", "timestamptz", "none"],
    ["'nan'::double", "varchar", "none"],
    ["{'a': 1}", "struct(a bigint)", "none"],
  ])("a value of the history is kept whole or refused: %s as %s gives %s", async (value, type, code) => {
    const [base] = await history(CHECK, [`select 1::integer as id, ${value} as v, null::timestamp as u`]);
    const landing = `select 1::integer as id, null::${type} as v, null::timestamp as u`;
    const made = snapshotRows(warehouse, { config: CHECK, landing, asOf: at(20), base });
    expect(await problemOf(made)).toMatchObject({ code });
  });
});

/** One row of the model: times are seconds. */
interface Version {
  readonly id: number;
  readonly v: string | null;
  readonly u: number;
  readonly from: number;
  to: number | null;
  readonly deleted: boolean;
  readonly updated: number;
}
type State = readonly { readonly id: number; readonly v: string | null; readonly u: number }[];

/** What docs/snapshots.md says, row by row. */
function next(versions: readonly Version[], state: State, now: number, config: ModelConfig): Version[] {
  const result = versions.map((version) => ({ ...version }));
  const useClock = config.updated_at === undefined;
  for (const row of state) {
    const own = result.filter(({ id }) => id === row.id);
    const current = own.find(({ to }) => to === null);
    const updated = useClock ? now : row.u;
    if (current && !current.deleted) {
      const changed =
        config.strategy === "timestamp" ? current.updated < row.u : current.v !== row.v || current.u !== row.u;
      if (!changed) continue;
    }
    const before = current ? current.from : own.length === 0 ? undefined : Math.max(...own.map(({ to }) => to ?? 0));
    const from = before === undefined || updated > before ? updated : Math.max(now, before);
    if (current) current.to = from;
    result.push({ ...row, from, to: null, deleted: false, updated });
  }
  if (config.hard_deletes === "ignore") return result;
  const there = new Set(state.map(({ id }) => id));
  for (const version of [...result]) {
    if (version.to !== null || version.deleted || there.has(version.id)) continue;
    version.to = Math.max(now, version.from);
    if (config.hard_deletes === "new_record")
      result.push({ ...version, from: version.to, to: null, deleted: true, updated: version.to });
  }
  return result;
}

const anyState: fc.Arbitrary<State> = fc.uniqueArray(
  fc.record({
    id: fc.integer({ min: 1, max: 4 }),
    v: fc.constantFrom("a", "b", null),
    u: fc.integer({ min: 0, max: 59 }),
  }),
  { selector: ({ id }) => id, maxLength: 4 },
);
const anyConfig: fc.Arbitrary<ModelConfig> = fc
  .record({
    strategy: fc.constantFrom("timestamp", "check"),
    hard_deletes: fc.constantFrom<"ignore" | "invalidate" | "new_record">("ignore", "invalidate", "new_record"),
    withUpdatedAt: fc.boolean(),
  })
  .map(({ strategy, hard_deletes, withUpdatedAt }) => ({
    strategy,
    hard_deletes,
    unique_key: ["id"],
    ...(strategy === "check" && { check_cols: "all" as const }),
    ...((withUpdatedAt || strategy === "timestamp") && { updated_at: "u" }),
  }));

test("random histories are those of the model, never overlap, and their current rows are the store's", async () => {
  let histories = 0;
  await fc.assert(
    fc.asyncProperty(anyConfig, fc.array(anyState, { minLength: 1, maxLength: 5 }), async (config, states) => {
      histories++;
      let build: Build | undefined;
      let model: Version[] = [];
      for (const [i, state] of states.entries()) {
        const now = (i + 1) * 10;
        const rows = state.map(({ id, v, u }): Row => [id, v, u]);
        build = (await snapshotRows(warehouse, { config, landing: source(rows), asOf: at(now), base: build })).build;
        model = next(model, state, now, config);
      }
      const deleted = config.hard_deletes === "new_record" ? "dbt_is_deleted" : "'False'";
      const columns = `id, v, u, dbt_valid_from as f, dbt_valid_to as t, ${deleted} as d, dbt_updated_at as up`;
      const actual = await rowsOf(warehouse, build as Build, columns, "all");
      const second = (value: number | null) => (value === null ? null : text(value).slice(-2));
      const expected = model.map(({ id, v, u, from, to, deleted: gone, updated }) =>
        [String(id), v, second(u), second(from), second(to), gone ? "True" : "False", second(updated)].join(" "),
      );
      expect(actual.map((row) => row.map(short).join(" ")).sort()).toEqual(expected.sort());

      const ids = await rowsOf(warehouse, build as Build, "dbt_scd_id");
      expect(new Set(ids.flat()).size).toBe(ids.length);
      for (const key of new Set(model.map(({ id }) => id))) {
        const own = model.filter(({ id }) => id === key);
        const ordered = own.sort((a, b) => a.from - b.from || (a.to ?? 99) - (b.to ?? 99));
        for (const [i, { from, to }] of ordered.entries()) {
          if (to !== null) expect(to).toBeGreaterThanOrEqual(from);
          const following = ordered[i + 1];
          if (following) expect(following.from).toBeGreaterThanOrEqual(to ?? 99);
        }
      }
      if (config.strategy === "check" && config.hard_deletes !== "ignore") {
        const current = actual
          .filter((row) => row[4] === null && row[5] === "False")
          .map((row) => row.slice(0, 3).map(short).join(" "));
        expect(current.sort()).toEqual(
          (states.at(-1) ?? []).map(({ id, v, u }) => [String(id), v, second(u)].join(" ")).sort(),
        );
      }
    }),
    { numRuns: Number(process.env.MESH_TEST_HISTORIES ?? 60) },
  );
  expect(histories).toBeGreaterThan(0);
}, 120_000);
