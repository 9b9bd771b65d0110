// Owns the program that the landing bench measures: one landing of a CSV file's rows, with COPY options or in parts. Prints its figures as JSON.
import { execFileSync, spawn } from "node:child_process";
import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { createId } from "../core/util/index.ts";
import { createDuckdbWarehouse } from "../core/warehouse/duckdb/index.ts";
import { bookings } from "./store-tables.ts";

const [mode = "", csv = "", target = "", ...rest] = process.argv.slice(2);
const columns = bookings.columns.map(([name, , type]) => ({ name, type }));

/** Through a pipe into a COPY with these options, as the warehouse lands a part. */
async function copy(options: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "mesh-bench-landing-"));
  try {
    const pipe = join(folder, "rows.csv");
    execFileSync("mkfifo", [pipe]);
    spawn("bash", ["-c", 'cat "$1" > "$2"', "cat", csv, pipe], { stdio: "ignore" });
    const duckdb = await (await DuckDBInstance.create(":memory:")).connect();
    await duckdb.run("set TimeZone = 'UTC'");
    const names = columns.map(({ name }) => `${name}: 'VARCHAR'`).join(", ");
    const casts = columns.map(({ name, type }) => `cast(${name} as ${type}) as ${name}`).join(", ");
    const result = await duckdb.run(
      `copy (select ${casts} from read_csv('${pipe}', columns = {${names}}, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false, buffer_size = 4194304, max_line_size = 4194304)) to '${target}' (format parquet, ${options})`,
    );
    return result.rowsChanged;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** By the warehouse itself: so many parts side by side, each the whole file so many times. */
async function parts(count: number, times: number): Promise<number> {
  const warehouse = createDuckdbWarehouse({ path: target });
  await warehouse.prepare("bench");
  const session = await warehouse.openSession({ inputs: new Map(), behindViews: new Map() });
  async function* file() {
    for (let i = 0; i < times; i++)
      for await (const chunk of createReadStream(csv, { highWaterMark: 1 << 16 })) yield chunk;
  }
  const data = await session.create(
    { id: createId(), model: "bench.bookings", relation: { schema: "bench", name: "bookings" } },
    { kind: "csv-stream", columns, parts: Array.from({ length: count }, () => ({ open: file })) },
  );
  const checked = columns.map((column) => ({ ...column, checked: true }));
  if (process.env.MESH_BENCH_CHECKSUM) await session.account(data, checked);
  await session.close();
  await warehouse.close();
  return data.kind === "files" ? data.rows : 0;
}

const started = performance.now();
const rows = mode === "copy" ? await copy(rest.join(" ")) : await parts(Number(rest[0]), Number(rest[1]));
console.log(JSON.stringify({ rows, seconds: (performance.now() - started) / 1_000 }));
