// Folders of files as stores: every format to the warehouse and its account, what is refused with its place, and files that change.
import { appendFile, mkdir, mkdtemp, rename, rm, symlink, unlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ColumnSchema } from "../../core/manifest/index.ts";
import { countCsv, countNdjson } from "../../core/source/files/count-text.ts";
import { csvRecords } from "../../core/source/files/csv-records.ts";
import { globToRegExp } from "../../core/source/files/glob.ts";
import type { FilesConnection } from "../../core/source/files/options.ts";
import {
  type ConsistentSession,
  type CursorWindow,
  openStore,
  type StoreConnection,
  type StoreSettings,
} from "../../core/source/index.ts";
import { parseCopyCsv } from "../support/copy-csv-rows.ts";
import { bytesOf, named } from "../support/extract-all.ts";
import { landAccounted } from "../support/land-accounted.ts";
import { READING } from "../support/policies.ts";
import { failureOf } from "../support/read-store.ts";

let root: string;
let connection: StoreConnection;
let session: ConsistentSession;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mesh files #[1]*-"));
});
afterEach(async () => {
  await connection?.close();
  await rm(root, { recursive: true, force: true });
});

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

async function open(options: Partial<FilesConnection> = {}, reading = {}): Promise<void> {
  await connection?.close();
  connection = await openStore({
    id: "shop.drop",
    client: "files",
    connection: { path: root, ...options } as unknown as Readonly<Record<string, unknown>>,
    reading: { ...READING, ...reading },
  });
  session = await connection.openConsistentSession();
}

const typed = (types: Readonly<Record<string, string>>): readonly ColumnSchema[] =>
  Object.entries(types).map(([name, type]) => ({ name, type }));

function extract(identifier: string, types: Readonly<Record<string, string>>, window?: CursorWindow) {
  return session.extract({ table: { identifier }, columns: named(typed(types)), window });
}

async function rowsOf(identifier: string, types: Readonly<Record<string, string>>, window?: CursorWindow) {
  const chunks: Uint8Array[] = [];
  const extraction = await extract(identifier, types, window);
  for await (const chunk of bytesOf(extraction)) chunks.push(chunk);
  const rows = parseCopyCsv(Buffer.concat(chunks).toString());
  expect(extraction.rows()).toBe(rows.length);
  return rows;
}

/** Lands them; both arms of the account must agree. */
async function landed(identifier: string, types: Readonly<Record<string, string>>, window?: CursorWindow) {
  const both = await landAccounted(await extract(identifier, types, window), typed(types));
  const { rows, values, checksum } = both.store;
  expect({ rows, values, checksum }).toEqual(both.landed);
  return both.rows;
}

const EVERYTHING = {
  id: "BIGINT",
  small: "UTINYINT",
  price: "DECIMAL(12,3)",
  ratio: "DOUBLE",
  single: "FLOAT",
  flag: "BOOLEAN",
  name: "VARCHAR",
  bytes: "BLOB",
  day: "DATE",
  clock: "TIME",
  at: "TIMESTAMP",
  since: "TIMESTAMPTZ",
  uid: "UUID",
  doc: "JSON",
};
const HEADER = Object.keys(EVERYTHING).join(",");
const FULL = `9007199254740993,255,+12.34,0.30000000000000004,0.1,t,"it's ""quoted"", 漢字 😀",\\x00fF,2024-02-29,23:59:59.500,2024-02-29T10:00:00.120,2024-02-29 23:30:00.5-0530,A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11,"{""a"": 1.10}"`;
const NOTHING = ",".repeat(Object.keys(EVERYTHING).length - 1);
const ODD = `-0007,0,.5,-Infinity,nan,FALSE,"",,0000-12-31,24:00:00,0000-12-31,9999-12-31T23:59:59Z,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,null`;
const LANDED = [
  [
    "9007199254740993",
    "255",
    "12.340",
    "0.30000000000000004",
    "0.1",
    "true",
    `it's "quoted", 漢字 😀`,
    "\\x00\\xFF",
  ].concat([
    "2024-02-29",
    "23:59:59.5",
    "2024-02-29 10:00:00.12",
    "2024-03-01 05:00:00.5+00",
    "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    `{"a": 1.10}`,
  ]),
  Object.keys(EVERYTHING).map(() => null),
  [
    "-7",
    "0",
    "0.500",
    "-inf",
    "nan",
    "false",
    "",
    null,
    "0001-12-31 (BC)",
    "24:00:00",
    "0001-12-31 (BC) 00:00:00",
  ].concat(["9999-12-31 23:59:59+00", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "null"]),
];

