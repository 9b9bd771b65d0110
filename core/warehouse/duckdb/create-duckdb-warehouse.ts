// Owns putting the adapter together. What each method does is in the file of its name.
import { resolve } from "node:path";
import type { SessionRequest, Warehouse } from "../types.ts";
import { checkWarehouse } from "./check.ts";
import { createEngine } from "./engine.ts";
import { buildFolders, dropBuilds } from "./inventory.ts";
import { layoutOf } from "./layout.ts";
import { prepareWarehouse } from "./prepare.ts";
import { publishProject, servedSequence } from "./publish.ts";
import { openSession } from "./session.ts";
import { openStagingFolder } from "./staging-folder.ts";
import { fileProblem } from "./to-problem.ts";

export interface DuckdbWarehouseOptions {
  /** The warehouse's folder. */
  readonly path: string;
  /** Such as `2GB`; DuckDB's own default (80% of the machine's memory) when absent. */
  readonly memoryLimit?: string | undefined;
  readonly threads?: number | undefined;
}

/** A warehouse of Parquet builds in a folder. Any number of processes may use one folder at once. */
export function createDuckdbWarehouse({ path, memoryLimit, threads }: DuckdbWarehouseOptions): Warehouse {
  const layout = layoutOf(resolve(path));
  const engine = createEngine({ temporary: layout.temporary, memoryLimit, threads });
  const coded = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw fileProblem(error, { what, path: layout.root, memoryLimit: engine.memoryLimit() });
    }
  };
  return {
    kind: "duckdb",
    capabilities: { sharesStorage: true },
    prepare: (stateId) => coded("preparing the warehouse", () => prepareWarehouse(layout, stateId)),
    openSession: (request: SessionRequest) => openSession(engine, layout, request),
    async withStagingFolder(use) {
      const folder = await coded("making room for rows", () => openStagingFolder(layout));
      try {
        return await use(folder.path);
      } finally {
        await folder.remove();
      }
    },
    publish: (project, relations, behindViews, sequence) =>
      publishProject(engine, layout, { project, relations, behindViews, sequence }),
    publishedSequence: (project) =>
      coded(`looking at what is served of ${project}`, () => servedSequence(layout, project)),
    servingLocation: (project) => layout.servingFile(project),
    listBuilds: () => coded("listing builds", async () => [...(await buildFolders(layout)).keys()]),
    dropBuilds: (builds, keepFiles) => coded("deleting builds", () => dropBuilds(layout, builds, keepFiles)),
    check: () => checkWarehouse(layout, engine),
    close: () => engine.close(),
  };
}
