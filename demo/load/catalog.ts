// Owns filling the catalog service's SQLite file.
import { rename, rm } from "node:fs/promises";
import Database from "libsql";
import { dateOf } from "../generate/calendar.ts";
import { randomOf } from "../generate/random.ts";
import type { FlightData } from "./flights.ts";
import { CATALOG_SCHEMA } from "./schemas.ts";

/** Makes the file aside and moves it into place, so that a stop in the middle leaves none. */
export async function loadCatalog(
  path: string,
  flights: FlightData,
  report: (what: string, rows: number) => void,
): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  const database = new Database(temporary);
  try {
    database.exec(CATALOG_SCHEMA);
    const airport = database.prepare("insert into airports values (?, ?, ?, ?, ?, ?, ?)");
    const route = database.prepare("insert into routes values (?, ?, ?, ?)");
    database.transaction(() => {
      for (const one of flights.airports) {
        airport.run(one.iata, one.name, one.city, one.state, one.country, one.latitude, one.longitude);
      }
      for (const one of flights.world.routes) {
        route.run(one.id, one.origin, one.destination, dateOf(-randomOf("route", one.id).whole(30, 9_000)));
      }
    })();
  } finally {
    database.close();
  }
  await rename(temporary, path);
  report("airports", flights.airports.length);
  report("routes", flights.world.routes.length);
}