describe("CSV", () => {
  test("every type lands exactly and is accounted for, plain, packed, with carriage returns and with a byte order mark", async () => {
    const text = [HEADER, FULL, NOTHING, ODD].join("\n");
    await put("plain.csv", `${text}\n`);
    await put("packed.csv.gz", gzipSync(text));
    await put("windows.csv", `\ufeff${text.replaceAll("\n", "\r\n")}\r\n`);
    await put("tabs.tsv", `${[HEADER, NOTHING, ODD].join("\n").replaceAll(",", "\t")}\n`);
    await open();
    for (const file of ["plain.csv", "packed.csv.gz", "windows.csv"])
      expect([file, await landed(file, EVERYTHING)]).toEqual([file, LANDED]);
    expect(await landed("tabs.tsv", EVERYTHING)).toEqual(LANDED.slice(1));
  });

  test("columns are taken by name from every file of a pattern, and only those declared", async () => {
    await put("orders/2024/a.csv", "id,secret,name\n1,x,one\n");
    await put("orders/2025/b.csv", 'name,id,more\ntwo,2,y\n"three\nlines",3,z\n');
    await put("orders/.hidden.csv", "nothing\n");
    await put("orders/note.txt", "no table");
    await symlink(join(root, "orders/2024/a.csv"), join(root, "orders/linked.csv"));
    await open();
    expect(await session.columns({ identifier: "orders/20*/*.csv" })).toEqual(
      ["id", "secret", "name", "more"].map((name) => ({ name, storeType: "text", type: undefined, nullable: true })),
    );
    const types = { name: "VARCHAR", id: "BIGINT" };
    const byId = (rows: (string | null)[][]) => rows.sort((a, b) => Number(a[1]) - Number(b[1]));
    expect(byId(await landed("orders/20*/*.csv", types))).toEqual([
      ["one", "1"],
      ["two", "2"],
      ["three\nlines", "3"],
    ]);
    expect(await rowsOf("orders/**/*.csv", types)).toHaveLength(4);
    expect(await session.columns({ identifier: "orders/*.parquet" })).toBeUndefined();
    expect(await session.tables()).toContain("orders/note.txt");
  });

  test("the dialect is the store's, or the table's own", async () => {
    await put("semi.csv", "id;v\n1;\\N\n2;\n3;'x'\n");
    await put("bare.csv", '7;a"b\n8;\n');
    await open({ delimiter: ";", null: "\\N", tables: { "bare.csv": { header: false, quotes: false, null: "" } } });
    expect(await landed("semi.csv", { id: "BIGINT", v: "VARCHAR" })).toEqual([
      ["1", null],
      ["2", ""],
      ["3", "'x'"],
    ]);
    expect(await landed("bare.csv", { column_2: "VARCHAR", column_1: "BIGINT" })).toEqual([
      ['a"b', "7"],
      [null, "8"],
    ]);
  });

  test.each([
    ["a row with too few cells", "id,v\n1,a\n2\n", 3, "it has 1 cell where 2 are expected"],
    ["a row with too many", "id,v\n1,a,b\n", 2, "it has 3 cells where 2"],
    ["a row in the middle of nothing", "id,v\n1,a\n\n2,b\n", 3, "1 cell where 2"],
    ["a quote without an end", 'id,v\n1,"a\n2,b\n', 2, "a quoted cell has no end"],
    ["a quote inside of a cell", 'id,v\n1,a\n2,5" pipe\n', 3, "a quote stands inside"],
    ["text behind a quoted cell", 'id,v\n1,"a"b\n', 2, "something stands between"],
    ["a carriage return in a cell", "id,v\n1,a\rb\n", 2, "a carriage return stands outside"],
    ["a column named twice", "id,v,id\n1,a,2\n", 1, "the header names `id` twice"],
    ["nothing at all", "", 1, "it is empty"],
    ["bytes that are not UTF-8", Buffer.from("id,v\n1,a\n2,\xff\n", "latin1"), 3, "not UTF-8"],
    ["half a character at the end", Buffer.from([...Buffer.from("id,v\n1,"), 0xc3]), 2, "not UTF-8"],
  ] as const)("%s is refused with its line", async (_, content, line, reason) => {
    await put("in/bad.csv", content);
    await open();
    const error = await failureOf(rowsOf("in/*.csv", { id: "BIGINT", v: "VARCHAR" }));
    expect(error.code).toBe("files/malformed");
    expect(error.message).toContain(`in/bad.csv of the store \`shop.drop\` is malformed in line ${line}: `);
    expect(error.message).toContain(reason);
  });

  test("values that do not fit are all counted, with the place of the first and never the value", async () => {
    await put("a.csv", "id,d\n1,2024-01-01\nx17secret,2024-1-1\n9223372036854775808,soon-secret\n");
    await open();
    const error = await failureOf(rowsOf("a.csv", { id: "BIGINT", d: "DATE" }));
    expect(error.code).toBe("store/value-not-representable");
    expect(error.message).toContain("`id` (BIGINT) in 2 rows, the first in line 3 of a.csv");
    expect(error.message).toContain("`d` (DATE) in 2 rows, the first in line 3 of a.csv");
    expect(error.message).not.toContain("secret");
  });

  test.each([
    ["BIGINT", ["1.0", " 1", "", "1e3", "1_000"]],
    ["DECIMAL(5,2)", ["1.234", "1000", "1e2", "NaN", "1,0"]],
    ["DOUBLE", ["1e999", "0x10", "one", "1."]],
    ["FLOAT", ["1e39"]],
    ["BOOLEAN", ["yes", "2", "TRUE "]],
    ["DATE", ["2024-1-1", "20240101", "2024-01-01 00:00:00"]],
    ["TIMESTAMP", ["2024-01-01 10:00:00Z", "2024-01-01 10:00:00.1234567", "1700000000"]],
    ["TIMESTAMPTZ", ["2024-01-01 10:00:00", "2024-01-01"]],
    ["UUID", ["a0eebc999c0b4ef8bb6d6bb9bd380a11"]],
    ["JSON", ["{a: 1}", "{"]],
    ["BLOB", ["abc", "zz"]],
  ])("a %s is written in its own form or refused", async (type, texts) => {
    const bad = texts.filter((text) => text !== "1.");
    await put("a.csv", `v\n${bad.map((text) => `"${text.replaceAll('"', '""')}"`).join("\n")}\n`);
    await open();
    const error = await failureOf(rowsOf("a.csv", { v: type }));
    expect(error.message).toContain(`in ${bad.length} row`);
  });

  test("a file that lacks a declared column is refused, and a type that no text has", async () => {
    await put("a.csv", "id,v\n1,a\n");
    await put("b.csv", "id\n2\n");
    await open();
    expect(await failureOf(rowsOf("*.csv", { id: "BIGINT", v: "VARCHAR" }))).toMatchObject({
      code: "files/column-missing",
    });
    expect(await failureOf(extract("a.csv", { id: "INTERVAL" }))).toMatchObject({ code: "store/type-not-exact" });
    expect(await failureOf(extract("c.csv", { id: "BIGINT" }))).toMatchObject({ code: "store/query-failed" });
  });
});

describe("NDJSON", () => {
  const TYPES = {
    id: "BIGINT",
    price: "DECIMAL(20,2)",
    ratio: "DOUBLE",
    name: "VARCHAR",
    tags: "JSON",
    flag: "BOOLEAN",
    at: "TIMESTAMPTZ",
  };

  test("numbers keep their digits, nested values their text, and missing keys are NULL", async () => {
    const lines = [
      `{"id": 9007199254740993, "price": 123456789012345678.90, "ratio": 1e-7, "name": "a\\u00e9\\n\\"b\\"", "tags": {"deep": [1.10, "}"]}, "flag": true, "at": "2024-01-01T10:00:00+02:00", "more": 1}`,
      `{"tags":"text"}`,
      `{ "id" : -1 , "name" : "" , "tags" : null, "flag" : false }`,
    ];
    await put("events.ndjson", lines.join("\n"));
    await put("events.jsonl.gz", gzipSync(`${lines.join("\n")}\n`));
    await open();
    expect((await session.columns({ identifier: "events.ndjson" }))?.map(({ name }) => name)).toEqual([
      "id",
      "price",
      "ratio",
      "name",
      "tags",
      "flag",
      "at",
      "more",
    ]);
    const expected = [
      [
        "9007199254740993",
        "123456789012345678.90",
        "1e-07",
        'aé\n"b"',
        `{"deep": [1.10, "}"]}`,
        "true",
        "2024-01-01 08:00:00+00",
      ],
      [null, null, null, null, '"text"', null, null],
      ["-1", null, null, "", null, "false", null],
    ];
    expect(await landed("events.ndjson", TYPES)).toEqual(expected);
    expect(await landed("events.jsonl.gz", TYPES)).toEqual(expected);
  });

  test.each([
    ["no JSON", '{"id": 1}\n{"id": 2\n', 2],
    ["a list", '{"id": 1}\n{"id": 2}\n[3]\n', 3],
    ["an empty line", '{"id": 1}\n\n{"id": 2}\n', 2],
    ["a key twice", '{"id": 1, "id": 2}\n', 1],
  ])("%s is refused with its line", async (_, content, line) => {
    await put("e.ndjson", content);
    await open();
    const error = await failureOf(rowsOf("e.ndjson", { id: "BIGINT" }));
    expect(error.code).toBe("files/malformed");
    expect(error.message).toContain(`in line ${line}:`);
  });

  test("keys that no row has yet are columns when they are optional", async () => {
    await put("e.ndjson", '{"id": 1}\n');
    await open({ optional: ["later"] });
    expect((await session.columns({ identifier: "e.ndjson" }))?.map(({ name }) => name)).toEqual(["id", "later"]);
    expect(await landed("e.ndjson", { id: "BIGINT", later: "VARCHAR" })).toEqual([["1", null]]);
  });
});

describe("Parquet", () => {
  const write = async (path: string, select: string) => {
    const instance = await DuckDBInstance.create(":memory:");
    const writer = await instance.connect();
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writer.run(
      `SET TimeZone = 'UTC'; COPY (${select}) TO '${join(root, path).replaceAll("'", "''")}' (FORMAT parquet)`,
    );
    writer.closeSync();
    instance.closeSync();
  };
  const TYPES = {
    id: "BIGINT",
    big: "HUGEINT",
    price: "DECIMAL(30,4)",
    ratio: "DOUBLE",
    single: "FLOAT",
    flag: "BOOLEAN",
    name: "VARCHAR",
    bytes: "BLOB",
    day: "DATE",
    clock: "TIME",
    at: "TIMESTAMP",
    since: "TIMESTAMPTZ",
    uid: "UUID",
    doc: "JSON",
    tags: "BIGINT[]",
  };
  const SELECT = `SELECT * FROM (VALUES
    (1::BIGINT, 2::BIGINT, 12.5::DECIMAL(30,4), 0.1 + 0.2::DOUBLE, 0.1::FLOAT, true, 'it''s "q", 漢字' || chr(10) || 'x', '\\x00\\xFF'::BLOB, DATE '2024-02-29', TIME '23:59:59.5', TIMESTAMP '2024-02-29 10:00:00.12', TIMESTAMPTZ '2024-02-29 10:00:00+02', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID, '{"a": 1.10}', [1, NULL, 9007199254740993]::BIGINT[]),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (-1, 0, -0.0001, 'nan', '-inf', false, '', ''::BLOB, DATE '0044-03-15 (BC)', TIME '00:00:00', TIMESTAMP '1969-12-31 23:59:59.999999', TIMESTAMPTZ '0001-01-01 00:00:00+00', NULL, 'null', []))
    AS t(id, big, price, ratio, single, flag, name, bytes, day, clock, "at", since, uid, doc, tags)`;

  test("every type lands exactly and is accounted for, and folders in its path are no columns", async () => {
    await write("y=2024/a[1].parquet", SELECT);
    await open();
    expect((await session.columns({ identifier: "y=2024/*.parquet" }))?.map(({ name, type }) => [name, type])).toEqual(
      Object.entries(TYPES).map(([name, type]) => [
        name,
        { HUGEINT: "BIGINT", JSON: "VARCHAR", TIMESTAMPTZ: "TIMESTAMP WITH TIME ZONE" }[type] ?? type,
      ]),
    );
    const { tags: _, ...flat } = TYPES;
    const rows = await landed("y=2024/*.parquet", flat);
    expect(rows[0]).toEqual([
      "1",
      "2",
      "12.5000",
      "0.30000000000000004",
      "0.1",
      "true",
      `it's "q", 漢字\nx`,
      "\\x00\\xFF",
      "2024-02-29",
      "23:59:59.5",
      "2024-02-29 10:00:00.12",
      "2024-02-29 08:00:00+00",
      "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
      `{"a": 1.10}`,
    ]);
    expect(rows[1]).toEqual(Object.keys(flat).map(() => null));
    expect(rows[2]?.slice(2, 9)).toEqual(["-0.0001", "nan", "-inf", "false", "", "", "0044-03-15 (BC)"]);
  });

  test("a list is landed, counted, and left out of the checksum with the reason", async () => {
    await write("a.parquet", SELECT);
    await open();
    const types = { id: "BIGINT", tags: "BIGINT[]" };
    const both = await landAccounted(await extract("a.parquet", types), typed(types));
    expect(both.rows.map(([, tags]) => tags)).toEqual(["[1, NULL, 9007199254740993]", null, "[]"]);
    expect(both.store).toMatchObject({ ...both.landed, unchecked: [{ column: "tags" }] });
  });

  test.each([
    ["DOUBLE", "FLOAT", "1.5::DOUBLE"],
    ["BIGINT", "DOUBLE", "9007199254740993::BIGINT"],
    ["DECIMAL(4,2)", "DOUBLE", "1.10::DECIMAL(4,2)"],
    ["VARCHAR", "BIGINT", "'1'"],
    ["TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP '2024-01-01'"],
    ["TIMESTAMP WITH TIME ZONE", "TIMESTAMP", "TIMESTAMPTZ '2024-01-01'"],
    ["TIMESTAMP_NS", "TIMESTAMP", "TIMESTAMP_NS '2024-01-01 00:00:00.123456789'"],
    ["DECIMAL(4,2)[]", "DECIMAL(4,2)[]", "[1.10::DECIMAL(4,2)]"],
  ])("%s declared %s is refused", async (_, declared, value) => {
    await write("a.parquet", `SELECT ${value} AS v`);
    await open();
    expect(await failureOf(rowsOf("a.parquet", { v: declared }))).toMatchObject({ code: "store/type-not-exact" });
  });

  test.each([
    ["'secret 4711'", "UUID"],
    ["4711::BIGINT", "TINYINT"],
    ["4711.5::DECIMAL(8,2)", "DECIMAL(3,2)"],
  ])("%s that is no %s is told by no failure of the account", async (value, declared) => {
    await write("a.parquet", `SELECT ${value} AS v`);
    await open();
    const error = await failureOf((await extract("a.parquet", { v: declared })).account({ checksum: true }));
    expect(error).toMatchObject({ code: "files/malformed", message: expect.stringContaining("a.parquet") });
    expect(`${error.message} ${error.help}`).not.toMatch(/secret|4711/);
  });

  test("a fraction declared as an integer, and a file that is none, are refused", async () => {
    await write("a.parquet", "SELECT 1.5::DECIMAL(4,2) AS v");
    await put("b.parquet", "PAR1 but not really PAR1");
    await put("c.parquet", "");
    await open();
    expect((await failureOf(landed("a.parquet", { v: "BIGINT" }))).code).toBe("warehouse/bad-cell");
    for (const name of ["b.parquet", "c.parquet"])
      expect((await failureOf(session.columns({ identifier: name }))).code).toBe("files/malformed");
  });

  test("200,000 rows are read in windows and whole", async () => {
    await write(
      "many.parquet",
      "SELECT i AS id, 'name ' || i AS name, i * 0.5::DOUBLE AS amount FROM range(200000) r(i)",
    );
    await open();
    const types = { id: "BIGINT", name: "VARCHAR", amount: "DOUBLE" };
    expect(await landed("many.parquet", types)).toHaveLength(200_000);
    const window = { identifier: "id", type: "BIGINT", from: "100", to: "110" };
    expect((await landed("many.parquet", types, window)).map(([id]) => id)).toEqual(
      Array.from({ length: 10 }, (_, i) => String(100 + i)),
    );
  });
});

test("formats may be mixed in one table, and several readers share its files", async () => {
  for (let i = 0; i < 7; i++) await put(`t/${i}.csv`, `id\n${i}\n`);
  await put("t/8.ndjson", '{"id": 8}\n{"id": 9}\n');
  await open({}, { readers: 3 });
  const extraction = await extract("t/*", { id: "BIGINT" });
  expect(extraction.parts).toHaveLength(3);
  const { rows, store, landed: found } = await landAccounted(extraction, typed({ id: "BIGINT" }));
  expect(rows.map(([id]) => Number(id)).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 8, 9]);
  expect(store).toMatchObject(found);
});

