// Owns the files of a new model: the file that makes it and its entry in the YAML beside it.
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { problems } from "../../errors/index.ts";
import type { CommandInput } from "../command.ts";
import { findProject, findPropertiesFile } from "./find-project.ts";
import { readQualifiedName } from "./names.ts";
import type { NewFiles } from "./new-files.ts";
import { addYamlEntry, namesUnder } from "./yaml-entry.ts";

export async function newModel({ arguments: [, given = ""], options, openMesh }: CommandInput): Promise<NewFiles> {
  const { project: projectName, name } = readQualifiedName(given);
  const inside = (options.text("folder") ?? "marts").replace(/^\.?\/|\/$/g, "");
  if (inside.split("/").some((part) => part === ".." || part === "")) {
    throw problems.badOptionValue({
      option: "--folder",
      value: inside,
      expected: "a folder under the project's models/",
    });
  }
  const mesh = await openMesh();
  const { root } = mesh.config;
  const project = await findProject(mesh, projectName);
  await refuseTaken(root, project.path, name);
  const folder = `${project.path}/models/${inside}`;
  const typescript = options.flag("typescript");
  const properties = await findPropertiesFile(root, folder);
  const text = properties === undefined ? "version: 2\n" : await readFile(join(root, properties), "utf8");
  if (namesUnder(text, ["models"]).includes(name))
    throw problems.alreadyExists({ what: `An entry for ${name} in ${properties}` });
  return {
    root,
    files: [
      { path: `${folder}/${name}.${typescript ? "ts" : "sql"}`, content: typescript ? TYPESCRIPT : SQL },
      {
        path: properties ?? `${folder}/_${basename(folder)}.yml`,
        content: addYamlEntry(text, ["models"], {
          name,
          description: `What one row of ${name} is.`,
          columns: [{ name: "id", description: "What it is.", data_tests: ["unique", "not_null"] }],
        }),
        ...(properties !== undefined && { edits: true }),
      },
    ],
    next: `write the query, then: mesh run --select ${name}`,
  };
}

/** A model's name is unique in its project, wherever its file stands. */
async function refuseTaken(root: string, project: string, name: string): Promise<void> {
  const { glob } = await import("tinyglobby");
  const [taken] = await glob([`${project}/models/**/${name}.{sql,ts}`, `${project}/seeds/**/${name}.csv`], {
    cwd: root,
  });
  if (taken !== undefined) throw problems.alreadyExists({ what: `A model of this name (${taken})` });
}

const SQL = `-- What one row is, in a sentence.
{{ config(materialized='table') }}

-- Read other models with ref: from {{ ref('stg_orders') }}
select 1 as id
`;

const TYPESCRIPT = `// What one row is, in a sentence.
import { defineModel } from "mesh-elt";

export default defineModel({
  columns: { id: "integer" },
  // Read other models: deps: { orders: ref("stg_orders") }, then \`for await (const order of orders)\` in rows.
  async *rows() {
    yield { id: 1 };
  },
});
`;
