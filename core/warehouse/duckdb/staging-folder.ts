// Owns folders for files on their way into a build. They lie among what this process spills, so that what a killed process left is removed with that.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Layout } from "./layout.ts";
import { makeFolder } from "./make-folder.ts";
import { createProcessName, keepFresh } from "./process-name.ts";

export interface StagingFolder {
  /** Absolute, new and empty. */
  readonly path: string;
  /** Removes it with all that is in it. */
  remove(): Promise<void>;
}

export async function openStagingFolder({ temporary }: Layout): Promise<StagingFolder> {
  const path = join(temporary, createProcessName());
  await makeFolder(path);
  const stopFreshening = keepFresh(path);
  return {
    path,
    remove() {
      stopFreshening();
      return rm(path, { recursive: true, force: true });
    },
  };
}
