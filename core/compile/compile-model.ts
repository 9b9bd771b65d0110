// Owns what can be said of one model alone: its query, its configuration, what it reads. Types and tests come later.
import { MeshError, placed, problems } from "../errors/index.ts";
import { metaColumns } from "../materialize/index.ts";
import { checkModelConfig, loadTypescriptModel } from "../project/index.ts";
import { hashOf } from "../util/index.ts";
import type { ProjectCache } from "./cache/project-cache.ts";
import { checkProtectedKeys, checkProtection } from "./check-protection.ts";
import { locateRef } from "./locate-config-key.ts";
import { renderQuery } from "./render/render-query.ts";
import type { RenderWorld } from "./render/render-world.ts";
import { configBeneath, placeOfKey, settleConfig } from "./settle-config.ts";
import type { ModelDraft, ModelWork } from "./types.ts";

type Values = Readonly<Record<string, unknown>>;

export interface ModelContext {
  readonly world: RenderWorld;
  readonly cache: ProjectCache;
  /** The mesh's root, absolute. */
  readonly root: string;
}

export async function compileModel(draft: ModelDraft, context: ModelContext): Promise<ModelWork> {
  switch (draft.kind) {
    case "sql":
      return compileSql(draft, context);
    case "typescript":
      return compileTypescript(draft, context);
    case "snapshot":
      return compileSnapshot(draft, context);
    case "seed": {
      const { settings, problems: found } = settleConfig(draft, {});
      return { draft, settings, problems: found, deps: [], macros: {} };
    }
  }
}

async function compileSql(draft: ModelDraft, { world, cache }: ModelContext): Promise<ModelWork> {
  const { id, name, file } = draft;
  if (!file) throw problems.unexpected({ what: `compiling ${id}`, reason: "a SQL model without a file" });
  // A model that YAML switches off is not looked into: it may be half-written.
  const off = settleConfig(draft, {});
  if (!off.settings.enabled) return { draft, settings: off.settings, problems: [], deps: [], macros: {} };
  const subject = { id, name, resource: "model", file, beneath: configBeneath(draft) } as const;
  const { query, problems: found, models, brokenUpstream } = renderQuery(subject, world, cache);
  const inFile = query?.config ?? {};
  const invalid = await problemsOfConfigCall(draft, inFile);
  // Values that do not fit the schema are not looked at any further.
  const settled = invalid.length > 0 ? off : settleConfig(draft, inFile);
  return {
    draft,
    settings: settled.settings,
    problems: [...found, ...invalid, ...settled.problems],
    deps: models,
    ...(brokenUpstream !== undefined && { brokenUpstream }),
    ...(query && { sql: query.sql, canonical: query.canonical, inFile }),
    ...(query?.incrementalSql && { incrementalSql: query.incrementalSql }),
    macros: query?.macros ?? {},
  };
}

async function problemsOfConfigCall(draft: ModelDraft, inFile: Values): Promise<readonly MeshError[]> {
  if (Object.keys(inFile).length === 0) return [];
  return (await checkModelConfig(inFile)).map(({ key, text }) =>
    problems.configCallInvalid(
      { model: draft.id, problem: text },
      { location: key === undefined ? draft.location : placeOfKey(draft, key, inFile) },
    ),
  );
}

async function compileTypescript(draft: ModelDraft, { world, root }: ModelContext): Promise<ModelWork> {
  const off = settleConfig(draft, {});
  if (!off.settings.enabled) return { draft, settings: off.settings, problems: [], deps: [], macros: {} };
  let definition: Awaited<ReturnType<typeof loadTypescriptModel>>;
  try {
    definition = await loadTypescriptModel(root, draft.location.file);
  } catch (error) {
    if (!(error instanceof MeshError)) throw error;
    return { draft, settings: off.settings, problems: [error], deps: [], macros: {} };
  }
  const { settings, problems: found } = settleConfig(draft, { ...definition.config });
  const wrong: MeshError[] = [...found];
  const inputs: Record<string, string> = {};
  let brokenUpstream: string | undefined;
  for (const [argument, target] of Object.entries(definition.deps)) {
    const resolution = world.index.resolveRef(draft.project.name, target);
    if ("model" in resolution) inputs[argument] = resolution.model;
    else if ("brokenProject" in resolution) brokenUpstream ??= resolution.brokenProject;
    else wrong.push(placed(resolution.problem, draft.file ? locateRef(draft.file, target.name) : draft.location));
  }
  return {
    draft,
    settings,
    problems: wrong,
    deps: [...new Set(Object.values(inputs))].sort(),
    inputs,
    vars: hashOf({ vars: world.vars }),
    ...(brokenUpstream !== undefined && { brokenUpstream }),
    macros: {},
    definedColumns: definition.columns,
  };
}

function compileSnapshot(draft: ModelDraft, { world }: ModelContext): ModelWork {
  const { settings, problems: found } = settleConfig(draft, {});
  const relation = draft.properties?.relation;
  const none = { draft, settings, deps: [], macros: {} };
  if (!relation) {
    return {
      ...none,
      problems: [...found, problems.snapshotWithoutRelation({ snapshot: draft.id }, { location: draft.location })],
    };
  }
  const { store, table } = relation;
  const problem = world.index.sourceProblem(draft.project.name, store, table);
  if (problem && world.index.mayBeUnread(draft.project.name, store, table))
    return { ...none, problems: found, brokenUpstream: draft.project.name };
  if (problem) return { ...none, problems: [...found, placed(problem, relation.at)] };
  const source = draft.project.sources.find((one) => one.store === store && one.name === table);
  const read = source?.columns.filter(({ protect }) => protect !== "drop");
  const columns = read?.map(({ name, data_type = "", description, classification, at: place }) => ({
    name,
    type: data_type,
    ...(description !== undefined && { description }),
    ...(classification !== undefined && { classification }),
    at: place,
  }));
  const id = `${draft.project.name}.${store}.${table}`;
  const unsafe = source ? [...checkProtection(id, source).errors, ...checkProtectedKeys(draft, settings, source)] : [];
  return {
    ...none,
    problems: [...found, ...unsafe],
    source: id,
    ...(columns && {
      definedColumns: columns.length === 0 ? [] : [...columns, ...metaColumns(settings.config, columns)],
    }),
  };
}
