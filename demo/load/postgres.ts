// Owns filling the Postgres databases of four services, and taking them one day further.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { booking, bookingsChangedOn, bookingsOn, extrasOf } from "../generate/bookings.ts";
import { customer, customersChangedOn, customersOn } from "../generate/customers.ts";
import { paymentsOf, refundsOf } from "../generate/payments.ts";
import type { World } from "../generate/world.ts";
import { copyFile, copyRows, upsertRows } from "./copy-rows.ts";
import type { FlightData } from "./flights.ts";
import { POSTGRES_SCHEMAS, type PostgresDatabase } from "./schemas.ts";

/** The URL of a database of the demo's server. */
export type UrlOf = (database: string) => string;
export type Report = (what: string, rows: number) => void;

const LONG_AGO = -10_000;

function* ids(from: number, to: number): Generator<number> {
  for (let id = from; id <= to; id++) yield id;
}

function* each<A, B>(items: Iterable<A>, make: (item: A) => Iterable<B>): Generator<B> {
  for (const item of items) yield* make(item);
}

async function within<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  // The server may be stopped under us (Ctrl-C): the query rejects, and that is enough.
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query("begin");
    const result = await use(client);
    await client.query("commit");
    return result;
  } finally {
    await client.end();
  }
}

/** Makes every database anew. */
export async function loadPostgres(urlOf: UrlOf, flights: FlightData, folder: string, report: Report): Promise<void> {
  const { world } = flights;
  for (const name of Object.keys(POSTGRES_SCHEMAS) as PostgresDatabase[]) {
    const admin = new Client({ connectionString: urlOf("postgres") });
    admin.on("error", () => undefined);
    await admin.connect();
    try {
      await admin.query(`drop database if exists ${name} with (force)`);
      await admin.query(`create database ${name}`);
    } finally {
      await admin.end();
    }
    await within(urlOf(name), async (client) => {
      for (const statement of POSTGRES_SCHEMAS[name]) await client.query(statement);
      await FILL[name](client, world, flights, folder, report);
    });
    // Statistics, as an old server would have them.
    await within(urlOf(name), (client) => client.query("analyze"));
  }
}

type Fill = (client: Client, world: World, flights: FlightData, folder: string, report: Report) => Promise<void>;

const FILL: Readonly<Record<PostgresDatabase, Fill>> = {
  async flights_db(client, _world, flights, folder, report) {
    const csv = join(folder, "flights.csv");
    try {
      await flights.writeCsv(csv);
      report("flights", await copyFile(client, "flights", csv));
    } finally {
      await rm(csv, { force: true });
    }
  },
  async customers_db(client, world, _flights, _folder, report) {
    const people = each(ids(1, customersOn(world, 0)), (id) => [customer(world, id, 0)]);
    report("customers", await copyRows(client, "customers", people));
  },
  async bookings_db(client, world, _flights, _folder, report) {
    const all = () => ids(1, bookingsOn(world, 0));
    report(
      "bookings",
      await copyRows(
        client,
        "bookings",
        each(all(), (id) => [booking(world, id, 0)]),
      ),
    );
    report(
      "booking extras",
      await copyRows(
        client,
        "booking_extras",
        each(all(), (id) => extrasOf(world, id)),
      ),
    );
  },
  async payments_db(client, world, _flights, _folder, report) {
    const all = () => ids(1, bookingsOn(world, 0));
    const payments = each(all(), (id) => paymentsOf(world, id, LONG_AGO, 0));
    const refunds = each(all(), (id) => refundsOf(world, id, LONG_AGO, 0));
    report("payments", await copyRows(client, "payments", payments));
    report("refunds", await copyRows(client, "refunds", refunds));
  },
};

/** What happened in the services on one demo day. Doing the same day twice changes nothing. Flights stay as they are. */
export async function applyDay(urlOf: UrlOf, world: World, day: number, report: Report): Promise<void> {
  await within(urlOf("customers_db"), async (client) => {
    const people = each(customersChangedOn(world, day), (id) => [customer(world, id, day)]);
    report("customers", await upsertRows(client, "customers", "customer_id", people));
  });
  await within(urlOf("bookings_db"), async (client) => {
    const changed = bookingsChangedOn(world, day);
    const bookings = each(changed, (id) => [booking(world, id, day)]);
    report("bookings", await upsertRows(client, "bookings", "booking_id", bookings));
    const fresh = changed.filter((id) => id > bookingsOn(world, day - 1));
    const extras = each(fresh, (id) => extrasOf(world, id));
    report("booking extras", await upsertRows(client, "booking_extras", "extra_id", extras));
  });
  await within(urlOf("payments_db"), async (client) => {
    const all = () => ids(1, bookingsOn(world, day));
    const payments = each(all(), (id) => paymentsOf(world, id, day - 1, day));
    report("payments", await upsertRows(client, "payments", "payment_id", payments));
    const refunds = each(all(), (id) => refundsOf(world, id, day - 1, day));
    report("refunds", await upsertRows(client, "refunds", "refund_id", refunds));
  });
}
