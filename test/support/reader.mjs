// A BI reader as a process of its own: opens a serving file read-only again and again, queries a table, and counts what it sees.
// Arguments: file, query. Prints one JSON line when it gets SIGTERM: { reads, errors: [..], values: [distinct first cells in order] }.
import { existsSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";

const [file, query] = process.argv.slice(2);
const seen = { reads: 0, errors: [], values: [] };
// Opening costs twenty milliseconds of a processor: a reader that never rests takes it from what it looks at.
const rest = () => new Promise((resolve) => setTimeout(resolve, process.env.MESH_FAULTS === "long" ? 1 : 60));
let stop = false;
process.on("SIGTERM", () => {
  stop = true;
});
process.stdout.write("ready\n");
while (!stop) {
  if (!existsSync(file)) {
    await rest();
    continue;
  }
  try {
    const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
    const connection = await instance.connect();
    // Two queries on one opening: a held reader must not see the file change under it.
    for (let i = 0; i < 2; i++) {
      const value = String((await connection.runAndReadAll(query)).getRows()[0]?.[0]);
      if (seen.values.at(-1) !== value) seen.values.push(value);
      seen.reads++;
    }
    connection.closeSync();
    instance.closeSync();
  } catch (error) {
    seen.errors.push(error.message);
  }
  await rest();
}
process.stdout.write(`${JSON.stringify(seen)}\n`);
