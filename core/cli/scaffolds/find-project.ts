// Owns finding a project's folder without compiling it: a broken project can still get a new model.
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { parse } from "yaml";
import { problems } from "../../errors/index.ts";
import type { Mesh } from "../../mesh-types.ts";
import { closest } from "../../util/index.ts";

export interface FoundProject {
  readonly name: string;
  /** Relative to the root, `/` separated. */
  readonly path: string;
  readonly stores: readonly string[];
}

/** Every folder with a project.yml that the configuration's globs reach. */
export async function listProjects(mesh: Mesh): Promise<readonly FoundProject[]> {
  const { glob } = await import("tinyglobby");
  const files = await glob(
    mesh.config.projects.map((pattern) => `${pattern.replace(/\/$/, "")}/project.yml`),
    {
      cwd: mesh.config.root,
      ignore: ["**/node_modules/**"],
    },
  );
  return Promise.all(files.sort().map((file) => readProject(mesh.config.root, file)));
}

async function readProject(root: string, file: string): Promise<FoundProject> {
  const path = dirname(file);
  let value: unknown;
  try {
    value = parse(await readFile(join(root, file), "utf8"));
  } catch {
    // Its folder's name will do; compile tells what is wrong with it.
  }
  const { name, stores } = (typeof value === "object" && value !== null ? value : {}) as {
    readonly name?: unknown;
    readonly stores?: unknown;
  };
  return {
    name: typeof name === "string" ? name : basename(path),
    path,
    stores: typeof stores === "object" && stores !== null ? Object.keys(stores) : [],
  };
}

/** Throws `cli/no-such-project`. */
export async function findProject(mesh: Mesh, name: string): Promise<FoundProject> {
  const projects = await listProjects(mesh);
  const found = projects.find((project) => project.name === name);
  if (found) return found;
  const names = projects.map((project) => project.name);
  throw problems.noSuchProject({ project: name, near: closest(name, names), projects: names });
}

/** A folder's own property file: `_<folder>.yml`, else its only YAML file, else undefined. Relative to the root. */
export async function findPropertiesFile(root: string, folder: string): Promise<string | undefined> {
  const names = await readdir(join(root, folder)).catch(() => []);
  const yaml = names.filter((name) => /\.ya?ml$/.test(name)).sort();
  const own = yaml.find((name) => name.replace(/^_|\.ya?ml$/g, "") === basename(folder));
  const chosen = own ?? (yaml.length === 1 ? yaml[0] : undefined);
  return chosen === undefined
    ? undefined
    : relative(root, join(root, folder, chosen))
        .split(sep)
        .join("/");
}
