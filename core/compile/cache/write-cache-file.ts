// Owns writing a file whose loss costs nothing but time.
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { createId } from "../../util/index.ts";

/** A reader sees old bytes or new ones, as with `writeFileAtomic`, but they are not flushed: a crash may lose them. */
export async function writeCacheFile(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${createId()}.tmp`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
