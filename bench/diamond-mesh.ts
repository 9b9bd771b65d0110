// Owns writing a mesh of diamonds: layers of tiny tables with two tests each, every table reads two of the layer above. And the same
// statements for a bare DuckDB connection.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { StateLocation } from "../core/state/index.ts";

export interface DiamondShape {
  readonly models: number;
  /** Models of a layer. */
  readonly width: number;
}

/** Models beside the diamonds, for a run that warms every child process. */
export const WARMING = Array.from({ length: 24 }, (_, i) => `warm${i}`);

/** Environment variable with the URL of a Postgres that holds state. */
export const STATE_URL = "BENCH_STATE_URL";

export async function writeDiamondMesh(root: string, shape: DiamondShape, state: StateLocation): Promise<void> {
  const models = join(root, "projects/bench/models");
  await mkdir(models, { recursive: true });
  const kept =
    state.kind === "sqlite"
      ? `{ kind: "sqlite", path: ${JSON.stringify(state.path)} }`
      : `{ kind: "postgres", connection: "\${${STATE_URL}}", schema: "${state.schema}" }`;
  await writeFile(
    join(root, "mesh.config.ts"),
    `import { defineMesh } from "mesh-elt";
export default defineMesh({ name: "bench", defaultTarget: "dev", targets: { dev: { warehouse: { kind: "duckdb", path: "wh" }, state: ${kept} } } });
`,
  );
  await writeFile(
    join(root, "projects/bench/project.yml"),
    "name: bench\nowner: { team: Bench, email: bench@example.com }\n",
  );
  const entries = ["models:"];
  for (let i = 0; i < shape.models; i++) {
    const sql = selectOf(i, shape, (parent) => `{{ ref('m${parent}') }}`);
    await writeFile(join(models, `m${i}.sql`), `{{ config(materialized='table') }}\n${sql}\n`);
    entries.push(`  - name: m${i}\n    columns: [{ name: id, data_tests: [unique, not_null] }]`);
  }
  for (const name of WARMING)
    await writeFile(join(models, `${name}.sql`), "{{ config(materialized='table') }}\nselect 1 as id\n");
  await writeFile(join(models, "bench.yml"), `${entries.join("\n")}\n`);
}

function selectOf(i: number, shape: DiamondShape, nameOf: (parent: number) => string): string {
  const [left, right] = parentsOf(i, shape);
  if (left === undefined || right === undefined) return `select ${i} as id, 1::bigint as n`;
  return `select ${i} as id, a.n % 1000 + b.n % 1000 as n from ${nameOf(left)} a cross join ${nameOf(right)} b`;
}

function parentsOf(i: number, { width }: DiamondShape): readonly number[] {
  if (i < width) return [];
  const above = Math.floor(i / width) * width - width;
  return [above + (i % width), above + ((i + 1) % width)];
}

/** Milliseconds that the statements of all models take on one bare connection, one after another. */
export async function bareStatements(folder: string, shape: DiamondShape): Promise<number> {
  await mkdir(folder, { recursive: true });
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const startedMs = performance.now();
  for (let i = 0; i < shape.models; i++) {
    const file = join(folder, `m${i}.parquet`);
    const select = selectOf(i, shape, (parent) => `m${parent}`);
    await connection.run(`copy (${select}) to '${file}' (format parquet, compression zstd)`);
    await connection.run(`create view m${i} as from read_parquet('${file}')`);
    await connection.run(
      `select count(*) from (select id from m${i} where id is not null group by id having count(*) > 1)`,
    );
    await connection.run(`select count(*) from (select id from m${i} where id is null)`);
  }
  const ms = performance.now() - startedMs;
  connection.closeSync();
  instance.closeSync();
  return ms;
}
