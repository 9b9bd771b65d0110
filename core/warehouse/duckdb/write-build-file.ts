// Owns how a build's files come to be: written under other names in the build's own new folder, synced, then named.
// Whatever goes wrong, the folder goes with them.
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { problems } from "../../errors/index.ts";
import type { BuildFile } from "../../manifest/index.ts";
import type { NewBuild } from "../types.ts";
import type { Layout } from "./layout.ts";
import { makeFolder } from "./make-folder.ts";

/** `write` fills the file and returns its rows. Without `keepEmpty`, no rows leave no file and no folder: undefined. */
export async function writeBuildFile(
  build: NewBuild,
  layout: Layout,
  write: (path: string) => Promise<number>,
  keepEmpty: boolean,
): Promise<BuildFile | undefined> {
  const files = await writeBuildFiles(build, layout, async (pathOf) => {
    const rows = await write(pathOf(0));
    return rows === 0 && !keepEmpty ? [] : [rows];
  });
  return files[0];
}

/** `write` fills the files `pathOf(0)`, `pathOf(1)`, … and returns the rows of each, in order. None leave no folder. */
export async function writeBuildFiles(
  build: NewBuild,
  layout: Layout,
  write: (pathOf: (part: number) => string) => Promise<readonly number[]>,
): Promise<readonly BuildFile[]> {
  const folder = layout.buildFolder(build);
  await makeFolder(dirname(folder));
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") throw problems.buildExists({ model: build.model, build: build.id });
    throw error;
  });
  const named = (part: number) => join(folder, `part-${part}.parquet`);
  const unfinished = (part: number) => `${named(part)}.unfinished`;
  try {
    const rowCounts = await write(unfinished);
    if (rowCounts.length === 0) {
      await rm(folder, { recursive: true });
      return [];
    }
    await Promise.all(rowCounts.map((_, part) => sync(unfinished(part))));
    await Promise.all(rowCounts.map((_, part) => rename(unfinished(part), named(part))));
    await sync(folder);
    return await Promise.all(
      rowCounts.map(async (rows, part) => ({
        path: relative(layout.root, named(part)).replaceAll("\\", "/"),
        rows,
        bytes: (await stat(named(part))).size,
      })),
    );
  } catch (error) {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

/** A kill of the machine after this finds the bytes, for a folder the names in it. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
