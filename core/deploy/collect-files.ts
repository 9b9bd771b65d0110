// Owns which files of the working folder a project's models need when they run: seeds, and TypeScript models with all that they import.
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, posix, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type MeshError, problems } from "../errors/index.ts";
import type { Shard } from "../manifest/index.ts";
import { listFiles } from "../project/index.ts";
import type { DeploymentFile } from "../state/index.ts";
import { sha256Hex } from "../util/index.ts";

const LARGEST_BYTES = 64 * 1024 * 1024;
const MOST_IN_FOLDER = 1_000;
/** mesh itself: given to the models by the process that runs them. */
const OWN_PACKAGE = "mesh-elt";
const CODE = /\.([cm]?[jt]s|[jt]sx)$/;

/** Sorted by path. Throws `deploy/file-too-large`, `deploy/import-…`. */
export async function collectFiles(root: string, { models }: Shard): Promise<readonly DeploymentFile[]> {
  const paths = new Set<string>();
  const open: string[] = [];
  const add = (path: string) => {
    if (paths.has(path)) return;
    paths.add(path);
    if (CODE.test(path)) open.push(path);
  };
  for (const { kind, location } of models) if (kind === "seed" || kind === "typescript") add(location.file);
  const importsOf = open.length > 0 ? await importReader(root) : undefined;
  for (let file = open.pop(); file !== undefined; file = open.pop())
    for (const path of importsOf?.(file) ?? []) add(path);
  return [...paths].sort().map((path) => describeFile(root, path));
}

export function readDeployedFile(root: string, path: string): Uint8Array {
  return readFileSync(join(root, path));
}

function describeFile(root: string, path: string): DeploymentFile {
  const bytes = statSync(join(root, path)).size;
  if (bytes > LARGEST_BYTES)
    throw problems.deployedFileTooLarge({ file: path, bytes, limit: LARGEST_BYTES }, { location: { file: path } });
  return { path, hash: sha256Hex(readFileSync(join(root, path))), bytes };
}

/** Gives the files of the mesh that a file imports, relative to the root. Packages are installed wherever the models run. */
async function importReader(root: string): Promise<(file: string) => readonly string[]> {
  const { createJiti } = await import("jiti");
  const jiti = createJiti(join(root, "mesh.config.ts"), { fsCache: false, moduleCache: false });
  const inRoot = (path: string, file: string, specifier: string): string => {
    const place = relative(root, realpathSync(path)).split(sep).join("/");
    if (place === ".." || place.startsWith("../") || isAbsolute(place))
      throw problems.importOutside({ file, specifier }, { location: { file } });
    return place;
  };
  const refuseInPackages = (place: string, file: string, specifier: string): void => {
    if ([place, specifier].some((path) => path.split("/").includes("node_modules")))
      throw problems.importByPath({ file, specifier }, { location: { file } });
  };

  const resolve = (specifier: string, from: string): string | undefined => {
    const url = jiti.esmResolve(specifier, { parentURL: pathToFileURL(join(root, from)), try: true });
    const path = url?.startsWith("file:") ? fileURLToPath(url) : url;
    return path !== undefined && isAbsolute(path) && existsSync(path) ? path : undefined;
  };
  return (file) => {
    const source = readFileSync(join(root, file), "utf8");
    const found: string[] = [];
    for (const specifier of specifiersOf(jiti.transform({ source, filename: join(root, file), ts: true }))) {
      if (specifier === OWN_PACKAGE) continue;
      const path = resolve(specifier, file);
      if (isPackage(specifier)) {
        // A name that means nothing here is a module of Node.js, or a text that only looks like an import.
        if (path !== undefined && resolve(specifier, "mesh.config.ts") === undefined)
          throw problems.importNotShared({ file, specifier }, { location: { file } });
        continue;
      }
      if (path === undefined) continue;
      const place = inRoot(path, file, specifier);
      if (!specifier.startsWith("#")) refuseInPackages(place, file, specifier);
      // Names that begin with # are written in the nearest package.json, which may say a package.
      else found.push(...packageFile(root, file));
      if (!place.split("/").includes("node_modules")) found.push(place);
    }
    for (const [, specifier = ""] of source.matchAll(BESIDE)) {
      const path = join(root, dirname(file), specifier);
      if (!existsSync(path)) continue;
      const place = inRoot(path, file, specifier);
      refuseInPackages(place, file, specifier);
      found.push(...(statSync(path).isDirectory() ? filesIn(root, place, { file, specifier }) : [place]));
    }
    return found;
  };
}

/** All of a folder that a file names, but what is hidden and packages. */
function filesIn(root: string, place: string, by: { readonly file: string; readonly specifier: string }): string[] {
  const unreadable: MeshError[] = [];
  const files = listFiles(join(root, place), ".", [""], unreadable).map((path) => posix.join(place, path));
  if (unreadable[0]) throw unreadable[0];
  if (files.length > MOST_IN_FOLDER) {
    const [location, limit] = [{ file: by.file }, MOST_IN_FOLDER];
    throw problems.deployedFolderTooLarge({ ...by, files: files.length, limit }, { location });
  }
  return files;
}

/** Imports as jiti leaves them: types and comments are gone. */
const IMPORT = /(?:\brequire|\bjitiImport|\bimport|\bjitiESMResolve)\s*\(\s*(["'])((?:\\.|(?!\1).)+)\1\s*[,)]/g;
/** `new URL("./rates.json", import.meta.url)`: a file, or a folder of files, that a model reads itself. */
const BESIDE = /\bnew\s+URL\(\s*["'`]([^"'`$:/][^"'`$:]*)["'`]\s*,\s*import\.meta\.url\s*\)/g;

function specifiersOf(code: string): ReadonlySet<string> {
  return new Set([...code.matchAll(IMPORT)].map((match) => match[2] ?? ""));
}

function isPackage(specifier: string): boolean {
  return !/^(\.|#|\/|file:)/.test(specifier);
}

function packageFile(root: string, file: string): readonly string[] {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const path = folder === "." ? "package.json" : `${folder}/package.json`;
    if (existsSync(join(root, path))) return [path];
    if (folder === "." || basename(folder) === "") return [];
  }
}
