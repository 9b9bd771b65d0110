// Owns the configuration in force: project defaults, then YAML, then the model's own file; and what contradicts itself in it.
import { type Location, type MeshError, problems } from "../errors/index.ts";
import type { Access, Materialization, ModelConfig } from "../manifest/index.ts";
import { closest } from "../util/index.ts";
import { snapshotKeyProblems } from "./check-snapshot.ts";
import { locateConfigKey } from "./locate-config-key.ts";
import type { ModelDraft, Settings } from "./types.ts";

type Values = Readonly<Record<string, unknown>>;

/** Keys of `defaults` that only say how a query is built. */
const ONLY_FOR_SQL = ["materialized", "incremental_strategy", "on_schema_change", "full_refresh"];
/** Keys of Settings and not of `config`. */
const LIFTED = new Set(["enabled", "materialized", "access", "group", "tags", "meta", "schedule", "contract"]);
const LISTS = new Set(["unique_key", "merge_update_columns", "merge_exclude_columns", "pre_hook", "pools"]);

/** What `config.get()` answers before the file's own config() is known. */
export function configBeneath(draft: ModelDraft): Values {
  return { ...defaultsFor(draft), ...draft.properties?.config.values };
}

export function settleConfig(
  draft: ModelDraft,
  inFile: Values,
): { readonly settings: Settings; readonly problems: readonly MeshError[] } {
  const defaults = defaultsFor(draft);
  const yaml = draft.properties?.config.values ?? {};
  const values: Values = { ...defaults, ...yaml, ...inFile };
  const tags = [defaults, yaml, inFile].flatMap((layer) => asList(layer.tags));
  const config = modelConfig(draft, values);
  const settings: Settings = {
    enabled: values.enabled !== false,
    materialized: materialization(draft, values),
    access: (values.access ?? "protected") as Access,
    ...(typeof values.group === "string" && { group: values.group }),
    tags: [...new Set(tags)].sort(),
    meta: (values.meta ?? {}) as Values,
    ...(typeof values.schedule === "string" && { schedule: values.schedule }),
    contract: { enforced: (values.contract as { enforced?: boolean } | undefined)?.enforced === true },
    config,
  };
  return { settings, problems: [...givenTwice(draft, yaml, inFile), ...contradictions(draft, settings, inFile)] };
}

function defaultsFor(draft: ModelDraft): Values {
  const { values } = draft.project.defaults;
  if (draft.kind === "sql") return values;
  const fitting = Object.entries(values).filter(([key]) => !ONLY_FOR_SQL.includes(key));
  return { ...Object.fromEntries(fitting), ...storeGroup(draft) };
}

/** The snapshots of a store with `publish: together` are one publish group, which has the store's name. */
function storeGroup({ kind, properties, project }: ModelDraft): Values {
  const name = kind === "snapshot" ? properties?.relation?.store : undefined;
  const store = project.stores.find((one) => one.name === name);
  return store?.publish === "together" ? { publish: store.name } : {};
}

function materialization(draft: ModelDraft, values: Values): Materialization {
  switch (draft.kind) {
    case "snapshot":
      return "snapshot";
    case "seed":
      return "seed";
    case "typescript":
      return (values.materialized ?? "table") as Materialization;
    case "sql":
      return (values.materialized ?? "view") as Materialization;
  }
}

function modelConfig(draft: ModelDraft, values: Values): ModelConfig {
  const config: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) {
    if (LIFTED.has(key) || key === "incremental_strategy" || key === "invalidate_hard_deletes") continue;
    config[key] = LISTS.has(key) ? asList(value) : value;
  }
  if (draft.kind === "snapshot") {
    config.strategy ??= "full";
    if (values.invalidate_hard_deletes === true) config.hard_deletes ??= "invalidate";
  }
  if (materialization(draft, values) === "incremental") {
    // dbt's default; without a key there is nothing to delete, and rows are added.
    config.strategy = values.incremental_strategy ?? (config.unique_key === undefined ? "append" : "delete+insert");
  }
  return config;
}

function asList(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

/** Where a key of the configuration is written. */
export function placeOfKey(draft: ModelDraft, key: string, inFile: Values): Location {
  if (key in inFile) return draft.file ? locateConfigKey(draft.file, key) : draft.location;
  return draft.properties?.config.at[key] ?? draft.project.defaults.at[key] ?? draft.location;
}

function givenTwice(draft: ModelDraft, yaml: Values, inFile: Values): readonly MeshError[] {
  return Object.keys(inFile)
    .filter((key) => key !== "tags" && key in yaml)
    .map((key) => {
      const { file, line } = placeOfKey(draft, key, {});
      const other = line === undefined ? file : `${file}:${line}`;
      return problems.keyInTwoPlaces({ key, place: draft.id, other }, { location: placeOfKey(draft, key, inFile) });
    });
}

function contradictions(draft: ModelDraft, settings: Settings, inFile: Values): readonly MeshError[] {
  const { materialized, config, schedule, access } = settings;
  const found: MeshError[] = [];
  const model = draft.id;
  const at = (key: string) => ({ location: placeOfKey(draft, key, inFile) });
  if (draft.kind === "typescript" && materialized === "view") {
    found.push(problems.materializedNotForKind({ model, materialized }, at("materialized")));
  }
  if (materialized === "incremental") {
    const { strategy, unique_key: key = [], merge_update_columns: only, merge_exclude_columns: except } = config;
    if ((strategy === "merge" || strategy === "delete+insert") && key.length === 0) {
      found.push(problems.strategyWithoutKey({ model, strategy }, at("incremental_strategy")));
    }
    if (only && except) {
      const keys = ["merge_update_columns", "merge_exclude_columns"] as const;
      found.push(problems.keysExclusive({ model, keys }, at("merge_exclude_columns")));
    }
    for (const name of ["merge_update_columns", "merge_exclude_columns"] as const) {
      if (!config[name] || strategy === "merge") continue;
      found.push(problems.keyWithoutUse({ model, key: name, needs: "incremental_strategy 'merge'" }, at(name)));
    }
  }
  if (draft.kind === "snapshot") found.push(...snapshotKeyProblems(draft, config));
  const schedules = Object.keys(draft.project.schedules);
  if (schedule !== undefined && !schedules.includes(schedule)) {
    const near = closest(schedule, schedules);
    found.push(
      problems.scheduleNotFound({ schedule, project: draft.project.name, near, known: schedules }, at("schedule")),
    );
  }
  if (access === "public" && (draft.properties?.description ?? "").trim() === "") {
    found.push(problems.publicWithoutDescription({ model }, { location: draft.properties?.at ?? draft.location }));
  }
  return found;
}
