// Owns turning one folder into a Project: its files, their facts, and what contradicts itself within the project.
import { basename } from "node:path";
import { type Diagnostic, type Location, type MeshError, problems, toDiagnostic } from "../errors/index.ts";
import { closest, hashOf } from "../util/index.ts";
import { type FactsCache, openFactsCache } from "./facts-cache.ts";
import { filesDirectlyIn, listFiles, readText } from "./find-files.ts";
import { nameProblem } from "./names.ts";
import type { ProjectFacts } from "./read-project-file.ts";
import type { PropertyFacts } from "./read-properties.ts";
import type { ModelFile, Project, TextFile } from "./types.ts";

const KINDS = [
  [".sql", "sql"],
  [".ts", "typescript"],
  [".csv", "seed"],
] as const;

const placeOf = ({ file, line }: Location) => (line === undefined ? file : `${file}:${line}`);

function modelFile(file: TextFile): ModelFile | undefined {
  const found = KINDS.find(([ending]) => file.path.endsWith(ending));
  return found && { name: basename(file.path, found[0]), kind: found[1], file };
}

/** Reports the second of two things with one key. `place` is what it is compared and reported by. */
class Uniqueness {
  readonly #seen = new Map<string, string>();
  readonly #found: MeshError[];

  constructor(found: MeshError[]) {
    this.#found = found;
  }

  claim(key: string, at: Location, twice: (other: string) => MeshError): void {
    const other = this.#seen.get(key);
    if (other === undefined) this.#seen.set(key, placeOf(at));
    else this.#found.push(twice(other));
  }
}

function checkNames(
  models: readonly ModelFile[],
  tests: readonly ModelFile[],
  facts: readonly PropertyFacts[],
  found: MeshError[],
): void {
  const modelNames = new Uniqueness(found);
  for (const { name, file } of models) {
    const location = { file: file.path };
    const problem = nameProblem("model", name, location);
    if (problem) found.push(problem);
    modelNames.claim(name, location, (other) => problems.modelDefinedTwice({ model: name, other }, { location }));
  }
  const testNames = new Uniqueness(found);
  for (const { name, file } of tests) {
    const location = { file: file.path };
    const problem = nameProblem("test", name, location);
    if (problem) found.push(problem);
    testNames.claim(name, location, (other) => problems.testDefinedTwice({ test: name, other }, { location }));
  }
  const described = new Uniqueness(found);
  const sources = new Uniqueness(found);
  const reports = new Uniqueness(found);
  const declared = (what: string, name: string, location: Location) => (other: string) =>
    problems.declaredTwice({ what, name, other }, { location });
  for (const file of facts) {
    for (const { name, resource, at } of file.properties) {
      if (resource === "snapshot")
        modelNames.claim(name, at, (other) => problems.modelDefinedTwice({ model: name, other }, { location: at }));
      else described.claim(name, at, declared(resource, name, at));
    }
    for (const { store, name, at } of file.sources)
      sources.claim(`${store}.${name}`, at, declared("source table", `${store}.${name}`, at));
    for (const { name, at } of file.reports) reports.claim(name, at, declared("report", name, at));
  }
}

const EMPTY: Omit<ProjectFacts, "at"> = {
  stores: [],
  schedules: {},
  calendars: {},
  defaults: { values: {}, at: {} },
  vars: {},
  diagnostics: [],
};

async function readFacts(
  root: string,
  path: string,
  cache: FactsCache,
  files: TextFile[],
  found: MeshError[],
): Promise<ProjectFacts> {
  const file = `${path}/project.yml`;
  const present = filesDirectlyIn(root, path, [".yml", ".yaml"]);
  if (!present.includes(file)) {
    const near = closest(
      "project.yml",
      present.map((name) => basename(name)),
    );
    found.push(problems.projectFileMissing({ folder: path, near }, { location: { file: path } }));
    return { ...EMPTY, at: { file: path } };
  }
  const text = readText(root, file, found);
  if (!text) return { ...EMPTY, at: { file } };
  files.push(text);
  return cache.facts(text, async (changed) => (await import("./read-project-file.ts")).readProjectFile(changed));
}

/** Reads one project's folder (`path` relative to the root). Never throws for what is in it: see `diagnostics`. */
export async function loadProject(root: string, path: string): Promise<Project> {
  const found: MeshError[] = [];
  const cache = openFactsCache(root, path);
  const files: TextFile[] = [];
  const head = await readFacts(root, path, cache, files, found);
  const read = (folder: string, endings: readonly string[]): readonly TextFile[] =>
    listFiles(root, `${path}/${folder}`, endings, found).flatMap((file) => {
      const text = file.endsWith(".d.ts") ? undefined : readText(root, file, found);
      if (text) files.push(text);
      return text ?? [];
    });
  const isYaml = (file: TextFile) => /\.ya?ml$/.test(file.path);
  const inModels = read("models", [".sql", ".ts", ".yml", ".yaml"]);
  const inSeeds = read("seeds", [".csv", ".yml", ".yaml"]);
  const models = [...inModels, ...inSeeds].flatMap((file) => modelFile(file) ?? []);
  const tests = read("tests", [".sql"]).flatMap((file) => modelFile(file) ?? []);
  const macros = read("macros", [".sql"]);
  const facts: PropertyFacts[] = [];
  for (const file of [...inModels, ...inSeeds].filter(isYaml)) {
    facts.push(
      await cache.facts(file, async (changed) => (await import("./read-properties.ts")).readProperties(changed)),
    );
  }
  checkNames(models, tests, facts, found);
  await cache.save();

  const name = head.name ?? basename(path);
  const own = found.map((error) => toDiagnostic(error));
  const diagnostics: readonly Diagnostic[] = [
    ...head.diagnostics,
    ...facts.flatMap((file) => file.diagnostics),
    ...own,
  ].map((diagnostic) => ({ ...diagnostic, project: name }));
  return {
    name,
    path,
    ...(head.description !== undefined && { description: head.description }),
    // Only a broken project lacks an owner.
    owner: head.owner ?? { team: "unknown" },
    stores: head.stores,
    schedules: head.schedules,
    calendars: head.calendars,
    defaults: head.defaults,
    vars: head.vars,
    sources: facts.flatMap((file) => file.sources),
    properties: facts.flatMap((file) => file.properties),
    models,
    tests,
    macros,
    reports: facts.flatMap((file) => file.reports),
    diagnostics,
    hash: hashOf(files.map((file) => [file.path, file.hash])),
    at: head.at,
  };
}
