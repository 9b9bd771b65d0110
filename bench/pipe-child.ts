// Owns the peer that has no framework in its way: psql's COPY, through a named pipe, into DuckDB, into a Parquet file. Run as a process.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { SHAPES } from "./store-tables.ts";

const [url = "", name = "", target = ""] = process.argv.slice(2);
const shape = SHAPES.find((one) => one.name === name);
if (!shape) throw new Error(`no shape ${name}`);
const folder = mkdtempSync(join(tmpdir(), "mesh-bench-pipe-"));
try {
  const pipe = join(folder, "rows.csv");
  execFileSync("mkfifo", [pipe]);
  const columns = shape.columns.map(([column]) => column).join(", ");
  const psql = spawn(
    "bash",
    [
      "-c",
      `psql "$1" -qc "$2" > "$3"`,
      "psql",
      url,
      `copy (select ${columns} from ${name}) to stdout (format csv)`,
      pipe,
    ],
    {
      env: { ...process.env, PGOPTIONS: "-c timezone=UTC" },
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  const duckdb = await (await DuckDBInstance.create(":memory:")).connect();
  await duckdb.run("set TimeZone = 'UTC'");
  const names = shape.columns.map(([column]) => `${column}: 'VARCHAR'`).join(", ");
  const casts = shape.columns.map(([column, , type]) => `cast(${column} as ${type}) as ${column}`).join(", ");
  await duckdb.run(
    `copy (select ${casts} from read_csv('${pipe}', columns = {${names}}, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false, buffer_size = 4194304, max_line_size = 4194304)) to '${target}' (format parquet, compression zstd)`,
  );
  const code = await new Promise((resolve) =>
    psql.exitCode === null ? psql.once("exit", resolve) : resolve(psql.exitCode),
  );
  if (code !== 0) throw new Error(`psql ended with ${code}`);
} finally {
  rmSync(folder, { recursive: true });
}
