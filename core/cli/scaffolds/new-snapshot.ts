// Owns a new snapshot: the declared table of a store and the snapshot entry, in one YAML file.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { problems } from "../../errors/index.ts";
import type { CommandInput } from "../command.ts";
import { findProject, findPropertiesFile } from "./find-project.ts";
import { readName, readQualifiedName } from "./names.ts";
import type { NewFiles } from "./new-files.ts";
import { addYamlEntry, namesUnder, type YamlValue } from "./yaml-entry.ts";

export async function newSnapshot({ arguments: [, given = ""], options, openMesh }: CommandInput): Promise<NewFiles> {
  const { project: projectName, name } = readQualifiedName(given);
  const columns = readColumns(options.text("columns"));
  const table = readName(options.text("table") ?? name);
  const mesh = await openMesh();
  const { root } = mesh.config;
  const project = await findProject(mesh, projectName);
  const store = options.text("store") ?? (project.stores.length === 1 ? project.stores[0] : undefined);
  if (store === undefined || !project.stores.includes(store)) {
    throw problems.noSuchStore({ project: project.name, store, stores: project.stores });
  }

  const folder = `${project.path}/models/snapshots`;
  const properties = await findPropertiesFile(root, folder);
  let text = properties === undefined ? "version: 2\n" : await readFile(join(root, properties), "utf8");
  if (namesUnder(text, ["snapshots"]).includes(name))
    throw problems.alreadyExists({ what: `A snapshot ${name} in ${properties}` });
  if (!namesUnder(text, ["sources"]).includes(store)) {
    text = addYamlEntry(text, ["sources"], { name: store, tables: [tableEntry(table, columns)] });
  } else if (!namesUnder(text, ["sources", `name=${store}`, "tables"]).includes(table)) {
    text = addYamlEntry(text, ["sources", `name=${store}`, "tables"], tableEntry(table, columns));
  }
  const key = columns[0]?.name ?? "id";
  text = addYamlEntry(text, ["snapshots"], {
    name,
    relation: `source('${store}', '${table}')`,
    config: { strategy: "full", unique_key: key },
    columns: [{ name: key, data_tests: ["unique", "not_null"] }],
  });
  return {
    root,
    files: [
      {
        path: properties ?? `${folder}/_snapshots.yml`,
        content: text,
        ...(properties !== undefined && { edits: true }),
      },
    ],
    next: `list every column to copy, then: mesh run --select ${name}`,
  };
}

interface ColumnWritten {
  readonly name: string;
  readonly type: string;
}

function tableEntry(name: string, columns: readonly ColumnWritten[]): YamlValue {
  return { name, columns: columns.map((column) => ({ name: column.name, data_type: column.type })) };
}

/** `id bigint, amount decimal(12,2)`; commas inside brackets belong to the type. */
function readColumns(text: string | undefined): readonly ColumnWritten[] {
  if (text === undefined) return [{ name: "id", type: "bigint" }];
  return text.split(/,(?![^(]*\))/).map((part) => {
    const match = /^\s*([a-z_][a-z0-9_]*)\s+(\S.*?)\s*$/.exec(part);
    if (match?.[1] !== undefined && match[2] !== undefined) return { name: match[1], type: match[2] };
    throw problems.badOptionValue({
      option: "--columns",
      value: text,
      expected: "names with types, such as 'id bigint, amount decimal(12,2)'",
    });
  });
}
