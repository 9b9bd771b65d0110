// Owns what is wrong with a store of project.yml beyond its shape: what its kind of store cannot do, and connections that say more
// than where the store is.
import { schemaProblems } from "../config/index.ts";
import { type MeshError, problems } from "../errors/index.ts";
import { yamlProblem } from "./check-yaml.ts";
import { filesConnectionSchema } from "./files-connection.ts";
import { httpConnectionSchema } from "./http-connection.ts";
import type { YamlFile } from "./read-yaml.ts";
import type { ProjectFile } from "./schemas.ts";

type StoreEntry = NonNullable<ProjectFile["stores"]>[string];

export function storeProblems(yaml: YamlFile, name: string, store: StoreEntry): readonly MeshError[] {
  return [...connectionProblems(yaml, name, store), ...settingProblems(yaml, name, store)];
}

function connectionProblems(yaml: YamlFile, name: string, { client, connection }: StoreEntry): readonly MeshError[] {
  const place = `stores.${name}.connection`;
  if (client === "files" && typeof connection === "string") return [];
  if (client !== "http" && client !== "files") return [];
  if (typeof connection === "string") {
    const stores = (yaml.value as ProjectFile).stores;
    const location = yaml.locateValue(stores?.[name], "connection");
    return [problems.yamlWrongType({ place, expected: "a mapping with url and tables", got: "text" }, { location })];
  }
  return schemaProblems(client === "http" ? httpConnectionSchema : filesConnectionSchema, connection).map((problem) =>
    yamlProblem(yaml, connection, problem, place),
  );
}

type Setting = Exclude<keyof StoreEntry, "client" | "connection" | "concurrency" | "publish">;

const OF_SERVERS = "only servers have it";
const NO_LOCKS = "nothing is locked";
const NO_STATEMENTS = "it runs no statements";
const ONE_READER = "its connections cannot share one consistent point";

/** What a kind of store cannot do, with the reason. */
const UNSUPPORTED: Readonly<Partial<Record<StoreEntry["client"], Readonly<Partial<Record<Setting, string>>>>>> = {
  sqlite: {
    readers: ONE_READER,
    split_above: ONE_READER,
    isolation: OF_SERVERS,
    lock_and_start: OF_SERVERS,
    connect_timeout: OF_SERVERS,
    idle_timeout: OF_SERVERS,
  },
  files: {
    split_above: "a file is read by one reader",
    isolation: OF_SERVERS,
    lock_and_start: OF_SERVERS,
    connect_timeout: OF_SERVERS,
    idle_timeout: OF_SERVERS,
    lock_timeout: NO_LOCKS,
    statement_timeout: NO_STATEMENTS,
  },
  http: {
    readers: "each page tells where the next one is",
    split_above: "each page tells where the next one is",
    isolation: "an API has no transactions",
    lock_and_start: "an API has no transactions",
    connect_timeout: "`timeout` of its connection limits each request",
    idle_timeout: "`timeout` of its connection limits each request",
    statement_timeout: "`timeout` of its connection limits each request",
    lock_timeout: NO_LOCKS,
  },
};

function settingProblems(yaml: YamlFile, name: string, store: StoreEntry): readonly MeshError[] {
  return Object.entries(UNSUPPORTED[store.client] ?? {}).flatMap(([setting, reason]) => {
    const value = store[setting as Setting];
    // One reader is what every store has.
    if (value === undefined || (setting === "readers" && value === 1)) return [];
    const location = yaml.locateValue((yaml.value as ProjectFile).stores?.[name], setting);
    return [problems.storeSettingUnsupported({ store: name, client: store.client, setting, reason }, { location })];
  });
}
