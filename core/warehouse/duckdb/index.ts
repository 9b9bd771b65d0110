// The warehouse on one machine: DuckDB over Parquet builds. The only home of @duckdb/node-api besides the compiler's shell catalog.
export { createDuckdbWarehouse } from "./create-duckdb-warehouse.ts";
export { createSeedReader } from "./describe-seed.ts";
