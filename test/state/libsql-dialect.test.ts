// The SQLite driver keeps prepared statements: they must show what the schema is now, whoever changed it, and be usable after they failed.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import createKnex, { type Knex } from "knex";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LibsqlClient } from "../../core/state/knex/libsql-dialect.ts";

let root = "";
const open: Knex[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mesh-libsql-"));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((knex) => knex.destroy()));
  await rm(root, { recursive: true, force: true });
});

function connect(): Knex {
  const knex = createKnex({
    client: LibsqlClient as unknown as typeof Knex.Client,
    connection: { filename: join(root, "state.db") } as object,
    useNullAsDefault: true,
    pool: { min: 0, max: 1 },
  });
  open.push(knex);
  return knex;
}

test("a column that this or another connection adds, or takes away, is seen by a statement that ran before", async () => {
  const [mine, other] = [connect(), connect()];
  await mine.schema.createTable("t", (t) => t.text("a"));
  const insert = (a: string) => mine("t").insert({ a });
  await insert("1");
  expect(await mine("t").select("*")).toEqual([{ a: "1" }]);
  await other.schema.alterTable("t", (t) => t.text("b").defaultTo("x"));
  await insert("2");
  expect(await mine("t").select("*")).toEqual([
    { a: "1", b: "x" },
    { a: "2", b: "x" },
  ]);
  await mine.schema.alterTable("t", (t) => t.text("c"));
  expect(await mine("t").select("*").limit(1)).toEqual([{ a: "1", b: "x", c: null }]);
  await other.raw("alter table t drop column b");
  expect(await mine("t").select("*").limit(1)).toEqual([{ a: "1", c: null }]);
});

test("a statement that failed, or met another's lock, runs again", async () => {
  const [mine, other] = [connect(), connect()];
  await mine.schema.createTable("t", (t) => t.text("a").primary());
  const insert = (a: string) => mine("t").insert({ a });
  await insert("1");
  await expect(insert("1")).rejects.toMatchObject({ code: expect.stringMatching(/^SQLITE_CONSTRAINT/) });
  await insert("2");
  const held = await other.transaction();
  await held("t").insert({ a: "3" });
  const waits = insert("4");
  await held.commit();
  await waits;
  expect((await mine("t").select("a").orderBy("a")).map(({ a }) => a)).toEqual(["1", "2", "3", "4"]);
});
