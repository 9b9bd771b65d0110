// Measures landing alone: compression levels and row group sizes against each other, and the memory of one and of four parts at two sizes.
import { mkdtemp, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import pg from "pg";
import { startPostgres } from "../demo/stores/postgres.ts";
import type { Bench, Figure } from "./figure.ts";
import { measureProcess } from "./measured-process.ts";
import { bookings, fillTable } from "./store-tables.ts";

const CHILD = fileURLToPath(new URL("./landing-child.js", import.meta.url));
const OPTIONS = [
  "compression zstd",
  "compression zstd, compression_level 1",
  "compression zstd, compression_level 6",
  "compression zstd, compression_level 9",
  "compression snappy",
  "compression zstd, row_group_size 40960",
  "compression zstd, row_group_size 491520",
];
const AGGREGATE =
  "select city, date_trunc('month', created_at), count(*), sum(amount), avg(seats) from rows group by all";
const LOOKUP = "select * from rows where id between 500000 and 500100";

/** --size: rows of one file, 1,000,000 unless told. */
const bench: Bench = async ({ size = 1_000_000, tell }) => {
  const root = await mkdtemp(join(tmpdir(), "mesh-bench-landing-"));
  try {
    const csv = join(root, "rows.csv");
    await writeCsv(csv, size);
    const figures: Figure[] = [];
    for (const options of OPTIONS) {
      const target = join(root, "rows.parquet");
      const taken = await measureProcess([process.execPath, CHILD, "copy", csv, target, options]);
      const [aggregateMs, lookupMs] = [await query(target, AGGREGATE), await query(target, LOOKUP)];
      const megabytes = (await stat(target)).size / 1e6;
      tell(
        `${options}: ${Math.round(size / taken.seconds)} rows/s, ${taken.cpuSeconds.toFixed(1)} CPU s, ${Math.round(taken.peakMb)} MB memory, ${Math.round(megabytes)} MB file, aggregate ${aggregateMs} ms, lookup ${lookupMs} ms`,
      );
      figures.push({ name: `${options}: CPU`, value: taken.cpuSeconds, unit: "s" });
      figures.push({ name: `${options}: file`, value: megabytes, unit: "MB" });
      await rm(target);
    }
    for (const [parts, times] of [
      [1, 1],
      [1, 5],
      [4, 1],
      [4, 2],
    ] as const) {
      const target = join(root, "warehouse");
      const taken = await measureProcess(
        [process.execPath, CHILD, "parts", csv, target, String(parts), String(times)],
        {
          env: { UV_THREADPOOL_SIZE: "16", MESH_BENCH_CHECKSUM: "1" },
        },
      );
      const name = `${parts} ${parts === 1 ? "part" : "parts"}, ${(parts * times * size).toLocaleString("en")} rows`;
      tell(`${name}: ${Math.round((parts * times * size) / taken.seconds)} rows/s, ${Math.round(taken.peakMb)} MB`);
      figures.push({ name: `${name}: peak memory`, value: taken.peakMb, unit: "MB", bar: "< 450 MB" });
      await rm(target, { recursive: true });
    }
    return figures;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
};

/** The rows as a Postgres server writes them. */
async function writeCsv(path: string, size: number): Promise<void> {
  const server = await startPostgres();
  const client = new pg.Client({ connectionString: server.url });
  try {
    await fillTable(server.url, bookings, size);
    await client.connect();
    const names = bookings.columns.map(([name]) => name).join(", ");
    const own = join(server.dataDir, "data", "rows.csv");
    await client.query(`set timezone = 'UTC'; copy (select ${names} from ${bookings.name}) to '${own}' (format csv)`);
    await rename(own, path);
  } finally {
    await client.end();
    await server.stop();
  }
}

async function query(file: string, sql: string): Promise<number> {
  const duckdb = await (await DuckDBInstance.create(":memory:")).connect();
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const started = performance.now();
    await duckdb.run(sql.replace("rows", `read_parquet('${file}')`));
    times.push(performance.now() - started);
  }
  return Math.round(Math.min(...times));
}

export default bench;
