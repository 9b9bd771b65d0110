// Owns the last form of what one project compiles to. Decides nothing: everything is known by now.
import type {
  Calendar,
  Column,
  DataTest,
  Model,
  ProjectEntry,
  Report,
  Schedule,
  Shard,
  Source,
  Store,
} from "../manifest/index.ts";
import type { Project, SourceDeclaration } from "../project/index.ts";
import { needsKey } from "../protect/index.ts";
import { fingerprintOf, tokenDomain } from "./fingerprint.ts";
import { driftPolicy, lossBudget, readingPolicy } from "./source-policies.ts";
import { relationOf } from "./stable-name.ts";
import type { ModelWork } from "./types.ts";

export interface ShardParts {
  readonly models: readonly Model[];
  readonly tests: readonly DataTest[];
  readonly reports: readonly Report[];
  readonly schedules: Readonly<Record<string, Schedule>>;
  /** Those its service levels name. */
  readonly calendars: Readonly<Record<string, Calendar>>;
  readonly diagnostics: Shard["diagnostics"];
  /** The database's spelling of a type as written. */
  spell(type: string): string;
}

export function assembleShard(project: Project, parts: ShardParts): Shard {
  const byId = <T extends { readonly id: string }>(list: readonly T[]) =>
    [...list].sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    project: {
      ...projectEntry(project, parts.schedules),
      ...(Object.keys(parts.calendars).length > 0 && { calendars: parts.calendars }),
    },
    stores: byId(project.stores.map((store) => storeOf(project, store))),
    sources: byId(project.sources.map((source) => sourceOf(project, source, parts.spell))),
    models: byId(parts.models),
    tests: byId(parts.tests),
    reports: byId(parts.reports),
    diagnostics: parts.diagnostics,
  };
}

function projectEntry({ name, path, description, owner }: Project, schedules: ProjectEntry["schedules"]): ProjectEntry {
  return { name, path, ...(description !== undefined && { description }), owner, schedules };
}

function storeOf(project: Project, store: Project["stores"][number]): Store {
  const { name, client, connection, replica, reading, at } = store;
  return {
    id: `${project.name}.${name}`,
    project: project.name,
    name,
    client,
    connection,
    ...(replica !== undefined && { replica }),
    reading: readingPolicy(reading),
    location: at,
  };
}

function sourceOf(project: Project, source: SourceDeclaration, spell: (type: string) => string): Source {
  const { store, name, identifier, schema, query, description, columns, at } = source;
  return {
    id: `${project.name}.${store}.${name}`,
    project: project.name,
    store,
    name,
    identifier: identifier ?? name,
    ...(schema !== undefined && { schema }),
    ...(query !== undefined && { query }),
    ...(description !== undefined && { description }),
    verify: source.verify ?? "checksum",
    lossBudget: lossBudget(source.loss_budget),
    drift: driftPolicy(source.drift),
    scan: source.scan ?? true,
    ...(source.sla && { sla: source.sla }),
    columns: columns.map((column) => ({
      name: column.name,
      identifier: column.identifier ?? column.name,
      type: spell(column.data_type ?? ""),
      ...(column.description !== undefined && { description: column.description }),
      ...(column.classification !== undefined && { classification: column.classification }),
      ...(column.protect !== undefined && { protect: column.protect }),
      ...(needsKey(column) && { tokenDomain: tokenDomain(column) }),
      location: column.at,
    })),
    location: at,
  };
}

export interface ModelColumns {
  readonly columns: readonly Column[];
  readonly known: boolean;
}

/** `protectionKey`: the id of the key in force. */
export function assembleModel(
  work: ModelWork,
  { columns, known, protectionKey }: ModelColumns & { readonly protectionKey: string | undefined },
): Model {
  const { draft, settings, deps, source, sql, incrementalSql } = work;
  const { id, name, kind, project, properties, location } = draft;
  const { materialized, access, group, tags, meta, schedule, contract, config } = settings;
  const [, store, table] = source?.split(".") ?? [];
  const declaration = project.sources.find((one) => one.store === store && one.name === table);
  const key = declaration?.columns.some(needsKey) ? protectionKey : undefined;
  return {
    id,
    project: project.name,
    name,
    kind,
    materialized,
    relation: relationOf(id),
    location,
    ...(properties && { propertiesLocation: properties.at }),
    ...(properties?.description !== undefined && { description: properties.description }),
    owner: project.owner,
    access,
    ...(group !== undefined && { group }),
    tags,
    meta,
    ...(schedule !== undefined && { schedule }),
    ...(properties?.sla && { sla: properties.sla }),
    contract,
    columns,
    columnsKnown: known,
    dependsOn: { models: deps, sources: source === undefined ? [] : [source] },
    config,
    ...(sql && { sql }),
    ...(incrementalSql && { incrementalSql }),
    ...(source !== undefined && { source }),
    ...(key !== undefined && { protectionKey: key }),
    fingerprint: fingerprintOf(work, declaration, key),
  };
}
