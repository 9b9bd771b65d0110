// The DuckDB adapter: the conformance suite, and the faults only a folder of files has.
import { readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { createDuckdbWarehouse } from "../../core/warehouse/duckdb/index.ts";
import type { Warehouse } from "../../core/warehouse/index.ts";
import { testWarehouse, type WithWarehouse } from "../conformance/warehouse.ts";

const withWarehouse: WithWarehouse = async (use) => {
  const folder = await mkdtemp(join(tmpdir(), "mesh-warehouse-"));
  const path = join(folder, "warehouse [1]=x");
  const opened: Warehouse[] = [];
  const open = () => {
    const warehouse = createDuckdbWarehouse({ path, threads: 2, memoryLimit: "1GB" });
    opened.push(warehouse);
    return warehouse;
  };
  try {
    const warehouse = open();
    await warehouse.prepare("state-1");
    await use({
      warehouse,
      another: open,
      readServed: (project, sql) => readServed(warehouse.servingLocation(project), sql),
      scratch: async (name, content) => {
        await writeFile(join(folder, name), content);
        return join(folder, name);
      },
      physical: async () =>
        readdirSync(path, { recursive: true })
          .map(String)
          .filter((entry) => /\.(parquet|duckdb|unfinished|tmp|wal)$/.test(entry))
          .sort(),
    });
  } finally {
    for (const warehouse of opened) await warehouse.close();
    await rm(folder, { recursive: true, force: true });
  }
};

/** Opens the serving file read-only, as another program would. */
async function readServed(file: string, sql: string): Promise<readonly (readonly unknown[])[]> {
  const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
  try {
    const connection = await instance.connect();
    return (await (await connection.run(sql)).getRowsJson()) as unknown[][];
  } finally {
    instance.closeSync();
  }
}

testWarehouse("duckdb", withWarehouse);
