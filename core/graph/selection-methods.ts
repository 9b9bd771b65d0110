// Owns what each selection method means: does a model match a value? Graph operators are not here.
import type { Manifest, Model } from "../manifest/index.ts";
import { hasWildcard, matchesPath, matchesPattern } from "./matches-pattern.ts";

type Matches = (model: Model, value: string, manifest: Manifest, path: readonly string[]) => boolean;

export const selectionMethods: Readonly<Record<string, Matches>> = {
  access: (model, value) => matchesPattern(model.access, value),
  config: (model, value, _manifest, path) => matchesConfig(configAt(model, path), value),
  file: (model, value) => filesOf(model).some((file) => matchesFile(file, value)),
  fqn: (model, value, manifest) => matchesName(qualifiedName(model, manifest), value),
  group: (model, value) => model.group !== undefined && matchesPattern(model.group, value),
  owner: (model, value) => {
    const wanted = value.toLowerCase();
    const { team, email } = model.owner;
    return [team, email].some((name) => name !== undefined && matchesPattern(name.toLowerCase(), wanted));
  },
  path: (model, value, manifest) => matchesFolder(model, value, manifest),
  project: (model, value) => matchesPattern(model.project, value),
  resource_type: (model, value) => matchesPattern(resourceType(model), value),
  schedule: (model, value) => model.schedule !== undefined && matchesPattern(model.schedule, value),
  source: (model, value, manifest) => matchesSource(model, value, manifest),
  tag: (model, value) => model.tags.some((tag) => matchesPattern(tag, value)),
};

/** Project, folders below `models/`, name. */
function qualifiedName(model: Model, manifest: Manifest): readonly string[] {
  const root = manifest.projects[model.project]?.path;
  const { file } = model.location;
  if (root === undefined || !file.startsWith(`${root}/`)) return [model.project, model.name];
  const folders = file
    .slice(root.length + 1)
    .split("/")
    .slice(1, -1);
  return [model.project, ...folders, model.name];
}

/** dbt's rule, with and without the project in front; besides, a name or a pattern without a dot may be the model's own. */
function matchesName(name: readonly string[], value: string): boolean {
  const leaf = name.at(-1) ?? "";
  if (leaf === value || `${name[0]}.${leaf}` === value) return true;
  if (!value.includes(".") && hasWildcard(value) && matchesPattern(leaf, value)) return true;
  return matchesPrefix(name, value) || matchesPrefix(name.slice(1), value);
}

function matchesPrefix(name: readonly string[], value: string): boolean {
  const wanted = value.split(".");
  if (wanted.length > name.length) return false;
  const wild = wanted.findIndex(hasWildcard);
  const plain = wild < 0 ? wanted.length : wild;
  for (let i = 0; i < plain; i++) if (wanted[i] !== name[i]) return false;
  return wild < 0 || matchesPattern(name.slice(wild).join("."), wanted.slice(wild).join("."));
}

function filesOf(model: Model): readonly string[] {
  const properties = model.propertiesLocation?.file;
  return properties === undefined ? [model.location.file] : [model.location.file, properties];
}

function matchesFile(file: string, value: string): boolean {
  const base = file.slice(file.lastIndexOf("/") + 1);
  const stem = base.replace(/\.[^.]+$/, "");
  return matchesPattern(base, value) || matchesPattern(stem, value);
}

/** The file, or any folder above it; relative to the mesh's root or to the project's folder. */
function matchesFolder(model: Model, value: string, manifest: Manifest): boolean {
  const wanted = value.replace(/^\.\//, "").replace(/\/+$/, "");
  const root = manifest.projects[model.project]?.path;
  for (const file of filesOf(model)) {
    const names = [file];
    if (root !== undefined && file.startsWith(`${root}/`)) names.push(file.slice(root.length + 1));
    for (const name of names) {
      for (let at = name.length; at > 0; at = name.lastIndexOf("/", at - 1)) {
        if (matchesPath(name.slice(0, at), wanted)) return true;
      }
    }
  }
  return false;
}

function resourceType(model: Model): string {
  return model.kind === "snapshot" || model.kind === "seed" ? model.kind : "model";
}

function configAt(model: Model, path: readonly string[]): unknown {
  const { access, contract, group, materialized, meta, schedule, tags } = model;
  let value: unknown = { ...model.config, access, contract, group, materialized, meta, schedule, tags };
  for (const key of path) value = isObject(value) ? value[key] : undefined;
  return value;
}

/** dbt's rule: a list by membership, an object by its keys, true and false in any case. */
function matchesConfig(value: unknown, wanted: string): boolean {
  if (Array.isArray(value)) return value.some((item) => matchesScalar(item, wanted));
  if (isObject(value)) return Object.keys(value).some((key) => matchesPattern(key, wanted));
  return matchesScalar(value, wanted);
}

function matchesScalar(value: unknown, wanted: string): boolean {
  if (typeof value === "boolean") return String(value) === wanted.toLowerCase();
  if (typeof value === "number") return String(value) === wanted;
  return typeof value === "string" && matchesPattern(value, wanted);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `store`, `store.table` or `project.store.table`: the snapshots that copy it. */
function matchesSource(model: Model, value: string, manifest: Manifest): boolean {
  const source = model.source === undefined ? undefined : manifest.sources[model.source];
  if (!source) return false;
  const names = [source.store, `${source.store}.${source.name}`, `${source.project}.${source.store}.${source.name}`];
  return names.some((name) => matchesPattern(name, value));
}
