// Measures a snapshot by `mesh run` against COPY to a file and against psql piped into DuckDB: four shapes of table, three rounds each.
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { startPostgres } from "../demo/stores/postgres.ts";
import { type Bench, type Figure, median } from "./figure.ts";
import { type Measured, measureProcess } from "./measured-process.ts";
import { fillTable, SHAPES, type Shape, writeSnapshotMesh } from "./store-tables.ts";

const ROUNDS = 3;
const CLI = fileURLToPath(new URL("../bin/mesh.cjs", import.meta.url));
const PIPE = fileURLToPath(new URL("./pipe-child.js", import.meta.url));

/** --size: rows of the table of bookings, 2,000,000 unless told; wide rows are a tenth of them, narrow ones twice as many. */
const bench: Bench = async ({ size = 2_000_000, tell }) => {
  const hasPsql = canRun("psql");
  if (!hasPsql) tell("no psql on the path: it is not measured against");
  const root = await mkdtemp(join(tmpdir(), "mesh-bench-snapshot-"));
  const server = await startPostgres();
  try {
    const figures: Figure[] = [];
    for (const shape of SHAPES) {
      const rows = await fillTable(server.url, shape, size);
      tell(`${shape.name}: ${rows} rows of ${shape.about}`);
      const meshes = { counts: join(root, shape.name, "counts"), checksum: join(root, shape.name, "checksum") };
      for (const verify of ["counts", "checksum"] as const) await writeSnapshotMesh(meshes[verify], shape, { verify });
      const runMesh = (verify: "counts" | "checksum") =>
        measureProcess([process.execPath, CLI, "run", "--quiet"], {
          cwd: meshes[verify],
          env: { BENCH_DB_URL: server.url },
        });
      const contenders: [string, () => Promise<Measured>][] = [
        ["COPY to a file", () => copyToFile(server.url, shape, join(server.dataDir, "data", "bench.csv"))],
        ...(hasPsql
          ? [
              [
                "psql into DuckDB into Parquet",
                () => measureProcess([process.execPath, PIPE, server.url, shape.name, join(root, "peer.parquet")]),
              ] satisfies [string, () => Promise<Measured>],
            ]
          : []),
        ["mesh run, verify: counts", () => runMesh("counts")],
        ["mesh run, verify: checksum", () => runMesh("checksum")],
      ];
      figures.push(...(await compare(shape.name, rows, contenders, tell)));
    }
    return figures;
  } finally {
    await server.stop();
    await rm(root, { recursive: true, force: true });
  }
};

/** Rounds are interleaved, so that what else the machine does falls on all alike; ratios are of the same round. */
export async function compare(
  name: string,
  rows: number,
  contenders: readonly (readonly [what: string, run: () => Promise<Measured>])[],
  tell: (line: string) => void,
): Promise<readonly Figure[]> {
  const measured = contenders.map((): Measured[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, [what, run]] of contenders.entries()) {
      const one = await run();
      measured[i]?.push(one);
      const taken = Number.isNaN(one.cpuSeconds)
        ? ""
        : `, ${one.cpuSeconds.toFixed(1)} CPU s, ${Math.round(one.peakMb)} MB`;
      tell(`  ${what}: ${Math.round(rows / one.seconds).toLocaleString("en")} rows/s${taken}`);
    }
  }
  const [[peer] = [""]] = contenders;
  const base = measured[0] ?? [];
  return contenders.flatMap(([what], i) => {
    const own = measured[i] ?? [];
    return [
      {
        name: `${name}: ${what}`,
        value: rows / median(own.map((one) => one.seconds)),
        unit: "rows/s",
        ...(i > 0 && {
          against: { what: peer, ratio: median(own.map((one, r) => (base[r]?.seconds ?? Number.NaN) / one.seconds)) },
        }),
      },
      // Not seen of what the server does itself.
      ...(own.some((one) => Number.isNaN(one.cpuSeconds))
        ? []
        : [
            { name: `${name}: ${what}, CPU`, value: median(own.map((one) => one.cpuSeconds)), unit: "s" },
            { name: `${name}: ${what}, peak memory`, value: Math.max(...own.map((one) => one.peakMb)), unit: "MB" },
          ]),
    ];
  });
}

/** The server's own work: CPU and memory are the server's and not seen. */
async function copyToFile(url: string, shape: Shape, file: string): Promise<Measured> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const columns = shape.columns.map(([name]) => name).join(", ");
    const started = performance.now();
    await client.query(`copy (select ${columns} from ${shape.name}) to '${file}' (format csv)`);
    return { seconds: (performance.now() - started) / 1_000, cpuSeconds: Number.NaN, peakMb: Number.NaN };
  } finally {
    await client.end();
  }
}

export function canRun(program: string, args: readonly string[] = ["--version"]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export default bench;
