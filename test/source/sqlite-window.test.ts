// Windows of a cursor on a real SQLite file: exactly the rows whose value, as the declared type means it, lies inside.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { StoreSettings } from "../../core/source/index.ts";
import { READING } from "../support/policies.ts";
import { rowsOf, withSession } from "../support/read-store.ts";

let folder: string;
let db: InstanceType<typeof Database>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mesh-sqlite-window-"));
  db = new Database(join(folder, "s.sqlite"));
});
afterAll(async () => {
  db.close();
  await rm(folder, { recursive: true, force: true });
});

const settings = (): StoreSettings => ({
  id: "shop.db",
  client: "sqlite",
  connection: join(folder, "s.sqlite"),
  reading: READING,
});

const WRITTEN = {
  timestamp: [
    "2024-01-01",
    "2024-01-01 00:00:00.0",
    "2024-01-01T00:00:00.000001",
    "2024-01-01 12:00:00",
    "2024-01-02T00:00:00",
  ],
  timestamptz: [
    "2024-01-01T02:00:00+02:00",
    "2024-01-01 00:00:00.5Z",
    "2023-12-31 19:00:00-05",
    "2024-01-01T05:30:00.25+0530",
    "2024-01-01 12:00:00",
    "2024-01-01T23:59:59.999-00:00",
    "2024-01-02 00:00:00Z",
  ],
  date: ["2023-12-31", "2024-01-01", "2024-01-02"],
  bigint: [-1n, 0n, 9n, 10n],
  uuid: [
    "0190163D-8694-739B-AEA5-966C26F8AD91",
    "0190163d-8694-739b-aea5-966c26f8ad92",
    "ffffffff-8694-739b-aea5-966c26f8ad91",
  ],
} as const;

test.each([
  ["timestamp", "2024-01-01 00:00:00", "2024-01-02 00:00:00", [0, 1, 2, 3]],
  ["timestamp", "2024-01-01 00:00:00.000001", undefined, [2, 3, 4]],
  ["timestamptz", "2024-01-01 00:00:00+00", "2024-01-02 00:00:00+00", [0, 1, 2, 3, 4, 5]],
  ["timestamptz", "2024-01-01 00:00:00.5+00", undefined, [1, 4, 5, 6]],
  ["timestamptz", undefined, "2024-01-01 00:00:00.25+00", [0, 2]],
  ["date", "2024-01-01", "2024-01-02", [1]],
  ["bigint", "0", "10", [1, 2]],
  ["uuid", "0190163d-8694-739b-aea5-966c26f8ad91", "f0000000-0000-0000-0000-000000000000", [0, 1]],
] as const)("%s from %s before %s", async (type, from, to, expected) => {
  db.exec("drop table if exists t; create table t (i integer, c)");
  const insert = db.prepare("insert into t values (?, ?)");
  for (const [i, value] of [...WRITTEN[type], null].entries()) insert.run(i, value);
  await withSession(settings(), async (session) => {
    const extraction = await session.extract({
      table: { identifier: "t" },
      columns: [
        { name: "i", identifier: "i", type: "INTEGER" },
        { name: "c", identifier: "c", type: type.toUpperCase() },
      ],
      window: { identifier: "c", type: type.toUpperCase(), ...(from && { from }), ...(to && { to }) },
    });
    expect((await rowsOf(extraction)).map(([i]) => Number(i))).toEqual(expected);
    expect(extraction.rows()).toBe(expected.length);
  });
});

test("a value that is none of the declared type is read, and so refused, whatever the window", async () => {
  db.exec("drop table if exists t; create table t (c); insert into t values ('yesterday'), (20240101)");
  await withSession(settings(), async (session) => {
    const extraction = await session.extract({
      table: { identifier: "t" },
      columns: [{ name: "c", identifier: "c", type: "DATE" }],
      window: { identifier: "c", type: "DATE", from: "2999-01-01" },
    });
    await expect(rowsOf(extraction)).rejects.toMatchObject({
      code: "store/value-not-representable",
      message: expect.stringContaining("2 rows"),
    });
  });
});
