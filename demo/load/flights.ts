// Owns the real data: flights and airports from the package vega-datasets, read with DuckDB.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { Sizes, World } from "../generate/world.ts";

/** Flights in the data set. */
export const ALL_FLIGHTS = 3_000_000;
const HOMES = 40;

export interface Airport {
  readonly iata: string;
  readonly name: string;
  readonly city: string;
  readonly state: string;
  readonly country: string;
  readonly latitude: number;
  readonly longitude: number;
}

export interface FlightData {
  readonly world: World;
  readonly airports: readonly Airport[];
  /** Writes the flights as CSV without header: flight_id, departed_at, origin, destination, delay_minutes, distance_miles. */
  writeCsv(path: string): Promise<void>;
  close(): void;
}

export async function openFlightData(sizes: Sizes): Promise<FlightData> {
  // The package exports its code only; the data lies beside it.
  const folder = join(dirname(createRequire(import.meta.url).resolve("vega-datasets")), "..", "data");
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  // Every n-th flight, so that a small load still covers the whole half year.
  const step = Math.max(1, Math.floor(ALL_FLIGHTS / sizes.flights));
  await connection.run(`create table flights as
    select file_row_number + 1 as flight_id, "date" as departed_at, origin, destination, delay as delay_minutes, distance as distance_miles
    from read_parquet('${join(folder, "flights-3m.parquet")}', file_row_number = true)
    where file_row_number % ${step} = 0
    limit ${sizes.flights}`);
  const routes = await rowsOf(
    connection,
    `select origin || '-' || destination as id, origin, destination, any_value(distance_miles)::integer as miles,
       sum(count(*)) over (order by origin, destination)::integer as flights_up_to
     from flights group by origin, destination order by origin, destination`,
  );
  const homes = await rowsOf(
    connection,
    `select origin from flights group by origin order by count(*) desc, origin limit ${HOMES}`,
  );
  const airports = await rowsOf(connection, `select * from read_csv('${join(folder, "airports.csv")}') order by iata`);
  const world: World = {
    sizes: { ...sizes, flights: Number(routes.at(-1)?.flights_up_to ?? 0) },
    routes: routes.map((row) => ({
      id: String(row.id),
      origin: String(row.origin),
      destination: String(row.destination),
      miles: Number(row.miles),
    })),
    flightsUpTo: routes.map((row) => Number(row.flights_up_to)),
    homes: homes.map((row) => String(row.origin)),
  };
  return {
    world,
    airports: airports as unknown as readonly Airport[],
    writeCsv: async (path) =>
      void (await connection.run(`copy flights to '${path.replaceAll("'", "''")}' (format csv, header false)`)),
    close: () => connection.closeSync(),
  };
}

async function rowsOf(
  connection: DuckDBConnection,
  sql: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJS();
}
