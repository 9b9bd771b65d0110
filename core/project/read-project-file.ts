// Owns the facts of project.yml, as written.
import { type Diagnostic, type Location, type MeshError, problems, toDiagnostic } from "../errors/index.ts";
import type { Owner, Schedule } from "../manifest/index.ts";
import { validateSchedule } from "../sla/index.ts";
import { storeProblems } from "./check-store.ts";
import { checkYaml, inOrder } from "./check-yaml.ts";
import { IDENTIFIER, nameProblem } from "./names.ts";
import { readYaml, type YamlFile } from "./read-yaml.ts";
import { type ProjectFile, projectSchema } from "./schemas.ts";
import type { ConfigDeclaration, StoreDeclaration, StoreReading, TextFile } from "./types.ts";

export interface ProjectFacts {
  /** undefined when it cannot be read. */
  readonly name?: string;
  readonly description?: string;
  readonly owner?: Owner;
  readonly stores: readonly StoreDeclaration[];
  readonly schedules: Readonly<Record<string, Schedule>>;
  readonly defaults: ConfigDeclaration;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly at: Location;
  readonly diagnostics: readonly Diagnostic[];
}

const CLIENTS = {
  pg: "pg",
  postgres: "pg",
  mysql: "mysql",
  mariadb: "mysql",
  sqlite: "sqlite",
  files: "files",
  http: "http",
} as const;

const READING_KEYS = [
  "concurrency",
  "readers",
  "split_above",
  "isolation",
  "lock_and_start",
  "connect_timeout",
  "statement_timeout",
  "lock_timeout",
  "idle_timeout",
] as const;

function readingOf(store: NonNullable<ProjectFile["stores"]>[string]): StoreReading {
  return Object.fromEntries(READING_KEYS.flatMap((key) => (store[key] === undefined ? [] : [[key, store[key]]])));
}

/** Entries of a mapping that the schema accepts. */
function accepted<T>(
  mapping: Readonly<Record<string, T>> | undefined,
  fits: (key: string) => boolean,
): readonly (readonly [string, T])[] {
  return typeof mapping === "object" && mapping !== null ? Object.entries(mapping).filter(([key]) => fits(key)) : [];
}

async function checkSchedules(
  yaml: YamlFile,
  schedules: readonly (readonly [string, Schedule])[],
  found: MeshError[],
): Promise<void> {
  for (const [schedule, declared] of schedules) {
    for (const { reason, expected, key } of await validateSchedule(declared))
      found.push(
        problems.scheduleInvalid({ schedule, reason, expected }, { location: yaml.locateValue(declared, key) }),
      );
  }
}

/** Reads project.yml. What the schema refuses is left out and reported; the rest is read. */
export async function readProjectFile(file: TextFile): Promise<ProjectFacts> {
  const yaml = await readYaml(file.path, file.content);
  const found: MeshError[] = [...yaml.problems];
  const at = { file: file.path, line: 1, column: 1 };
  const { fits, problems: refused } =
    yaml.value === undefined ? { fits: () => false, problems: [] } : checkYaml(yaml, projectSchema);
  found.push(...refused);
  // Each part is used only when the schema accepts it.
  const content = (typeof yaml.value === "object" && yaml.value !== null ? yaml.value : {}) as ProjectFile;
  const stores = accepted(content.stores, (key) => fits("stores", key));
  for (const [name, store] of stores) found.push(...storeProblems(yaml, name, store));
  const schedules = accepted(content.schedules, (key) => fits("schedules", key));
  await checkSchedules(yaml, schedules, found);
  const reserved =
    typeof content.name === "string" && IDENTIFIER.test(content.name)
      ? nameProblem("project", content.name, yaml.locateValue(content, "name"))
      : undefined;
  if (reserved) found.push(reserved);
  const defaults = accepted(content.defaults, (key) => fits("defaults", key));
  return {
    ...(fits("name") && content.name !== undefined && { name: content.name }),
    ...(fits("description") && content.description !== undefined && { description: content.description }),
    ...(fits("owner") && content.owner && { owner: content.owner as Owner }),
    stores: stores.map(([name, store]) => ({
      name,
      client: CLIENTS[store.client],
      connection: store.connection,
      ...(store.replica !== undefined && { replica: store.replica }),
      ...(store.publish !== undefined && { publish: store.publish }),
      reading: readingOf(store),
      at: yaml.locate(content.stores, name),
    })),
    schedules: Object.fromEntries(schedules),
    defaults: {
      values: Object.fromEntries(defaults),
      at: Object.fromEntries(defaults.map(([key]) => [key, yaml.locate(content.defaults, key)])),
    },
    vars: fits("vars") ? (content.vars ?? {}) : {},
    at,
    diagnostics: inOrder(found).map((error) => toDiagnostic(error)),
  };
}
