// The demo's data in real stores: a first load, one day more, and what a stop in between leaves.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fillStores, type StoreAddresses } from "../../demo/fill-stores.ts";
import { forgetLoaded, readLoaded, writeLoaded } from "../../demo/loaded.ts";
import { readOptions } from "../../demo/options.ts";
import type { StoreServer } from "../../demo/stores/server-process.ts";
import { startPostgres } from "../support/database-servers.ts";

const small = readOptions(["--flights", "3000", "--customers", "300", "--bookings", "1_200"]);
let folder: string;
let server: StoreServer;
let stores: StoreAddresses;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mesh-demo-"));
  server = await startPostgres();
  stores = { postgresUrlOf: server.urlOf, catalogFile: join(folder, "catalog.db") };
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

async function ask(database: string, sql: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: server.urlOf(database) });
  await client.connect();
  try {
    return Object.values((await client.query(sql)).rows[0] ?? {});
  } finally {
    await client.end();
  }
}

const digest = (database: string, table: string) =>
  ask(database, `select md5(string_agg(t::text, '' order by t::text)) from ${table} t`);

const all = [
  ["flights_db", "flights"],
  ["customers_db", "customers"],
  ["bookings_db", "bookings"],
  ["bookings_db", "booking_extras"],
  ["payments_db", "payments"],
  ["payments_db", "refunds"],
] as const;
const digests = () => Promise.all(all.map(([database, table]) => digest(database, table)));

test("a first load fills every store with rows that fit together", async () => {
  const lines: string[] = [];
  expect(await fillStores(stores, folder, small, (line) => lines.push(line))).toEqual({
    day: 0,
    date: "2001-06-30",
    first: true,
  });
  expect(
    await ask(
      "flights_db",
      "select count(*)::int, min(departed_at)::date::text as first, max(departed_at)::date::text as last from flights",
    ),
  ).toEqual([3000, "2001-01-01", "2001-06-30"]);
  expect(
    await ask(
      "bookings_db",
      "select count(*)::int, count(distinct status)::int as statuses, max(booked_at)::date::text from bookings",
    ),
  ).toEqual([1200, 3, "2001-06-30"]);
  expect(
    (
      await ask(
        "payments_db",
        "select count(*)::int, (count(*) filter (where card_number is null))::int as without_card from payments",
      )
    ).every((n) => (n as number) > 0),
  ).toBe(true);
  const catalog = new Database(stores.catalogFile);
  catalog.pragma("foreign_keys = on");
  expect(catalog.prepare("select count(*) as n from airports").get()).toMatchObject({ n: 3376 });
  expect(catalog.pragma("foreign_key_check")).toEqual([]);
  catalog.close();
  expect(lines.join("\n")).toMatch(/1,200 {2}bookings/);
});

test("the next run lives one day more: flights stay, the rest moves on", async () => {
  const before = await digests();
  expect(await fillStores(stores, folder, readOptions([]), () => undefined)).toMatchObject({ day: 1, first: false });
  const after = await digests();
  expect(after[0]).toEqual(before[0]);
  for (let i = 1; i < all.length; i++) expect(after[i], all[i]?.[1]).not.toEqual(before[i]);
  expect(await readLoaded(folder)).toMatchObject({ day: 1, sizes: { flights: 3000 } });
});

test("a day that was cut short is lived again with the same outcome", async () => {
  const once = await digests();
  await writeLoaded(folder, { version: 1, sizes: { flights: 3000, customers: 300, bookings: 1200 }, day: 0 });
  await fillStores(stores, folder, small, () => undefined);
  expect(await digests()).toEqual(once);
});

test("a load that was cut short starts again, and loading is repeatable", async () => {
  await forgetLoaded(folder);
  await fillStores(stores, folder, small, () => undefined);
  await fillStores(stores, folder, small, () => undefined);
  const again = await digests();
  await fillStores(
    stores,
    folder,
    readOptions(["--fresh", "--flights=3000", "--customers=300", "--bookings=1200"]),
    () => undefined,
  );
  await fillStores(stores, folder, small, () => undefined);
  expect(await digests()).toEqual(again);
});

test("another size loads everything again", async () => {
  expect(await fillStores(stores, folder, readOptions(["--bookings", "500"]), () => undefined)).toMatchObject({
    day: 0,
    first: true,
  });
  expect(await ask("bookings_db", "select count(*)::int from bookings")).toEqual([500]);
  expect(await ask("flights_db", "select count(*)::int from flights")).toEqual([3000]);
});

test.each([["--flights", "0"], ["--flights", "3000001"], ["--bookings", "many"], ["--unknown"], ["word"]])(
  "%s %s is refused",
  (...args) => {
    expect(() => readOptions(args)).toThrow();
  },
);
