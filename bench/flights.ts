// Measures a snapshot end to end: a Postgres table of real US flights to a published build, against the server's own COPY to a file.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import pg from "pg";
import { startPostgres } from "../demo/stores/postgres.ts";
import { type Bench, median } from "./figure.ts";
import { type Measured, measureProcess } from "./measured-process.ts";

const ROUNDS = 3;

/** --size: rows, 3,000,000 (all of them) unless told. */
const bench: Bench = async ({ size = 3_000_000, tell }) => {
  const root = await mkdtemp(join(tmpdir(), "mesh-bench-flights-"));
  const server = await startPostgres();
  try {
    await loadFlights(server.url, size, root, tell);
    await writeFlightsMesh(root);
    const copies: number[] = [];
    const runs: number[] = [];
    let peakMb = 0;
    for (let round = 0; round < ROUNDS; round++) {
      copies.push(size / (await copyToFile(server.url, server.dataDir)));
      const run = await runMesh(root, server.url);
      runs.push(size / run.seconds);
      peakMb = Math.max(peakMb, run.peakMb);
      tell(
        `round ${round + 1}: COPY ${Math.round(copies.at(-1) ?? 0)} rows/s, mesh ${Math.round(runs.at(-1) ?? 0)} rows/s, ${Math.round(run.peakMb)} MB`,
      );
    }
    const ratio = median(runs.map((rate, i) => rate / (copies[i] ?? Number.NaN)));
    return [
      { name: "server COPY to a file", value: median(copies), unit: "rows/s" },
      {
        name: "mesh run: extract, hash, test, publish, serve",
        value: median(runs),
        unit: "rows/s",
        against: { what: "COPY to a file", ratio },
      },
      { name: "peak memory of mesh run", value: peakMb, unit: "MB", bar: "< 450 MB" },
    ];
  } finally {
    await server.stop();
    await rm(root, { recursive: true, force: true });
  }
};

async function loadFlights(url: string, size: number, folder: string, tell: (line: string) => void): Promise<void> {
  const data = fileURLToPath(new URL("../../node_modules/vega-datasets/data/flights-3m.parquet", import.meta.url));
  const csv = join(folder, "flights.csv");
  const duckdb = await (await DuckDBInstance.create(":memory:")).connect();
  await duckdb.run(
    `copy (select row_number() over () as id, date, delay, distance, origin, destination from read_parquet('${data}') limit ${size}) to '${csv}' (header false)`,
  );
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      "create table flights (id bigint primary key, date timestamp not null, delay bigint, distance bigint, origin text, destination text)",
    );
    const { from } = (await import("pg-copy-streams")).default;
    const { pipeline } = await import("node:stream/promises");
    const { createReadStream } = await import("node:fs");
    await pipeline(createReadStream(csv), client.query(from("copy flights from stdin (format csv)")) as never);
    await client.query("vacuum analyze flights");
    tell(`${size} flights in Postgres`);
  } finally {
    await client.end();
  }
}

async function copyToFile(url: string, folder: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const started = performance.now();
    await client.query(
      `copy (select id, date, delay, distance, origin, destination from flights) to '${join(folder, "data", "bench.csv")}' (format csv)`,
    );
    return (performance.now() - started) / 1_000;
  } finally {
    await client.end();
  }
}

async function writeFlightsMesh(root: string): Promise<void> {
  await mkdir(join(root, "projects/flights/models"), { recursive: true });
  await writeFile(
    join(root, "mesh.config.ts"),
    `import { defineMesh } from "mesh-elt";
export default defineMesh({ name: "bench", defaultTarget: "dev", retention: { builds: 1, minAge: "0s" }, targets: { dev: { warehouse: { kind: "duckdb", path: "wh" }, state: { kind: "sqlite", path: "state.db" } } } });
`,
  );
  await writeFile(
    join(root, "projects/flights/project.yml"),
    `name: flights
owner: { team: Flights, email: flights@example.com }
stores:
  flights_db: { client: pg, connection: "\${BENCH_DB_URL}" }
`,
  );
  await writeFile(
    join(root, "projects/flights/models/flights.yml"),
    `sources:
  - name: flights_db
    tables:
      - name: flights
        columns:
          - { name: id, data_type: bigint }
          - { name: date, data_type: timestamp }
          - { name: delay, data_type: bigint }
          - { name: distance, data_type: bigint }
          - { name: origin, data_type: varchar }
          - { name: destination, data_type: varchar }
snapshots:
  - name: flights
    relation: source('flights_db', 'flights')
    config: { strategy: full, unique_key: id }
`,
  );
}

/** The whole command, from process start to exit. */
function runMesh(root: string, url: string): Promise<Measured> {
  const cli = fileURLToPath(new URL("../bin/mesh.cjs", import.meta.url));
  return measureProcess([process.execPath, cli, "run", "--quiet"], { cwd: root, env: { BENCH_DB_URL: url } });
}

export default bench;
