// Owns deciding between a first load and one more day, and doing it. Starts and stops nothing.
import { existsSync } from "node:fs";
import { Client } from "pg";
import { dateOf, STORY_START } from "./generate/calendar.ts";
import { loadCatalog } from "./load/catalog.ts";
import { openFlightData } from "./load/flights.ts";
import { loadLoyalty } from "./load/loyalty.ts";
import { applyDay, loadPostgres, type Report, type UrlOf } from "./load/postgres.ts";
import { chooseSizes, DATA_VERSION, forgetLoaded, readLoaded, sameSizes, writeLoaded } from "./loaded.ts";
import type { DemoOptions } from "./options.ts";

export interface StoreAddresses {
  readonly postgresUrlOf: UrlOf;
  readonly catalogFile: string;
  /** Absent when there is no MariaDB. */
  readonly loyaltyUrl?: string;
}

export interface Filled {
  readonly day: number;
  readonly date: string;
  readonly first: boolean;
}

/** `folder` holds the note of what is loaded, and large files while they are on their way. */
export async function fillStores(
  stores: StoreAddresses,
  folder: string,
  options: DemoOptions,
  say: (line: string) => void,
): Promise<Filled> {
  const loaded = await readLoaded(folder);
  const sizes = chooseSizes(options, loaded);
  const goesOn = loaded !== undefined && !options.fresh && sameSizes(sizes, loaded.sizes) && (await isFilled(stores));
  const day = goesOn ? loaded.day + 1 : 0;
  const date = dateOf(STORY_START + day);
  const report: Report = (what, rows) => say(`  ${rows.toLocaleString("en-US").padStart(11)}  ${what}`);
  const flights = await openFlightData(sizes);
  try {
    if (goesOn) {
      say(`One day further: what changed on ${date}`);
      await applyDay(stores.postgresUrlOf, flights.world, day, report);
    } else {
      say(`Loading the stores as of ${date}`);
      await forgetLoaded(folder);
      await loadPostgres(stores.postgresUrlOf, flights, folder, report);
      await loadCatalog(stores.catalogFile, flights, report);
    }
    if (stores.loyaltyUrl !== undefined) await loadLoyalty(stores.loyaltyUrl, flights.world, day, report);
  } finally {
    flights.close();
  }
  await writeLoaded(folder, { version: DATA_VERSION, sizes, day });
  return { day, date, first: !goesOn };
}

/** The note may outlive the data: a server's folder under the system's temporary folder can be swept away. */
async function isFilled(stores: StoreAddresses): Promise<boolean> {
  if (!existsSync(stores.catalogFile)) return false;
  const client = new Client({ connectionString: stores.postgresUrlOf("postgres") });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const found = await client.query("select 1 from pg_database where datname = 'payments_db'");
    return found.rowCount === 1;
  } finally {
    await client.end();
  }
}
