// Owns telling that a recorded build lost a file.
import { stat } from "node:fs/promises";
import { type MeshError, problems } from "../../errors/index.ts";
import type { Build } from "../../manifest/index.ts";
import type { Layout } from "./layout.ts";

/** The problem of the first file that is not there, or undefined when all are. */
export async function missingFile(builds: Iterable<Build>, layout: Layout): Promise<MeshError | undefined> {
  for (const build of builds) {
    if (build.data.kind !== "files") continue;
    for (const file of build.data.files) {
      const found = await stat(layout.file(file)).then(
        () => true,
        (error: NodeJS.ErrnoException) => error.code !== "ENOENT" && error.code !== "ENOTDIR",
      );
      if (!found) return problems.buildFileMissing({ model: build.model, build: build.id, path: layout.file(file) });
    }
  }
  return undefined;
}
