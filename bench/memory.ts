// Measures that the memory of a snapshot does not grow with its rows: the same four columns at three sizes, made by the server as they are read.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { startPostgres } from "../demo/stores/postgres.ts";
import type { Bench, Figure } from "./figure.ts";
import { measureProcess } from "./measured-process.ts";
import { bookings, type Shape, writeSnapshotMesh } from "./store-tables.ts";

const CLI = fileURLToPath(new URL("../bin/mesh.cjs", import.meta.url));
const COLUMNS = new Set(["id", "customer", "amount", "created_at"]);
const BAR_MB = 450;

/** --size: rows of the largest table, 20,000,000 unless told; the others have a twentieth and a quarter of them. */
const bench: Bench = async ({ size = 20_000_000, tell }) => {
  const root = await mkdtemp(join(tmpdir(), "mesh-bench-memory-"));
  const server = await startPostgres();
  try {
    const figures: Figure[] = [];
    for (const rows of [Math.round(size / 20), Math.round(size / 4), size]) {
      const shape: Shape = {
        ...bookings,
        name: `rows_${rows}`,
        columns: bookings.columns.filter(([name]) => COLUMNS.has(name)),
      };
      await createView(server.url, shape, rows);
      const mesh = join(root, shape.name);
      await writeSnapshotMesh(mesh, shape, { verify: "checksum" });
      const taken = await measureProcess([process.execPath, CLI, "run", "--quiet"], {
        cwd: mesh,
        env: { BENCH_DB_URL: server.url },
      });
      const first = figures[0]?.value ?? taken.peakMb;
      tell(`${rows} rows: ${Math.round(rows / taken.seconds)} rows/s, ${Math.round(taken.peakMb)} MB`);
      figures.push({
        name: `peak memory of mesh run, ${rows.toLocaleString("en")} rows`,
        value: taken.peakMb,
        unit: "MB",
        against: { what: "the smallest", ratio: taken.peakMb / first },
        bar: `< ${BAR_MB} MB`,
      });
      await rm(mesh, { recursive: true });
    }
    return figures;
  } finally {
    await server.stop();
    await rm(root, { recursive: true, force: true });
  }
};

async function createView(url: string, shape: Shape, rows: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const cells = shape.columns.map(
      ([name, type, , sql]) => `(${sql})::${type.replace(" primary key", "")} AS ${name}`,
    );
    await client.query(
      `CREATE VIEW ${shape.name} AS SELECT ${cells.join(", ")} FROM generate_series(1::bigint, ${rows}) n`,
    );
  } finally {
    await client.end();
  }
}

export default bench;
