// A process of its own over a DuckDB warehouse. Arguments: folder, then one of
//   build            starts a build that goes on for a minute, after one line once its file is being written
//   stage            writes into a staging folder and stays there, after one line
//   publish <n>      makes n builds of shop.orders with one row each and publishes them one after another; one line each
import { watch } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createId } from "../../core/util/index.ts";
import { createDuckdbWarehouse } from "../../core/warehouse/duckdb/index.ts";

const [folder = "", command, count = "0"] = process.argv.slice(2);
const warehouse = createDuckdbWarehouse({ path: folder, threads: 1, memoryLimit: "512MB" });
const newBuild = () => ({ id: createId(), model: "shop.orders", relation: { schema: "shop", name: "orders" } });
const session = await warehouse.openSession({ inputs: new Map(), behindViews: new Map() });
const say = (line: string) => process.stdout.write(`${line}\n`);

if (command === "build") {
  const build = newBuild();
  const home = join(folder, "builds", "shop", "orders");
  await mkdir(home, { recursive: true });
  const watcher = watch(home, { recursive: true }, (_, name) => {
    if (!name?.includes("unfinished")) return;
    watcher.close();
    say(build.id);
  });
  await session.create(build, { kind: "select", sql: "select i, md5(i::varchar) as m from range(2000000000) t(i)" });
} else if (command === "stage") {
  await warehouse.withStagingFolder(async (staging) => {
    await writeFile(join(staging, "rows.parquet"), "half of the rows");
    say(staging);
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  });
} else {
  for (let i = 0; i < Number(count); i++) {
    const build = newBuild();
    const data = await session.create(build, { kind: "select", sql: `select '${process.pid}' as writer, ${i} as n` });
    await warehouse.publish("shop", [{ relation: build.relation, build: { ...build, data } }], new Map(), Date.now());
    say(String(i));
  }
}
await session.close();
await warehouse.close();
