// Values of every type through the staging file and DuckDB's cast, compared with what went in.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readFooter, writeRows } from "../../core/rows/index.ts";
import { cellExpression } from "../../core/warehouse/duckdb/cell-expression.ts";

let folder: string;
let duckdb: DuckDBConnection;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mesh-rows-"));
  duckdb = await (await DuckDBInstance.create(":memory:")).connect();
  await duckdb.run("set timezone = 'Asia/Kathmandu'");
});
afterAll(async () => {
  duckdb.closeSync();
  await rm(folder, { recursive: true });
});

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** Writes one column, casts it as a warehouse does and gives back `show` of each value. */
async function through(type: string, values: readonly unknown[], show: string): Promise<readonly unknown[]> {
  const path = join(folder, `${files++}.parquet`);
  const rows = values.map((v, i) => ({ i, v }));
  const columns = [
    { name: "i", type: "integer" },
    { name: "v", type },
  ];
  const written = await writeRows({ path, columns, rows: each(rows) });
  expect(written.rows).toBe(values.length);
  // The warehouse's own reading of a cell: what one writes the other must take, and take for the same value.
  const cast = cellExpression("v", type, 2, "text");
  const read = await duckdb.runAndReadAll(
    `select ${show} from (select i::integer as i, ${cast} as v from read_parquet('${path}')) order by i`,
  );
  await rm(path);
  return read.getRows().map((row) => row[0]);
}

const nullable = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.array(fc.option(arbitrary, { nil: null, freq: 6 }), { minLength: 1, maxLength: 30 });

async function holdsFor<T>(
  type: string,
  arbitrary: fc.Arbitrary<T>,
  show: string,
  expected: (value: T) => unknown,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(nullable(arbitrary), async (values) => {
      const out = await through(type, values, show);
      expect(out).toEqual(values.map((value) => (value === null ? null : expected(value))));
    }),
    { numRuns: 25 },
  );
}

const bits = (n: bigint, sign: boolean) =>
  fc.bigInt(sign ? { min: -(1n << (n - 1n)), max: (1n << (n - 1n)) - 1n } : { min: 0n, max: (1n << n) - 1n });
const edges = (arbitrary: fc.Arbitrary<bigint>, ...extra: bigint[]) => fc.oneof(arbitrary, fc.constantFrom(...extra));

test.each<[string, fc.Arbitrary<bigint>]>([
  ["tinyint", bits(8n, true)],
  ["smallint", bits(16n, true)],
  ["integer", bits(32n, true)],
  ["bigint", edges(bits(64n, true), 9007199254740993n, 9223372036854775807n, -9223372036854775808n)],
  ["hugeint", edges(bits(128n, true), (1n << 127n) - 1n)],
  ["utinyint", bits(8n, false)],
  ["ubigint", edges(bits(64n, false), 18446744073709551615n)],
  ["uhugeint", bits(128n, false)],
])("%s is exact over its whole range", async (type, arbitrary) => {
  await holdsFor(type, arbitrary, "v::varchar", String);
});

test("plain numbers are integers too", async () => {
  await holdsFor("bigint", fc.maxSafeInteger(), "v::varchar", String);
});

test("decimals keep every digit", async () => {
  const text = fc
    .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 26n - 1n }), fc.bigInt({ min: 0n, max: 10n ** 12n - 1n }))
    .map(([minus, a, b]) => `${minus && a + b > 0n ? "-" : ""}${a}.${b.toString().padStart(12, "0")}`);
  await holdsFor("decimal(38, 12)", text, "v::varchar", String);
});

test("a number is the decimal that its shortest form says", async () => {
  const cents = fc.integer({ min: -1e9, max: 1e9 });
  await holdsFor(
    "decimal(18, 2)",
    cents.map((n) => n / 100),
    "(v * 100)::bigint::varchar",
    (n) => String(Math.round(n * 100)),
  );
  await holdsFor("decimal(38, 20)", fc.constantFrom(1e-7, 1.5e-10, 123, -2e-20), "v::double", (n) => n);
});

