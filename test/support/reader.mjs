// A BI reader as a process of its own: opens a serving file read-only again and again and queries it, until it is killed.
// Arguments: file, query. Prints one JSON line for each opening: { values: [first cell of each query] } or { error }. readers.ts starts it.
import { existsSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";

const [file, query] = process.argv.slice(2);
// Opening costs twenty milliseconds of a processor: a reader that never rests takes it from what it looks at.
const rest = () => new Promise((resolve) => setTimeout(resolve, process.env.MESH_FAULTS === "long" ? 1 : 60));

async function look() {
  try {
    const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
    const connection = await instance.connect();
    const values = [];
    // Two queries on one opening: a held reader must not see the file change under it.
    for (let i = 0; i < 2; i++) values.push(String((await connection.runAndReadAll(query)).getRows()[0]?.[0]));
    connection.closeSync();
    instance.closeSync();
    return { values };
  } catch (error) {
    return { error: error.message };
  }
}

for (;;) {
  if (existsSync(file)) process.stdout.write(`${JSON.stringify(await look())}\n`);
  await rest();
}
