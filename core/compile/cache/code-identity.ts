// Owns telling one version of mesh's own code from another, so that a cache never outlives the code that filled it.
import { readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { hashOf } from "../../util/index.ts";

/** What decides a compiled model: these folders (the warehouse reads seeds), and the database that finds the types. */
const FOLDERS = ["compile", "graph", "manifest", "project", "quality", "template", "util", "warehouse"];
const PACKAGES = ["@duckdb/node-api", "nunjucks", "zod"];

let identity: string | undefined;

/** Changes with any file of the code, by size and time, and with the versions of the packages it stands on. */
export function codeIdentity(): string {
  identity ??= hashOf([...folders().flatMap(filesOf), ...PACKAGES.map(versionOf)]);
  return identity;
}

/** The programs in `dist/bin` lie in one folder, with this file's code among them. */
function folders(): readonly string[] {
  const here = dirname(fileURLToPath(import.meta.url));
  const asWritten = here.endsWith(join("core", "compile", "cache"));
  return asWritten ? FOLDERS.map((folder) => join(here, "..", "..", folder)) : [here];
}

function filesOf(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const { size, mtimeMs } = statSync(path);
      return `${path.slice(root.length)} ${size} ${mtimeMs}`;
    })
    .sort();
}

function versionOf(name: string): string {
  try {
    const { version } = createRequire(import.meta.url)(`${name}/package.json`) as { version?: string };
    return `${name} ${version}`;
  } catch {
    // A package may keep its package.json to itself; then its version is pinned by ours.
    return name;
  }
}
