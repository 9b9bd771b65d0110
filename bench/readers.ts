// Measures one large Postgres table read by one, two and four readers of the same point.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startPostgres } from "../demo/stores/postgres.ts";
import type { Bench } from "./figure.ts";
import { measureProcess } from "./measured-process.ts";
import { compare } from "./snapshot.ts";
import { bookings, fillTable, writeSnapshotMesh } from "./store-tables.ts";

const CLI = fileURLToPath(new URL("../bin/mesh.cjs", import.meta.url));

/** --size: rows, 2,000,000 unless told. */
const bench: Bench = async ({ size = 2_000_000, tell }) => {
  const root = await mkdtemp(join(tmpdir(), "mesh-bench-readers-"));
  const server = await startPostgres();
  try {
    const rows = await fillTable(server.url, bookings, size);
    for (const readers of [1, 2, 4])
      await writeSnapshotMesh(join(root, String(readers)), bookings, { verify: "counts", readers });
    return await compare(
      bookings.name,
      rows,
      [1, 2, 4].map((readers) => [
        `${readers} reader${readers === 1 ? "" : "s"}`,
        () =>
          measureProcess([process.execPath, CLI, "run", "--quiet"], {
            cwd: join(root, String(readers)),
            env: { BENCH_DB_URL: server.url },
          }),
      ]),
      tell,
    );
  } finally {
    await server.stop();
    await rm(root, { recursive: true, force: true });
  }
};

export default bench;
