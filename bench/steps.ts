// Measures what the framework adds to a tiny model: build, two tests and publish, against the same statements on a bare DuckDB connection.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { createMesh } from "../core/index.ts";
import type { Bench } from "./figure.ts";

/** --size: models, 200 unless told. */
const bench: Bench = async ({ size = 200, tell }) => {
  const root = await mkdtemp(join(tmpdir(), "mesh-bench-steps-"));
  try {
    await writeTinyMesh(root, size);
    const mesh = await createMesh({ cwd: root });
    try {
      const { diagnostics } = await mesh.compile();
      if (diagnostics.some((d) => d.level === "error")) throw new Error(JSON.stringify(diagnostics[0]));
      // The first run pays for opening the engine and the state store.
      await mesh.run({ select: ["m0"], threads: 1 });
      const started = performance.now();
      const result = await mesh.run({ threads: 1 });
      const perModel = (performance.now() - started) / size;
      if (result.status !== "success") throw new Error(`the run ended as ${result.status}`);
      tell(`${size} models, ${result.steps.length} steps`);

      const bare = await bareDuckdb(join(root, "bare"), size);
      return [
        {
          name: "build + 2 tests + publish, whole",
          value: perModel,
          unit: "ms",
          against: { what: "bare DuckDB", ratio: perModel / bare },
        },
        { name: "the same on a bare DuckDB connection", value: bare, unit: "ms" },
        { name: "framework overhead a model", value: perModel - bare, unit: "ms", bar: "< 15 ms" },
      ];
    } finally {
      await mesh.close();
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
};

async function writeTinyMesh(root: string, size: number): Promise<void> {
  await mkdir(join(root, "projects/tiny/models"), { recursive: true });
  const config = `import { defineMesh } from "mesh-elt";
export default defineMesh({ name: "tiny", defaultTarget: "dev", targets: { dev: { warehouse: { kind: "duckdb", path: "wh" }, state: { kind: "sqlite", path: "state.db" } } } });
`;
  await writeFile(join(root, "mesh.config.ts"), config);
  await writeFile(
    join(root, "projects/tiny/project.yml"),
    "name: tiny\nowner: { team: Bench, email: bench@example.com }\n",
  );
  const entries: string[] = ["models:"];
  for (let i = 0; i < size; i++) {
    await writeFile(
      join(root, `projects/tiny/models/m${i}.sql`),
      `{{ config(materialized='table') }}\nselect ${i} as id, 'a' as name\n`,
    );
    entries.push(`  - name: m${i}\n    columns: [{ name: id, data_tests: [unique, not_null] }]`);
  }
  await writeFile(join(root, "projects/tiny/models/tiny.yml"), `${entries.join("\n")}\n`);
}

async function bareDuckdb(folder: string, size: number): Promise<number> {
  await mkdir(folder, { recursive: true });
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const one = async (i: number) => {
    const file = join(folder, `m${i}.parquet`);
    await connection.run(`copy (select ${i} as id, 'a' as name) to '${file}' (format parquet, compression zstd)`);
    await connection.run(`create view v${i} as from read_parquet('${file}')`);
    await connection.run(
      `select count(*) from (select id from v${i} where id is not null group by id having count(*) > 1)`,
    );
    await connection.run(`select count(*) from (select id from v${i} where id is null)`);
  };
  await one(size);
  const started = performance.now();
  for (let i = 0; i < size; i++) await one(i);
  return (performance.now() - started) / size;
}

export default bench;
