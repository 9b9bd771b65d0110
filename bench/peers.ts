// Measures a snapshot by `mesh run` against the same table copied by dlt and by ingestr, where Python has them. PYTHON names the interpreter.
import { access, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startPostgres } from "../demo/stores/postgres.ts";
import type { Bench } from "./figure.ts";
import { type Measured, measureProcess } from "./measured-process.ts";
import { canRun, compare } from "./snapshot.ts";
import { bookings, fillTable, writeSnapshotMesh } from "./store-tables.ts";

const CLI = fileURLToPath(new URL("../bin/mesh.cjs", import.meta.url));
const DLT = fileURLToPath(new URL("../../bench/peers/dlt_extract.py", import.meta.url));
const INSTALL = `python3 -m venv peers && peers/bin/pip install "dlt[parquet,filesystem]" sqlalchemy psycopg2-binary "psycopg[binary]" connectorx "ingestr<1", then PYTHON=peers/bin/python`;

/** --size: rows, 1,000,000 unless told. */
const bench: Bench = async ({ size = 1_000_000, tell }) => {
  const python = process.env.PYTHON ?? "python3";
  const beside = join(dirname(python), "ingestr");
  const ingestr = process.env.INGESTR ?? ((await exists(beside)) ? beside : "ingestr");
  const root = await mkdtemp(join(tmpdir(), "mesh-bench-peers-"));
  const server = await startPostgres();
  try {
    const rows = await fillTable(server.url, bookings, size);
    const contenders: [string, () => Promise<Measured>][] = [];
    for (const verify of ["counts", "checksum"] as const) {
      const mesh = join(root, verify);
      await writeSnapshotMesh(mesh, bookings, { verify });
      contenders.push([
        `mesh run, verify: ${verify}`,
        () =>
          measureProcess([process.execPath, CLI, "run", "--quiet"], { cwd: mesh, env: { BENCH_DB_URL: server.url } }),
      ]);
    }
    const folderOf = async (peer: string): Promise<string> => {
      const folder = join(root, peer);
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      return folder;
    };
    if (canRun(python, ["-c", "import dlt, sqlalchemy, psycopg2, pyarrow"])) {
      for (const backend of ["pyarrow", "connectorx"]) {
        if (!canRun(python, ["-c", `import ${backend}`])) continue;
        contenders.push([
          `dlt (${backend}) to Parquet`,
          async () =>
            measureProcess([python, DLT, server.url, bookings.name, await folderOf(`dlt-${backend}`), backend]),
        ]);
      }
    } else tell(`dlt is not installed and not measured: ${INSTALL}`);
    if (canRun(ingestr)) {
      contenders.push([
        "ingestr to a CSV file",
        async () => {
          const folder = await folderOf("ingestr");
          return measureProcess(
            [
              ingestr,
              "ingest",
              "--yes",
              "--progress=log",
              `--source-uri=${server.url.replace("postgres://", "postgresql://")}?sslmode=disable`,
              `--source-table=public.${bookings.name}`,
              // Its DuckDB destination fetches a driver of its own when it is first used.
              `--dest-uri=csv://${join(folder, "out.csv")}`,
              `--dest-table=main.${bookings.name}`,
            ],
            { cwd: folder },
          );
        },
      ]);
    } else tell(`ingestr is not installed and not measured: ${INSTALL}`);
    return await compare(bookings.name, rows, contenders, tell);
  } finally {
    await server.stop();
    await rm(root, { recursive: true, force: true });
  }
};

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

export default bench;