describe("a window", () => {
  test("of times and numbers is exact in text files, and what cannot be compared is refused", async () => {
    await put("a.csv", "id,at\n1,2024-01-01 00:00:00Z\n2,2024-01-01T01:30:00+02:00\n3,\n4,2024-01-02 00:00:00Z\n");
    await put("b.csv", "id,at\n5,2024-01-01 00:00:00.5Z\n");
    await put("c.csv", "id,at\n6,soon\n");
    await open();
    const window = {
      identifier: "at",
      type: "TIMESTAMPTZ",
      from: "2024-01-01 00:00:00+00",
      to: "2024-01-02 00:00:00+00",
    };
    const types = { id: "BIGINT", at: "TIMESTAMPTZ" };
    const ids = (await landed("{a,b}.csv", types, window)).map(([id]) => id).sort();
    expect(ids).toEqual(["1", "5"]);
    expect((await failureOf(rowsOf("*.csv", types, window))).code).toBe("store/value-not-representable");
    const byId = { identifier: "id", type: "BIGINT", from: "2" };
    expect((await landed("a.csv", { at: "TIMESTAMPTZ" }, byId)).length).toBe(3);
  });
});

describe("the point", () => {
  const id = { id: "BIGINT" };
  const many = `id\n${Array.from({ length: 300_000 }, (_, i) => i).join("\n")}\n`;

  test("is the files of the moment: a later one is not seen, and those changed a moment ago can be left out", async () => {
    await put("in/a.csv", "id\n1\n");
    await put("in/old.csv", "id\n2\n");
    await utimes(join(root, "in/old.csv"), new Date(Date.now() - 3_600_000), new Date(Date.now() - 3_600_000));
    const before = Date.now();
    await open();
    expect(session.asOf.getTime()).toBeGreaterThanOrEqual(before);
    await put("in/b.csv", "id\n3\n");
    expect(await rowsOf("in/*.csv", id)).toEqual([["1"], ["2"]]);
    await open({ min_age: "10m" });
    expect(await rowsOf("in/*.csv", id)).toEqual([["2"]]);
  });

  test("a file that is written, replaced, cut or removed is an error at every stage, never a mix", async () => {
    const changes: readonly (readonly [string, () => Promise<void>])[] = [
      ["written to", () => appendFile(join(root, "a.csv"), "7\n")],
      [
        "replaced",
        async () => {
          await put("b.tmp", many);
          await rename(join(root, "b.tmp"), join(root, "a.csv"));
        },
      ],
      ["cut", () => writeFile(join(root, "a.csv"), many.slice(0, 1_000))],
      ["removed", () => unlink(join(root, "a.csv"))],
    ];
    let injected = 0;
    for (const [how, change] of changes) {
      for (const stage of ["before", "middle", "account"] as const) {
        await put("a.csv", many);
        await open();
        const extraction = await extract("a.csv", id);
        const reading = bytesOf(extraction)[Symbol.asyncIterator]();
        if (stage === "middle") expect((await reading.next()).done).toBe(false);
        await change();
        injected++;
        const ending = async () => {
          while (!(await reading.next()).done);
        };
        const work = stage === "account" ? extraction.account?.({ checksum: true }) : ending();
        expect([how, stage, (await failureOf(work ?? Promise.resolve())).code]).toEqual([how, stage, "files/changed"]);
        expect(() => extraction.rows()).toThrow();
      }
    }
    console.log(`files: ${injected} changes injected, each caught`);
    expect(injected).toBe(12);
  });

  test("aborting and closing end the reading with their reason", async () => {
    await put("a.csv", many);
    await open();
    const reason = new Error("enough");
    const abort = new AbortController();
    const columns = named(typed(id));
    await expect(
      session.extract({ table: { identifier: "a.csv" }, columns, signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
    const reading = bytesOf(await session.extract({ table: { identifier: "a.csv" }, columns, signal: abort.signal }))[
      Symbol.asyncIterator
    ]();
    await reading.next();
    abort.abort(reason);
    await expect(
      (async () => {
        while (!(await reading.next()).done);
      })(),
    ).rejects.toBe(reason);
    const other = bytesOf(await extract("a.csv", id))[Symbol.asyncIterator]();
    await other.next();
    await session.close();
    await expect(
      (async () => {
        while (!(await other.next()).done);
      })(),
    ).rejects.toThrow("closed");
  });

  test("a cut gzip file is malformed and not short", async () => {
    const packed = gzipSync(many);
    for (const length of [packed.length - 1, packed.length >> 1, 30]) {
      await put("a.csv.gz", packed.subarray(0, length));
      await open();
      expect((await failureOf(rowsOf("a.csv.gz", id))).code).toBe("files/malformed");
    }
  });
});

describe("settings", () => {
  test.each([
    ["no path", {}, "store/connection-invalid"],
    ["a bucket", "gs://bucket/folder", "store/connection-invalid"],
    ["a folder that is not there", "/no/such/folder", "store/database-missing"],
    ["a path that is not absolute", "data", "store/connection-invalid"],
  ])("%s is refused", async (_, connection, code) => {
    const settings: StoreSettings = { id: "shop.drop", client: "files", reading: READING, connection };
    const error = await failureOf(openStore(settings).then((opened) => opened.openConsistentSession()));
    expect(error.code).toBe(code);
  });

  test("a file of no known format, and a query, are refused", async () => {
    await put("a.xml", "<a/>");
    await open();
    expect((await failureOf(session.columns({ identifier: "*" }))).code).toBe("files/format-unknown");
    expect((await failureOf(session.columns({ identifier: "q", query: "SELECT 1" }))).code).toBe("store/query-failed");
  });
});

test.each([
  ["*.csv", ["a.csv"], ["a/b.csv", ".a.csv", "a.csv.gz"]],
  ["a/*/c.csv", ["a/b/c.csv"], ["a/c.csv", "a/b/d/c.csv"]],
  ["**/c.csv", ["c.csv", "a/c.csv", "a/b/c.csv"], ["a/.b/c.csv", "c.csv/x"]],
  ["a/**", ["a/b", "a/b/c"], ["a", "b/a", "a/.b"]],
  ["a?.{csv,tsv}", ["ab.csv", "ab.tsv"], ["a.csv", "abc.csv", "ab.txt"]],
  ["[0-9]*.csv", ["1.csv", "12.csv"], ["a.csv"]],
  ["a.b+(c).csv", ["a.b+(c).csv"], ["aXb+(c).csv"]],
] as const)("the pattern %s", (pattern, yes, no) => {
  const regexp = globToRegExp(pattern);
  expect([...yes, ...no].filter((path) => regexp.test(path))).toEqual(yes);
});

describe("two readings of one text", () => {
  const pieces = (bytes: Uint8Array, size: number) =>
    (async function* () {
      for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
    })();
  const all = async <T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> => {
    const found: T[] = [];
    for await (const batch of batches) found.push(...batch);
    return found;
  };
  const AT = { store: "s", place: "f" };

  test("of any CSV are the same, wherever it is cut into chunks", async () => {
    const cell = fc.oneof(
      fc.constant(null),
      fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", "é", "😀", " "), maxLength: 6 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 }),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        async (rows, size, crlf) => {
          const end = crlf ? "\r\n" : "\n";
          const written = (value: string | null) =>
            value === null ? "" : /[",\n\r]|^$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
          const text = `x,y,z${end}${rows.map((row) => row.map(written).join(",") + end).join("")}`;
          const bytes = Buffer.from(text);
          const texts = (async function* () {
            const decoder = new TextDecoder();
            for await (const piece of pieces(bytes, size)) yield decoder.decode(piece, { stream: true });
          })();
          const first = await all(csvRecords(texts, { delimiter: ",", quotes: true, nullText: "" }, AT));
          expect(first.slice(1).map(({ cells }) => cells)).toEqual(rows);
          const second = await all(countCsv(pieces(bytes, size), { delimiter: ",", dialect: {} }, ["z", "x", "y"]));
          expect(second).toEqual(rows.map(([x, y, z]) => [z, x, y]));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("of any JSON are the same", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.constantFrom("a", "b", 'c"\\'), fc.jsonValue({ maxDepth: 3 })), { maxLength: 5 }),
        fc.integer({ min: 1, max: 9 }),
        async (objects, size) => {
          const bytes = Buffer.from(objects.map((object) => `${JSON.stringify(object, null, 0)}\n`).join(""));
          const columns = ["a", "b", 'c"\\'].map((identifier) => ({ identifier, isJson: true }));
          const rows = await all(countNdjson(pieces(bytes, size), columns));
          const expected = objects.map((object) =>
            columns.map(({ identifier }) =>
              Object.hasOwn(object, identifier) && object[identifier] !== null
                ? JSON.stringify(object[identifier])
                : null,
            ),
          );
          expect(rows).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });
});
