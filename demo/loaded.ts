// Owns the note of what the demo's stores hold, kept between runs in `.demo/loaded.json`.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readJsonFile, writeFileAtomic } from "../core/util/index.ts";
import type { Sizes } from "./generate/world.ts";
import { DEFAULT_SIZES, type DemoOptions } from "./options.ts";

export interface Loaded {
  /** Of the tables and generators: another version loads again. */
  readonly version: number;
  readonly sizes: Sizes;
  /** Days lived since the first load. */
  readonly day: number;
}

export const DATA_VERSION = 1;

const fileOf = (folder: string) => join(folder, "loaded.json");

/** undefined when nothing usable is there: never loaded, a load was cut short, or another version. */
export async function readLoaded(folder: string): Promise<Loaded | undefined> {
  const found = (await readJsonFile(fileOf(folder)).catch(() => undefined)) as Loaded | undefined;
  return found?.version === DATA_VERSION ? found : undefined;
}

export function writeLoaded(folder: string, loaded: Loaded): Promise<void> {
  return writeFileAtomic(fileOf(folder), `${JSON.stringify(loaded, null, 2)}\n`);
}

export function forgetLoaded(folder: string): Promise<void> {
  return rm(fileOf(folder), { force: true });
}

/** The sizes asked for; what is not asked for stays as it is. */
export function chooseSizes(options: DemoOptions, loaded: Loaded | undefined): Sizes {
  const before = options.fresh ? DEFAULT_SIZES : (loaded?.sizes ?? DEFAULT_SIZES);
  return {
    flights: options.flights ?? before.flights,
    customers: options.customers ?? before.customers,
    bookings: options.bookings ?? before.bookings,
  };
}

export function sameSizes(a: Sizes, b: Sizes): boolean {
  return a.flights === b.flights && a.customers === b.customers && a.bookings === b.bookings;
}
