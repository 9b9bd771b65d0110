// Owns a new snapshot: the declared table of a store and the snapshot entry, in one YAML file. Its columns are the store's own, when it can be asked.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type SuggestedColumn, suggestColumns, suggestName } from "../../contract/index.ts";
import { MeshError, problems } from "../../errors/index.ts";
import type { Mesh } from "../../mesh-types.ts";
import type { CommandInput } from "../command.ts";
import { type FoundProject, findProject, findPropertiesFile } from "./find-project.ts";
import { readName, readQualifiedName } from "./names.ts";
import type { NewFiles } from "./new-files.ts";
import { addYamlEntry, namesUnder, type YamlComment, type YamlValue } from "./yaml-entry.ts";

export async function newSnapshot(input: CommandInput): Promise<NewFiles> {
  const {
    arguments: [, given = ""],
    options,
    openMesh,
    output,
  } = input;
  const { project: projectName, name } = readQualifiedName(given);
  const written = readColumns(options.text("columns"));
  const mesh = await openMesh();
  const { root } = mesh.config;
  const project = await findProject(mesh, projectName);
  const from = readFrom(input, name, project);
  const table = readName(suggestName(from.identifier));

  const folder = `${project.path}/models/snapshots`;
  const properties = await findPropertiesFile(root, folder);
  let text = properties === undefined ? "version: 2\n" : await readFile(join(root, properties), "utf8");
  if (namesUnder(text, ["snapshots"]).includes(name))
    throw problems.alreadyExists({ what: `A snapshot ${name} in ${properties}` });
  let key = written?.[0]?.name ?? "id";
  const isDeclared = namesUnder(text, ["sources", `name=${from.store}`, "tables"]).includes(table);
  if (!isDeclared) {
    const columns = written ? { columns: written, key } : await askStore(mesh, project, from);
    if (columns.unread !== undefined)
      output.note(`${columns.unread}\nThe columns of ${from.identifier} are a template to fill in.\n`);
    key = columns.key;
    text = declareTable(text, from, tableEntry(table, from, columns.columns), commentsOf(columns));
  }
  text = addYamlEntry(text, ["snapshots"], {
    name,
    relation: `source('${from.store}', '${table}')`,
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
    next: `take out what must not be copied, classify the rest, then: mesh run --select ${name}`,
  };
}

/** The table of a store that is copied. */
interface From {
  readonly store: string;
  readonly schema?: string;
  readonly identifier: string;
}

/** `--from store.table` or `store.schema.table`; else `--store`, or the project's only one, and `--table`, or the snapshot's name. */
function readFrom({ options }: CommandInput, name: string, { name: project, stores }: FoundProject): From {
  const given = options.text("from");
  if (given !== undefined && (options.text("store") ?? options.text("table")) !== undefined)
    throw problems.optionsExclude({
      option: "--from",
      other: options.text("store") === undefined ? "--table" : "--store",
    });
  const [ofStore, second, ...rest] = splitFrom(given);
  if (given !== undefined && (second === undefined || second === ""))
    throw problems.badOptionValue({
      option: "--from",
      value: given,
      expected: "a store and its table: bookings_db.orders",
    });
  const store = ofStore ?? options.text("store") ?? (stores.length === 1 ? stores[0] : undefined);
  if (store === undefined || !stores.includes(store)) throw problems.noSuchStore({ project, store, stores });
  const table = options.text("table") ?? name;
  if (second === undefined) return { store, identifier: table };
  return rest.length === 0 ? { store, identifier: second } : { store, schema: second, identifier: rest.join(".") };
}

/** Tables of a folder of files are paths, whose dots are their own. */
function splitFrom(given: string | undefined): readonly string[] {
  if (given === undefined) return [];
  const dot = given.indexOf(".");
  const isPath = /\/|\.(csv|tsv|ndjson|jsonl|parquet|gz)$/i.test(given);
  return isPath && dot >= 0 ? [given.slice(0, dot), given.slice(dot + 1)] : given.split(".");
}

interface ChosenColumns {
  readonly columns: readonly SuggestedColumn[];
  readonly key: string;
  /** Columns are the store's own, which nobody has looked at. */
  readonly read?: boolean;
  /** Why the store could not be asked. */
  readonly unread?: string;
}

/** Throws `cli/no-such-table`. A store that cannot be asked gives a template. */
async function askStore(mesh: Mesh, project: FoundProject, from: From): Promise<ChosenColumns> {
  const store = `${project.name}.${from.store}`;
  try {
    const { columns, near } = await mesh.storeTable(store, from);
    if (!columns) throw problems.noSuchTable({ store, table: from.identifier, near });
    if (columns.length === 0) return template(`The store \`${store}\` tells no columns.`);
    const suggested = suggestColumns(columns);
    const required = columns.findIndex(({ nullable }) => !nullable);
    const key = suggested.find(({ name }) => name === "id") ?? suggested[Math.max(0, required)];
    return { columns: suggested, key: key?.name ?? "id", read: true };
  } catch (error) {
    if (!(error instanceof MeshError) || error.code.startsWith("cli/")) throw error;
    return template(mesh.redact(error.message));
  }
}

function template(unread: string): ChosenColumns {
  return { columns: [{ name: "id", type: "bigint" }], key: "id", unread };
}

function commentsOf({ read, unread }: ChosenColumns): readonly YamlComment[] {
  const classify =
    "TODO: give each a classification (public, internal, personal, pci): unclassified counts as sensitive.";
  if (read)
    return [{ before: ["columns"], text: `All columns of the table. Take out what must not be copied.\n${classify}` }];
  if (unread === undefined) return [];
  return [
    {
      before: ["columns"],
      text: `TODO: list every column to copy; the store could not be asked for them.\n${classify}`,
    },
  ];
}

/** A source entry of the store that has the table's schema gets the table; without one a new entry does. */
function declareTable(text: string, from: From, entry: YamlValue, comments: readonly YamlComment[]): string {
  if (namesUnder(text, ["sources"]).includes(from.store) && from.schema === undefined)
    return addYamlEntry(text, ["sources", `name=${from.store}`, "tables"], entry, comments);
  return addYamlEntry(
    text,
    ["sources"],
    { name: from.store, ...(from.schema !== undefined && { schema: from.schema }), tables: [entry] },
    comments.map(({ before, text: lines }) => ({ before: ["tables", 0, ...before], text: lines })),
  );
}

function tableEntry(name: string, { identifier }: From, columns: readonly SuggestedColumn[]): YamlValue {
  return {
    name,
    ...(identifier !== name && { identifier }),
    columns: columns.map((column) => ({
      name: column.name,
      ...(column.identifier !== undefined && { identifier: column.identifier }),
      data_type: column.type,
    })),
  };
}

/** `id bigint, amount decimal(12,2)`; commas inside brackets belong to the type. */
function readColumns(text: string | undefined): readonly SuggestedColumn[] | undefined {
  return text?.split(/,(?![^(]*\))/).map((part) => {
    const match = /^\s*([a-z_][a-z0-9_]*)\s+(\S.*?)\s*$/.exec(part);
    if (match?.[1] !== undefined && match[2] !== undefined) return { name: match[1], type: match[2] };
    throw problems.badOptionValue({
      option: "--columns",
      value: text,
      expected: "names with types, such as 'id bigint, amount decimal(12,2)'",
    });
  });
}
