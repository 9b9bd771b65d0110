// Owns how a build's file comes to be: written under another name in the build's own new folder, synced, then named.
// Whatever goes wrong, the folder goes with it.
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { problems } from "../../errors/index.ts";
import type { BuildFile } from "../../manifest/index.ts";
import type { NewBuild } from "../types.ts";
import type { Layout } from "./layout.ts";
import { makeFolder } from "./make-folder.ts";

const NAME = "part-0.parquet";

/** `write` fills the file and returns its rows. Without `keepEmpty`, no rows leave no file and no folder: undefined. */
export async function writeBuildFile(
  build: NewBuild,
  layout: Layout,
  write: (path: string) => Promise<number>,
  keepEmpty: boolean,
): Promise<BuildFile | undefined> {
  const folder = layout.buildFolder(build);
  await makeFolder(dirname(folder));
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") throw problems.buildExists({ model: build.model, build: build.id });
    throw error;
  });
  try {
    const unfinished = join(folder, `${NAME}.unfinished`);
    const rows = await write(unfinished);
    if (rows === 0 && !keepEmpty) {
      await rm(folder, { recursive: true });
      return undefined;
    }
    await sync(unfinished);
    const path = join(folder, NAME);
    await rename(unfinished, path);
    await sync(folder);
    const { size } = await stat(path);
    return { path: relative(layout.root, path).replaceAll("\\", "/"), rows, bytes: size };
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
