// Owns writing scaffolded files: all of them or, when one exists already, none; never over something that is there.
import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { problems } from "../../errors/index.ts";
import { writeFileAtomic } from "../../util/index.ts";

export interface NewFile {
  /** Relative to the folder it is written into. */
  readonly path: string;
  readonly content: string;
  /** True for a file that exists and gets an entry more. */
  readonly edits?: boolean;
}

/** Throws `cli/already-exists` before anything is written. */
export async function writeNewFiles(folder: string, files: readonly NewFile[]): Promise<void> {
  for (const file of files) {
    if (!file.edits && (await exists(join(folder, file.path)))) throw problems.alreadyExists({ what: file.path });
  }
  for (const file of files) {
    const path = join(folder, file.path);
    if (file.edits) {
      await writeFileAtomic(path, file.content);
      continue;
    }
    await mkdir(dirname(path), { recursive: true });
    // wx: a file that appeared in between is not overwritten either.
    await writeFile(path, file.content, { flag: "wx" });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
