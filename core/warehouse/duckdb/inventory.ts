// Owns what is physically there: which builds have a folder, and deleting them file by file.
import type { Dirent } from "node:fs";
import { readdir, rm, rmdir } from "node:fs/promises";
import { join, relative } from "node:path";
import type { NewBuild } from "../types.ts";
import type { Layout } from "./layout.ts";

/** Build id -> its folder. */
export async function buildFolders(layout: Layout): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const project of await folders(layout.builds)) {
    for (const model of await folders(project)) {
      for (const build of await entries(model)) {
        if (build.isDirectory()) found.set(decodeURIComponent(build.name), join(model, build.name));
      }
    }
  }
  return found;
}

/** Deletes the files of these builds except `keepFiles` (relative to the root), then the folders that are empty. */
export async function dropBuilds(
  layout: Layout,
  builds: readonly (string | Pick<NewBuild, "id" | "relation">)[],
  keepFiles: ReadonlySet<string>,
): Promise<void> {
  const searched = builds.some((build) => typeof build === "string") ? await buildFolders(layout) : undefined;
  for (const build of builds) {
    const folder = typeof build === "string" ? searched?.get(build) : layout.buildFolder(build);
    const held = folder === undefined ? undefined : await entriesIfThere(folder);
    // Most rejected builds left nothing; asking a read-only disk to delete nothing would be an error.
    if (folder === undefined || held === undefined) continue;
    for (const entry of held) {
      const path = join(folder, entry.name);
      if (!keepFiles.has(relative(layout.root, path).replaceAll("\\", "/")))
        await rm(path, { recursive: true, force: true });
    }
    await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "ENOENT" && error.code !== "EEXIST") throw error;
    });
  }
}

async function folders(path: string): Promise<readonly string[]> {
  return (await entries(path)).filter((entry) => entry.isDirectory()).map((entry) => join(path, entry.name));
}

/** Another process may delete what is being looked at. */
async function entries(path: string): Promise<readonly Dirent[]> {
  return (await entriesIfThere(path)) ?? [];
}

async function entriesIfThere(path: string): Promise<readonly Dirent[] | undefined> {
  return readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}
