// Cursors: where windows begin, what moves a watermark, what a person may write as a bound. Every query runs on DuckDB.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { boundText, type Cursor, cursorKind, watermark, windowStart } from "../../core/materialize/index.ts";
import { createDuckdbWarehouse } from "../../core/warehouse/duckdb/index.ts";
import type { Warehouse, WarehouseSession } from "../../core/warehouse/index.ts";

let folder: string;
let warehouse: Warehouse;
let session: WarehouseSession;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mesh-cursor-"));
  warehouse = createDuckdbWarehouse({ path: folder, threads: 1 });
  await warehouse.prepare("state-1");
  session = await warehouse.openSession({ inputs: new Map(), behindViews: new Map() });
});
afterAll(async () => {
  await session.close();
  await warehouse.close();
  await rm(folder, { recursive: true, force: true });
});

const ask = async (sql: string) => (await session.query(sql)).rows[0]?.[0] ?? null;
const cursor = (type: string): Cursor => ({ column: "c", type, kind: cursorKind(type) ?? "time" });
const TZ = "TIMESTAMP WITH TIME ZONE";
const V7 = "0190163d-8694-739b-aea5-966c26f8ad91";
const V7_MS = 0x0190163d8694;

describe("types", () => {
  test.each([
    ["DATE", "time"],
    ["TIMESTAMP", "time"],
    ["TIMESTAMP_NS", "time"],
    [TZ, "time"],
    ["TINYINT", "integer"],
    ["UBIGINT", "integer"],
    ["HUGEINT", "integer"],
    ["UUID", "uuid7"],
    ["TIME", undefined],
    ["VARCHAR", undefined],
    ["DOUBLE", undefined],
    ["DECIMAL(18,0)", undefined],
    ["INTEGER[]", undefined],
  ])("%s is %s", (type, kind) => expect(cursorKind(type)).toBe(kind));
});

describe("a window begins", () => {
  test.each([
    ["TIMESTAMP", "2024-03-01 00:00:00.000001", "1h30m", "2024-02-29 22:30:00.000001"],
    ["TIMESTAMP", "2024-03-01 00:00:00", undefined, "2024-03-01 00:00:00"],
    ["TIMESTAMP_S", "2024-03-01 00:00:00", "1s", "2024-02-29 23:59:59"],
    ["TIMESTAMP_MS", "2024-03-01 00:00:00.5", "500ms", "2024-03-01 00:00:00"],
    [TZ, "2024-03-31 03:00:00+00", "1d", "2024-03-30 03:00:00+00"],
    ["DATE", "2024-03-01", "1s", "2024-02-29"],
    ["DATE", "2024-03-01", "2d", "2024-02-28"],
    ["DATE", "0001-01-01", "1d", "0001-12-31 (BC)"],
    ["BIGINT", "9223372036854775807", 7, "9223372036854775800"],
    ["BIGINT", "5", undefined, "5"],
    ["BIGINT", "5", 10, "-5"],
    ["UBIGINT", "5", 10, null],
    ["BIGINT", "-9223372036854775808", 1, null],
    ["UUID", V7, undefined, "0190163d-8694-0000-0000-000000000000"],
    ["UUID", V7, "1s", "0190163d-82ac-0000-0000-000000000000"],
    ["UUID", V7, "100000d", "00000000-0000-0000-0000-000000000000"],
  ])("of %s at %s less %s: %s", async (type, at, lookback, from) => {
    expect(await ask(windowStart(cursor(type), at, lookback))).toBe(from);
  });
});

describe("the watermark", () => {
  const rows = (type: string, ...values: readonly string[]) =>
    `(select unnest([${values.map((value) => `cast('${value}' as ${type})`).join(", ")}]) as c)`;
  const asOf = new Date("2024-06-01T12:00:00Z");

  test.each([
    ["the greatest value", "BIGINT", ["3", "10"], undefined, "10"],
    ["never less than before", "BIGINT", ["3"], "10", "10"],
    ["what it was when there is nothing new", TZ, [], "2024-05-01 00:00:00+00", "2024-05-01 00:00:00+00"],
    ["nothing when there is nothing", TZ, [], undefined, null],
    [
      "no instant after the store's clock",
      TZ,
      ["2024-06-01 11:59:59+00", "2024-06-01 12:00:01+00"],
      undefined,
      "2024-06-01 11:59:59+00",
    ],
    [
      "no time without zone that is later anywhere",
      "TIMESTAMP",
      ["2024-06-02 01:59:59", "2024-06-02 02:00:01"],
      undefined,
      "2024-06-02 01:59:59",
    ],
    ["no later day", "DATE", ["2024-06-02", "2024-06-03"], undefined, "2024-06-02"],
    ["no UUID of a later millisecond", "UUID", [V7, "7fffffff-8694-739b-aea5-966c26f8ad91"], undefined, V7],
  ])("is %s", async (_, type, values, before, expected) => {
    const now = type === "UUID" ? new Date(V7_MS) : asOf;
    expect(await ask(watermark(cursor(type), rows(type, ...values), now, before))).toBe(expected);
  });
});

describe("a bound that a person writes", () => {
  test.each([
    [TZ, "2024-01-31", "2024-01-31 00:00:00+00"],
    [TZ, "2024-01-31T12:00:00+02:00", "2024-01-31 10:00:00+00"],
    ["TIMESTAMP", "2024-01-31T12:00:00", "2024-01-31 12:00:00"],
    ["DATE", "2024-01-31", "2024-01-31"],
    ["BIGINT", "0012", "12"],
    ["BIGINT", "x'; drop table t; --", null],
    ["DATE", "tomorrow", null],
    ["UUID", V7.toUpperCase(), V7],
    ["UUID", new Date(V7_MS).toISOString(), "0190163d-8694-0000-0000-000000000000"],
    ["UUID", "never", null],
  ])("for %s: %s", async (type, written, text) => {
    expect(await ask(boundText(cursor(type), written))).toBe(text);
  });
});
