// The shared macros: what they render to, and that DuckDB makes of it what their comment promises.
import { readdirSync, readFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failure, libraryOf, render } from "../template/support.ts";

const FOLDER = new URL("../../macros/", import.meta.url);
const shared = Object.fromEntries(
  readdirSync(FOLDER)
    .sort()
    .map((file) => [`macros/${file}`, readFileSync(new URL(file, FOLDER), "utf8")]),
);
const world = { shared };
const library = libraryOf(world);

let connection: Awaited<ReturnType<DuckDBInstance["connect"]>>;

beforeAll(async () => {
  connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run("create schema shop");
  await connection.run(
    "create table shop.web as select * from (values (1, 10, 'paid'), (2, 20, 'it''s')) t(id, amount, status)",
  );
  await connection.run(
    "create table shop.app as select * from (values (3, 30, 'paid', true), (3, 31, 'open', false)) t(id, amount, status, extra)",
  );
});

afterAll(() => connection.closeSync());

const rowsOf = async (template: string) => {
  const { sql } = render(template, world, library);
  return (await connection.runAndReadAll(sql.text)).getRowsJson();
};

interface Case {
  readonly template: string;
  readonly rows: readonly (readonly unknown[])[];
}

const CASES: Readonly<Record<string, readonly Case[]>> = {
  surrogate_key: [
    {
      template:
        "select {{ surrogate_key(['id', \"status\"]) }} = md5('1' || '-' || 'paid') from {{ ref('web') }} where id = 1",
      rows: [[true]],
    },
    {
      template: "select {{ surrogate_key(['a']) }} = {{ surrogate_key(['b']) }} from (select '' as a, null as b)",
      rows: [[false]],
    },
    { template: "select {{ mesh.surrogate_key(['1']) }}", rows: [["c4ca4238a0b923820dcc509a6f75849b"]] },
  ],
  date_spine: [
    {
      template: "{{ date_spine(\"date '2024-02-28'\", \"date '2024-03-02'\") }}",
      rows: [["2024-02-28"], ["2024-02-29"], ["2024-03-01"]],
    },
    {
      template: "{{ date_spine(\"date '2024-01-31'\", \"date '2024-12-01'\", unit='quarter') }}",
      rows: [["2024-01-31"], ["2024-04-30"], ["2024-07-31"], ["2024-10-31"]],
    },
    {
      template: "select count(*) from ({{ date_spine(\"date '2024-01-01'\", \"date '2024-01-02'\", 'hour') }})",
      rows: [["24"]],
    },
    { template: "{{ date_spine(\"date '2024-01-01'\", \"date '2024-01-01'\") }}", rows: [] },
  ],
  safe_divide: [
    {
      template:
        "select {{ safe_divide('1', '4') }}, {{ safe_divide(1, 0) }}, {{ safe_divide('a + 1', 'a - 1') }} from (select 3 as a)",
      rows: [[0.25, null, 2]],
    },
  ],
  utc_day: [{ template: "select {{ utc_day(\"timestamptz '2024-01-01 00:30:00+02'\") }}", rows: [["2023-12-31"]] }],
  cents_to_units: [
    {
      template:
        "select {{ cents_to_units('1999') }}, {{ cents_to_units('-5') }}, {{ cents_to_units('700', digits=0) }}, {{ cents_to_units('12345', digits=3) }}",
      rows: [["19.99", "-0.05", "700", "12.345"]],
    },
    { template: "select typeof({{ cents_to_units('1::bigint') }})", rows: [["DECIMAL(18,2)"]] },
    { template: "select {{ cents_to_units('9007199254740993') }}", rows: [["90071992547409.93"]] },
  ],
  union_relations: [
    {
      template:
        "select * from ({{ union_relations({'web': ref('web'), \"it's\": ref('app')}, ['id', 'amount']) }}) order by amount",
      rows: [
        ["web", 1, 10],
        ["web", 2, 20],
        ["it's", 3, 30],
        ["it's", 3, 31],
      ],
    },
    {
      template:
        "select sum(amount)::int from ({{ union_relations({'a': ref('web'), 'b': ref('app')}, ['amount'], source_column=none) }})",
      rows: [[91]],
    },
  ],
  pivot: [
    {
      template: "select {{ pivot('status', ['paid', \"it's\"], value='amount', prefix='sum_') }} from {{ ref('web') }}",
      rows: [["10", "20"]],
    },
    { template: "select {{ pivot('id', [1, 9], agg='count') }} from {{ ref('web') }}", rows: [["1", "0"]] },
  ],
  star_except: [
    {
      template: "select {{ star_except(['extra', 'status']) }} from {{ ref('app') }} order by amount",
      rows: [
        [3, 30],
        [3, 31],
      ],
    },
    {
      template: "select {{ star_except(['id', 'extra'], from='a') }}, 1 as one from {{ ref('app') }} a order by 1",
      rows: [
        [30, "paid", 1],
        [31, "open", 1],
      ],
    },
  ],
  deduplicate: [
    { template: "select id, status from {{ deduplicate(ref('app'), ['id'], 'amount desc') }}", rows: [[3, "open"]] },
  ],
};

it("every shared macro file can be read and has a case here", () => {
  expect(library.diagnostics).toEqual([]);
  const files = Object.keys(shared).map((path) => path.slice("macros/".length, -".sql".length));
  expect(Object.keys(CASES).sort()).toEqual(files);
});

it.each(Object.entries(shared))("%s opens with a comment that shows a call of it", (path, content) => {
  const name = path.slice("macros/".length, -".sql".length);
  expect(content).toMatch(/^\{#\n {2}[A-Z]/);
  expect(content.slice(0, content.indexOf("#}"))).toContain(`${name}(`);
});

describe.each(Object.entries(CASES))("%s", (_name, cases) => {
  it.each(cases)("$template", async ({ template, rows }) => {
    expect(await rowsOf(template)).toEqual(rows);
  });
});

it("star_except uses the words of the target's warehouse", () => {
  const { text } = render(
    "select {{ star_except(['a', 'b']) }} from t",
    { ...world, target: { type: "bigquery" } },
    library,
  );
  expect(text).toBe("select * except (a, b) from t");
});

it.each([
  ["{{ surrogate_key('order_id') }}", "surrogate_key needs a list"],
  ["{{ surrogate_key([]) }}", "surrogate_key needs a list"],
  ["{{ date_spine('a', 'b', unit='fortnight') }}", "not 'fortnight'"],
  ["{{ cents_to_units('a', digits='two') }}", "digits from 0 to 4"],
  ["{{ union_relations([ref('web')], ['id']) }}", "union_relations needs a dict"],
  ["{{ pivot('a', 'b') }}", "pivot needs a list"],
  ["{{ deduplicate(ref('web'), 'id', 'id') }}", "deduplicate needs a list"],
])("%s is refused where it is called, with what is expected", (template, message) => {
  const error = failure(`select 1,\n  ${template}`, world);
  expect(error.code).toBe("template/raised");
  expect(error.message).toContain(message);
  expect(error.location).toEqual({ file: "models/m.sql", line: 2, column: 6 });
});
