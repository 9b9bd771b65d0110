// Owns what `npm run demo --` takes. Does nothing with it.
import { parseArgs } from "node:util";
import { ALL_FLIGHTS } from "./load/flights.ts";

export interface DemoOptions {
  /** Absent sizes are those of the data that is there, or the defaults. */
  readonly flights?: number;
  readonly customers?: number;
  readonly bookings?: number;
  readonly keep: boolean;
  readonly fresh: boolean;
  readonly mariadb: boolean;
  readonly help: boolean;
}

export const DEFAULT_SIZES = { flights: 50_000, customers: 5_000, bookings: 20_000 };

export const USAGE = `Starts the stores of an example travel company, fills them with data, and runs mesh over them.

Usage: npm run demo -- [options]

  --flights N     flights to load, up to ${ALL_FLIGHTS.toLocaleString("en-US")}   (default ${DEFAULT_SIZES.flights})
  --customers N   customers of the first day    (default ${DEFAULT_SIZES.customers})
  --bookings N    bookings of the first day     (default ${DEFAULT_SIZES.bookings})
  --keep          leave the stores running until Ctrl-C, to go on by hand
  --fresh         load everything again instead of going one day further
  --no-mariadb    leave out the loyalty service, even when MariaDB is installed
  --help          show this

Every run after the first takes the stores one day further: new bookings, payments and customers; the flights stay.
Another size loads everything again.
`;

/** Throws Error with a message for people. */
export function readOptions(args: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      flights: { type: "string" },
      customers: { type: "string" },
      bookings: { type: "string" },
      keep: { type: "boolean", default: false },
      fresh: { type: "boolean", default: false },
      mariadb: { type: "boolean", default: true },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const flights = readCount("flights", values.flights, ALL_FLIGHTS);
  const customers = readCount("customers", values.customers, 5_000_000);
  const bookings = readCount("bookings", values.bookings, 20_000_000);
  return {
    ...(flights !== undefined && { flights }),
    ...(customers !== undefined && { customers }),
    ...(bookings !== undefined && { bookings }),
    keep: values.keep,
    fresh: values.fresh,
    mariadb: values.mariadb,
    help: values.help,
  };
}

function readCount(name: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const count = /^\d[\d_,]*$/.test(text) ? Number(text.replace(/[_,]/g, "")) : Number.NaN;
  if (count >= 1 && count <= most) return count;
  throw new Error(`--${name} ${text}: expected a whole number from 1 to ${most.toLocaleString("en-US")}`);
}
