// A small world for templates: relations named like their models, recorded config, given variables.

import { MeshError, problems } from "../../core/errors/index.ts";
import { type CompiledSql, sqlFromTokens } from "../../core/manifest/index.ts";
import {
  loadMacros,
  type MacroLibrary,
  type RenderContext,
  type Rendered,
  renderTemplate,
} from "../../core/template/index.ts";

export interface World {
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly configured?: Readonly<Record<string, unknown>>;
  readonly target?: Readonly<Record<string, unknown>>;
  readonly incremental?: boolean;
  readonly hasThis?: boolean;
  readonly shared?: Readonly<Record<string, string>>;
  readonly project?: Readonly<Record<string, string>>;
}

export interface Outcome extends Rendered {
  readonly config: Record<string, unknown>;
  readonly refs: unknown[];
  /** With stable names in the slots. */
  readonly sql: CompiledSql;
}

export const libraryOf = ({ shared = {}, project = {} }: World): MacroLibrary => {
  const sources = (files: Readonly<Record<string, string>>) =>
    Object.entries(files).map(([path, content]) => ({ path, content }));
  return loadMacros(sources(shared), sources(project));
};

const relation = (schema: string, name: string) => ({ model: `${schema}.${name}`, schema, identifier: name });

export function render(
  content: string,
  world: World = {},
  macros: MacroLibrary = libraryOf(world),
  path = "models/m.sql",
): Outcome {
  const config: Record<string, unknown> = { ...world.configured };
  const refs: unknown[] = [];
  const lookUp = (
    values: Readonly<Record<string, unknown>> = {},
    name: string,
    fallback?: { readonly value: unknown },
  ) => {
    if (Object.hasOwn(values, name)) return values[name];
    if (fallback) return fallback.value;
    throw problems.templateUndefined({ name });
  };
  const context: RenderContext = {
    ref(target) {
      refs.push(target);
      if (target.name === "missing") throw problems.inputNeverBuilt({ reader: "m", model: "missing" });
      return relation(
        target.project ?? "shop",
        target.name + (target.version === undefined ? "" : `_v${target.version}`),
      );
    },
    source: (store, table) => relation(store, table),
    this: world.hasThis === false ? undefined : relation("shop", "m"),
    config: (values) => void Object.assign(config, values),
    configValue: (key) => config[key],
    variable: (name, fallback) => lookUp(world.variables, name, fallback),
    environment: (name, fallback) => lookUp(world.environment, name, fallback),
    target: world.target ?? { name: "dev", type: "duckdb", schema: "main" },
    isIncremental: () => world.incremental ?? false,
    model: { name: "m", project: "shop", tags: ["daily"] },
  };
  const rendered = renderTemplate({ path, content }, macros, context);
  return {
    ...rendered,
    config,
    refs,
    sql: sqlFromTokens(rendered.text, (model) => model, { file: path, map: rendered.map }),
  };
}

/** The MeshError that rendering throws; fails when it throws nothing or something else. */
export function failure(content: string, world: World = {}): MeshError {
  try {
    render(content, world);
  } catch (error) {
    if (error instanceof MeshError) return error;
    throw error;
  }
  throw new Error(`no error from: ${content}`);
}