test("doubles keep every bit, NaN and infinities included", async () => {
  const values = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 5e-324, Number.MAX_VALUE));
  await holdsFor("double", values, "v", (n) => n);
});

test("floats are the nearest float", async () => {
  await holdsFor("float", fc.float(), "v", (n) => n);
});

test("text is text, whatever is in it", async () => {
  await holdsFor("varchar", fc.string({ unit: "binary" }), "v", (s) => s);
  await holdsFor(
    "text",
    fc.constantFrom("", "null", "\\N", '"', "a,b\nc\r\n", "\u0000", "𐍈", " trailing "),
    "v",
    (s) => s,
  );
});

test("booleans, UUIDs and bytes", async () => {
  await holdsFor("boolean", fc.boolean(), "v", (b) => b);
  await holdsFor("uuid", fc.uuid(), "v::varchar", (id) => id);
  await holdsFor("blob", fc.uint8Array(), "lower(hex(v))", (bytes) => Buffer.from(bytes).toString("hex"));
});

test("JSON is the value, a string included", async () => {
  await holdsFor(
    "json",
    fc.jsonValue().filter((v) => v !== null),
    "v::varchar",
    (v) =>
      expect.toSatisfy((text) => {
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(v)));
        return true;
      }),
  );
});

const years = { min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true };
const micros = fc.bigInt({ min: BigInt(years.min.getTime()) * 1000n, max: BigInt(years.max.getTime()) * 1000n + 999n });

test("timestamps are exact to the microsecond, before 1970 too", async () => {
  await holdsFor("timestamp", micros, "epoch_us(v)::varchar", String);
  await holdsFor("timestamptz", micros, "epoch_us(v)::varchar", String);
  await holdsFor("timestamp", fc.date(years), "epoch_us(v)::varchar", (d) => `${BigInt(d.getTime()) * 1000n}`);
  await holdsFor(
    "timestamp with time zone",
    fc.date(years),
    "epoch_us(v)::varchar",
    (d) => `${BigInt(d.getTime()) * 1000n}`,
  );
});

test("timestamps as text keep their microseconds and their offset", async () => {
  const out = await through(
    "timestamptz",
    [
      "2024-05-31T10:00:00.123456Z",
      "2024-05-31T10:00:00.123456+02:00",
      "1900-01-01 00:00:00-0330",
      "2024-01-01T00:00:00+05",
    ],
    "epoch_us(v)::varchar",
  );
  expect(out).toEqual(["1717149600123456", "1717142400123456", "-2208976200000000", "1704049200000000"]);
  expect(await through("timestamp", ["1969-12-31T23:59:59.999999"], "v::varchar")).toEqual([
    "1969-12-31 23:59:59.999999",
  ]);
});

test("dates and times", async () => {
  const day = fc.date(years).map((d) => d.toISOString().slice(0, 10));
  await holdsFor("date", day, "v::varchar", (d) => d);
  await holdsFor(
    "date",
    day.map((d) => new Date(`${d}T00:00:00Z`)),
    "v::varchar",
    (d) => d.toISOString().slice(0, 10),
  );
  expect(await through("time", ["00:00:00", "23:59:59.999999"], "v::varchar")).toEqual(["00:00:00", "23:59:59.999999"]);
});

test("lists and structs, NULL and empty apart", async () => {
  const sixtyFour = edges(bits(64n, true), 9223372036854775807n);
  await holdsFor(
    "bigint[]",
    fc.array(fc.option(sixtyFour)),
    "v::varchar",
    (list) => `[${list.map((n) => n ?? "NULL").join(", ")}]`,
  );
  await holdsFor("varchar[]", fc.array(fc.string()), "to_json(v)::varchar", (list) =>
    expect.toSatisfy((t) => {
      expect(JSON.parse(t)).toEqual(list);
      return true;
    }),
  );
  await holdsFor("double[]", fc.array(fc.double()), "to_json(list_transform(v, x -> x::varchar))::varchar", (list) =>
    expect.toSatisfy((t) => {
      expect((JSON.parse(t) as string[]).map((s) => Number(s.replace("inf", "Infinity")))).toEqual(list);
      return true;
    }),
  );
  expect(await through("decimal(10,2)[][]", [[["1.10", 2.5], []], [], null], "v::varchar")).toEqual([
    "[[1.10, 2.50], []]",
    "[]",
    null,
  ]);
  expect(await through("timestamp[]", [[new Date("1969-01-01T00:00:00.001Z")]], "v::varchar")).toEqual([
    "['1969-01-01 00:00:00.001']",
  ]);
  expect(
    await through(
      'struct(a bigint, "b c" struct(d date[]))',
      [{ a: 9007199254740993n, "b c": { d: ["2024-02-29", null] } }],
      "v::varchar",
    ),
  ).toEqual(["{'a': 9007199254740993, 'b c': {'d': [2024-02-29, NULL]}}"]);
});

