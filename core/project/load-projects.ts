// Owns finding the mesh's projects and shared macros and reading them all. One broken project never stops another.
import { setImmediate } from "node:timers/promises";
import type { Config } from "../config/index.ts";
import { type Diagnostic, type MeshError, problems, toDiagnostic } from "../errors/index.ts";
import { listFiles, readText } from "./find-files.ts";
import { loadProject } from "./load-project.ts";
import type { Project, TextFile } from "./types.ts";

/** Projects in work at once: while one waits for its memory to be read or written, another is read. */
const LANES = 8;

export interface LoadedProjects {
  /** Sorted by folder. Broken ones are among them: those with an error among their own diagnostics. */
  readonly projects: readonly Project[];
  /** Shared macros, sorted by path. */
  readonly macros: readonly TextFile[];
  /** Problems that belong to no project. Each project's own are on the project. */
  readonly diagnostics: readonly Diagnostic[];
}

async function projectFolders(config: Config): Promise<readonly string[]> {
  const { glob } = await import("tinyglobby");
  const found = await glob([...config.projects], {
    cwd: config.root,
    onlyDirectories: true,
    expandDirectories: false,
    ignore: ["**/node_modules/**"],
  });
  return found.map((path) => path.replace(/\/+$/, "")).sort((a, b) => (a < b ? -1 : 1));
}

/** Adds an error to every project whose name another folder declares too. */
function checkProjectNames(projects: readonly Project[]): readonly Project[] {
  const folders = new Map<string, string[]>();
  for (const { name, path } of projects) folders.set(name, [...(folders.get(name) ?? []), path]);
  return projects.map((project) => {
    const other = folders.get(project.name)?.find((path) => path !== project.path);
    if (other === undefined) return project;
    const error = problems.projectNameTaken({ name: project.name, other }, { location: project.at });
    return { ...project, diagnostics: [...project.diagnostics, toDiagnostic(error, "error", project.name)] };
  });
}

/** Reads every project and the shared macros of a mesh. Never throws for what is in the files. */
export async function loadProjects(config: Config): Promise<LoadedProjects> {
  const found: MeshError[] = [];
  const folders = await projectFolders(config);
  if (folders.length === 0)
    found.push(problems.noProjects({ globs: config.projects }, { location: { file: "mesh.config.ts" } }));
  const projects = new Array<Project>(folders.length);
  const waiting = folders.entries();
  const lane = async () => {
    for (const [index, folder] of waiting) {
      projects[index] = await loadProject(config.root, folder);
      // Reading is synchronous: let other work of the process have its turn.
      await setImmediate();
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const macros = listFiles(config.root, config.macros, [".sql"], found).flatMap(
    (path) => readText(config.root, path, found) ?? [],
  );
  return { projects: checkProjectNames(projects), macros, diagnostics: found.map((error) => toDiagnostic(error)) };
}
