// Owns what the template layer takes and gives. Behind it nunjucks is invisible.
import type { Diagnostic } from "../errors/index.ts";

export interface TemplateSource {
  /** Relative to the mesh's root; used in messages. */
  readonly path: string;
  readonly content: string;
}

/** What `ref()`, `source()` and `this` give a template: prints as a slot token, has `schema`, `identifier`, `name`. */
export interface RelationValue {
  readonly model: string;
  readonly schema: string;
  readonly identifier: string;
}

/** What a template may ask of the world. Every function may throw a MeshError; the layer adds the place. */
export interface RenderContext {
  ref(target: { readonly project?: string; readonly name: string; readonly version?: string | number }): RelationValue;
  source(store: string, table: string): RelationValue;
  readonly this: RelationValue | undefined;
  /** `config(...)`: the keyword arguments as plain data. */
  config(values: Readonly<Record<string, unknown>>): void;
  /** `config.get(key, default)` and `config.require(key)`. */
  configValue(key: string): unknown;
  /** undefined when not set and no default was given is an error raised by the implementer. */
  variable(name: string, fallback: { readonly value: unknown } | undefined): unknown;
  environment(name: string, fallback: { readonly value: unknown } | undefined): unknown;
  readonly target: Readonly<Record<string, unknown>>;
  isIncremental(): boolean;
  /** `model` in templates: name, project, tags … */
  readonly model: Readonly<Record<string, unknown>>;
}

export interface Rendered {
  /** With slot tokens of `manifest/` where relations stand. */
  readonly text: string;
  /** Ascending triples `offset in text, line, column` of the template file, with the meaning of `CompiledSql.map`. */
  readonly map: readonly number[];
  /** `path:macro` of every macro called, directly or not, sorted. */
  readonly macros: readonly string[];
}

/** Shared and project macros, parsed once. */
export interface MacroLibrary {
  readonly diagnostics: readonly Diagnostic[];
  /** `path:macro` -> hash of its text and of every macro it can call. */
  readonly hashes: Readonly<Record<string, string>>;
}