test("row groups are bounded, none is lost, and the footer says so", async () => {
  const path = join(folder, "many.parquet");
  async function* rows() {
    for (let i = 0; i < 45_000; i += 500) {
      yield Array.from({ length: 500 }, (_, j) => ({ id: i + j, name: (i + j) % 3 === 0 ? null : `n${i + j}` }));
    }
  }
  const seen: number[] = [];
  const columns = [
    { name: "id", type: "integer" },
    { name: "name", type: "varchar" },
  ];
  const { rows: count } = await writeRows({ path, columns, rows: rows(), onProgress: (p) => seen.push(p.rows) });
  expect(count).toBe(45_000);
  expect(seen.at(-1)).toBe(45_000);
  expect(seen.length).toBeGreaterThan(10);
  const footer = await readFooter(path);
  expect([footer.rows, footer.rowGroups]).toEqual([45_000, 3]);
  const read = await duckdb.runAndReadAll(
    `select count(*), count(distinct id::int), count(name), sum(id::int) from read_parquet('${path}')`,
  );
  expect(read.getRows()[0]?.map(Number)).toEqual([45_000, 45_000, 30_000, (44_999 * 45_000) / 2]);
});

test("a group of large rows is written early", async () => {
  const path = join(folder, "large.parquet");
  const rows = Array.from({ length: 12 }, (_, i) => ({ v: String(i).repeat(4 * 1024 * 1024) }));
  await writeRows({ path, columns: [{ name: "v", type: "varchar" }], rows: each(rows) });
  expect((await readFooter(path)).rowGroups).toBe(4);
  const read = await duckdb.runAndReadAll(`select sum(length(v)) from read_parquet('${path}')`);
  expect(Number(read.getRows()[0]?.[0])).toBe(14 * 4 * 1024 * 1024);
});

test("no rows make a readable file with the columns", async () => {
  const path = join(folder, "none.parquet");
  await writeRows({
    path,
    columns: [
      { name: "1", type: "date" },
      { name: "a b", type: "json" },
    ],
    rows: each([]),
  });
  const read = await duckdb.runAndReadAll(`select * from read_parquet('${path}')`);
  expect(read.columnNames()).toEqual(["1", "a b"]);
  expect(await readFooter(path)).toEqual({
    rows: 0,
    rowGroups: 0,
    columns: ["1", "a b"].map((name) => ({ name, nested: false, nulls: 0, values: 0 })),
  });
});

test("the footer of a file DuckDB wrote is read whatever its types and compression", async () => {
  const path = join(folder, "duck.parquet");
  await duckdb.run(`copy (select i, case when i % 4 = 0 then null else i::decimal(20,3) end as d, uuid() as u, [i, i] as l
    from range(250000) t(i)) to '${path}' (format parquet, compression zstd, row_group_size 100000)`);
  const footer = await readFooter(path);
  expect(footer.rows).toBe(250_000);
  expect(footer.rowGroups).toBeGreaterThan(1);
  expect(footer.columns.slice(0, 3)).toEqual([
    { name: "i", nested: false, nulls: 0, values: 250_000 },
    { name: "d", nested: false, nulls: 62_500, values: 250_000 },
    { name: "u", nested: false, nulls: 0, values: 250_000 },
  ]);
});
