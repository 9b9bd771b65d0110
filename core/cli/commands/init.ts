// Owns `mesh init`.
import { mkdir, readdir } from "node:fs/promises";
import { basename, relative, resolve } from "node:path";
import { problems } from "../../errors/index.ts";
import type { CommandRunner } from "../command.ts";
import { writeNewFiles } from "../scaffolds/new-file.ts";
import { starterMesh } from "../scaffolds/starter-mesh.ts";

/** What may be in a folder that counts as empty: also what installing mesh into it leaves there. */
const HARMLESS = new Set([".git", ".DS_Store", "node_modules", "package.json", "package-lock.json"]);

export const run: CommandRunner = async ({ arguments: [folder = "."], output, cwd }) => {
  const target = resolve(cwd, folder);
  await mkdir(target, { recursive: true });
  const found = (await readdir(target)).filter((name) => !HARMLESS.has(name));
  if (found.length > 0) throw problems.folderNotEmpty({ folder, found: found.sort() });
  const files = starterMesh(nameOf(target));
  await writeNewFiles(target, files);
  output.document({ folder: target, files: files.map((file) => file.path) });
  const place = relative(process.cwd(), target);
  output.result(files.map((file) => `  ${file.path}`).join("\n"));
  output.note(`\nNext:\n${place === "" ? "" : `  cd ${place}\n`}  mesh run\n  mesh show daily_sales`);
  return 0;
};

/** The folder's name as a mesh may be called. */
function nameOf(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "");
  return name === "" ? "my-mesh" : name;
}
