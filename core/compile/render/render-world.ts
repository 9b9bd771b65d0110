// Owns what templates of one project may ask of the world besides other models: variables, environment, target, macros.
import type { Config } from "../../config/index.ts";
import type { Diagnostic } from "../../errors/index.ts";
import { type Project, type TextFile, varsOf } from "../../project/index.ts";
import { loadMacros, type MacroLibrary } from "../../template/index.ts";
import { hashOf } from "../../util/index.ts";
import type { MeshIndex } from "../mesh-index.ts";

export interface MacroSet {
  readonly library: MacroLibrary;
  /** Hash of which macros there are: a new one may take the place of another of the same name. */
  readonly names: string;
}

export interface RenderWorld {
  readonly project: Project;
  readonly index: MeshIndex;
  readonly macros: MacroSet;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Environment variables that are part of a connection, and the store's name. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly target: Readonly<Record<string, unknown>>;
}

export interface RenderSettings {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly sharedMacros: readonly TextFile[];
}

/** Parses shared macros once, and again only for projects with macros of their own. */
export class MacroSets {
  readonly #shared: readonly TextFile[];
  readonly #sets = new Map<string, MacroSet>();

  constructor(shared: readonly TextFile[]) {
    this.#shared = shared;
  }

  of(project: Project): MacroSet {
    const key = project.macros.length === 0 ? "" : project.path;
    let set = this.#sets.get(key);
    if (!set) {
      const library = loadMacros(this.#shared, project.macros);
      set = { library, names: hashOf(Object.keys(library.hashes).sort()) };
      this.#sets.set(key, set);
    }
    return set;
  }

  /** Problems of macro files, each once. */
  diagnostics(projects: readonly Project[]): readonly Diagnostic[] {
    const owner = new Map(projects.flatMap(({ name, macros }) => macros.map(({ path }) => [path, name] as const)));
    const found = new Map<string, Diagnostic>();
    for (const { library } of this.#sets.values()) {
      for (const diagnostic of library.diagnostics) {
        const project = owner.get(diagnostic.location?.file ?? "");
        found.set(JSON.stringify(diagnostic), project === undefined ? diagnostic : { ...diagnostic, project });
      }
    }
    return [...found.values()];
  }
}

export function renderWorld(
  project: Project,
  index: MeshIndex,
  macros: MacroSet,
  settings: RenderSettings,
): RenderWorld {
  const { config, env } = settings;
  return {
    project,
    index,
    macros,
    vars: varsOf(project, config),
    env,
    secrets: secretsOf(project),
    target: targetOf(project, config),
  };
}

export function targetOf(project: Pick<Project, "name">, config: Config): RenderWorld["target"] {
  return {
    name: config.target.name,
    profile_name: config.name,
    type: config.target.warehouse.kind,
    schema: project.name,
    database: config.name,
    threads: config.threads,
  };
}

function secretsOf(project: Project): ReadonlyMap<string, string> {
  const secrets = new Map<string, string>();
  for (const { name, connection } of project.stores) {
    for (const [, variable = ""] of JSON.stringify(connection).matchAll(/\$\{([A-Za-z_]\w*)/g))
      secrets.set(variable, name);
  }
  return secrets;
}
