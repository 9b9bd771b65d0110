// Owns the facts of project.yml, as written.
import { type Diagnostic, type Location, type MeshError, toDiagnostic } from "../errors/index.ts";
import type { Calendar, Owner } from "../manifest/index.ts";
import { scheduleProblems, timesProblems } from "./check-schedule.ts";
import { storeProblems } from "./check-store.ts";
import { checkYaml, inOrder } from "./check-yaml.ts";
import { IDENTIFIER, nameProblem } from "./names.ts";
import { readYaml, type YamlFile } from "./read-yaml.ts";
import { type ProjectFile, projectSchema, type ScheduleEntry } from "./schemas.ts";
import type { ConfigDeclaration, ScheduleDeclaration, StoreDeclaration, StoreReading, TextFile } from "./types.ts";

export interface ProjectFacts {
  /** undefined when it cannot be read. */
  readonly name?: string;
  readonly description?: string;
  readonly owner?: Owner;
  readonly stores: readonly StoreDeclaration[];
  readonly schedules: Readonly<Record<string, ScheduleDeclaration>>;
  readonly calendars: Readonly<Record<string, Calendar>>;
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

function scheduleOf(
  yaml: YamlFile,
  schedules: ProjectFile["schedules"],
  [name, { upstream, ...schedule }]: readonly [string, ScheduleEntry],
): readonly [string, ScheduleDeclaration] {
  const waitsFor = upstream?.map((id, place) => ({ id, at: yaml.locate(upstream, place) }));
  const written = schedule as Omit<ScheduleDeclaration, "upstream" | "at">;
  return [name, { ...written, ...(waitsFor && { upstream: waitsFor }), at: yaml.locate(schedules, name) }];
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
  for (const [name, schedule] of schedules)
    found.push(...(await scheduleProblems(yaml, name, schedule, yaml.locate(content.schedules, name))));
  for (const [name, schedule] of accepted(content.schedules, (key) => !fits("schedules", key))) {
    if (typeof schedule !== "object" || schedule === null) continue;
    const keys = (["cron", "timezone"] as const).filter(
      (key) => fits("schedules", name, key) && typeof schedule[key] === "string",
    );
    const readable = Object.fromEntries(keys.map((key) => [key, schedule[key]]));
    found.push(...(await timesProblems(yaml, name, schedule, readable)));
  }
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
    schedules: Object.fromEntries(schedules.map((entry) => scheduleOf(yaml, content.schedules, entry))),
    calendars: Object.fromEntries(accepted(content.calendars, (key) => fits("calendars", key))),
    defaults: {
      values: Object.fromEntries(defaults),
      at: Object.fromEntries(defaults.map(([key]) => [key, yaml.locate(content.defaults, key)])),
    },
    vars: fits("vars") ? (content.vars ?? {}) : {},
    at,
    diagnostics: inOrder(found).map((error) => toDiagnostic(error)),
  };
}
