// Owns the files of a new project.
import { dirname } from "node:path";
import { stringify } from "yaml";
import { problems } from "../../errors/index.ts";
import type { CommandInput } from "../command.ts";
import { listProjects } from "./find-project.ts";
import { readName } from "./names.ts";
import type { NewFiles } from "./new-files.ts";

export async function newProject({ arguments: [, given = ""], options, openMesh }: CommandInput): Promise<NewFiles> {
  const name = readName(given);
  const mesh = await openMesh();
  const projects = await listProjects(mesh);
  const taken = projects.find((project) => project.name === name);
  if (taken) throw problems.alreadyExists({ what: `The project ${name} (${taken.path})` });
  const folder = projects[0] ? dirname(projects[0].path) : parentFolder(mesh.config.projects[0] ?? "projects/*");
  const team = options.text("owner") ?? titleOf(name);
  const email = options.text("email");
  const owner = stringify({ owner: { team, ...(email !== undefined && { email }) } }, { lineWidth: 0 });
  return {
    root: mesh.config.root,
    files: [
      { path: `${folder}/${name}/project.yml`, content: `name: ${name}\n${owner}${STORES}` },
      { path: `${folder}/${name}/models/marts/_marts.yml`, content: "version: 2\nmodels: []\n" },
    ],
    next: `mesh new model ${name}.my_model`,
  };
}

const STORES = `
# The databases of your services that snapshots may read:
# stores:
#   my_db:
#     client: pg            # or mysql, sqlite, files, http
#     connection: \${MY_DB_URL}
`;

/** `projects/*` -> `projects` */
function parentFolder(pattern: string): string {
  const fixed = pattern.split("/").filter((part) => part !== "" && !/[*?{[!]/.test(part));
  return fixed.length === 0 ? "." : fixed.join("/");
}

function titleOf(name: string): string {
  return name
    .split("_")
    .filter(Boolean)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join(" ");
}
