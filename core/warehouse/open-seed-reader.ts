// Owns which adapter reads seeds before a build: DuckDB, on every warehouse, so that a seed has the same columns everywhere.
import type { SeedReader } from "./types.ts";

export async function openSeedReader(): Promise<SeedReader> {
  const { createSeedReader } = await import("./duckdb/index.ts");
  return createSeedReader();
}
