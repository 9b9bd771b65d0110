// Owns answering what one template asks, and writing down every question with its answer.
import { type MeshError, problems } from "../../errors/index.ts";
import { closest, hashOf } from "../../util/index.ts";
import type { Resolution } from "../mesh-index.ts";
import type { RefTarget } from "../types.ts";
import type { RenderWorld } from "./render-world.ts";

/** All that a rendering depended on besides its text. The same answers give the same rendering. */
export interface Asked {
  /** As written, and the id of the model it means. */
  readonly refs: readonly (readonly [target: RefTarget, model: string])[];
  readonly sources: readonly (readonly [store: string, table: string, model: string])[];
  /** Name and hash of the value; null where there is none. */
  readonly vars: readonly (readonly [name: string, value: string | null])[];
  readonly env: readonly (readonly [name: string, value: string | null])[];
  readonly macros: readonly (readonly [macro: string, hash: string])[];
}

interface Fallback {
  readonly value: unknown;
}

export class WorldQuestions {
  readonly #world: RenderWorld;
  readonly #refs = new Map<string, readonly [RefTarget, string]>();
  readonly #sources = new Map<string, readonly [string, string, string]>();
  readonly #vars = new Map<string, string | null>();
  readonly #env = new Map<string, string | null>();
  /** Questions whose answer is a problem that is known already. */
  readonly #excused = new Set<string>();
  /** The problem thrown last, with its question. */
  #refused: { readonly question: string; readonly problem: MeshError } | undefined;
  brokenUpstream: string | undefined;

  constructor(world: RenderWorld) {
    this.#world = world;
  }

  /** The id of the model; throws its problem when asked for the first time, later gives undefined. */
  ref(target: RefTarget): string | undefined {
    const question = `ref ${target.project ?? ""} ${target.name} ${target.version ?? ""}`;
    const model = this.#settle(question, this.#world.index.resolveRef(this.#world.project.name, target));
    if (model !== undefined) this.#refs.set(question, [target, model]);
    return model;
  }

  source(store: string, table: string): string | undefined {
    const question = `source ${store} ${table}`;
    const model = this.#settle(question, this.#world.index.resolveSource(this.#world.project.name, store, table));
    if (model !== undefined) this.#sources.set(question, [store, table, model]);
    return model;
  }

  variable(name: string, fallback: Fallback | undefined): unknown {
    const { vars } = this.#world;
    const value = Object.hasOwn(vars, name) ? vars[name] : undefined;
    this.#vars.set(name, hashOfAnswer(value));
    if (value !== undefined) return value;
    if (fallback) return fallback.value;
    return this.#refuse(`var ${name}`, problems.variableNotSet({ name, near: closest(name, Object.keys(vars)) }));
  }

  environment(name: string, fallback: Fallback | undefined): unknown {
    const store = this.#world.secrets.get(name);
    if (store !== undefined) return this.#refuse(`env ${name}`, problems.environmentIsSecret({ name, store }));
    const value = this.#world.env[name];
    this.#env.set(name, hashOfAnswer(value));
    if (value !== undefined) return value;
    if (fallback) return fallback.value;
    return this.#refuse(`env ${name}`, problems.environmentNotSet({ name }));
  }

  /** Lets the question through next time when `error` is its problem; false when it came from elsewhere. */
  excuse(error: MeshError): boolean {
    const refused = this.#refused;
    if (refused?.problem.code !== error.code || refused.problem.message !== error.message) return false;
    this.#excused.add(refused.question);
    return true;
  }

  /** Models read, sorted. */
  get models(): readonly string[] {
    const ids = [...this.#refs.values()].map(([, model]) => model);
    for (const [, , model] of this.#sources.values()) ids.push(model);
    return [...new Set(ids)].sort();
  }

  asked(macros: readonly string[]): Asked {
    return {
      refs: [...this.#refs.values()],
      sources: [...this.#sources.values()],
      vars: [...this.#vars],
      env: [...this.#env],
      macros: macros.map((macro) => [macro, this.#world.macros.library.hashes[macro] ?? ""]),
    };
  }

  #settle(question: string, resolution: Resolution): string | undefined {
    if ("model" in resolution) return resolution.model;
    if ("problem" in resolution) return this.#refuse(question, resolution.problem);
    this.brokenUpstream ??= resolution.brokenProject;
    return undefined;
  }

  #refuse(question: string, problem: MeshError): undefined {
    if (this.#excused.has(question)) return undefined;
    this.#refused = { question, problem };
    throw problem;
  }
}

/** True when every question would be answered as it was. */
export function answersHold(asked: Asked, world: RenderWorld): boolean {
  const { index, project, vars, env, macros } = world;
  const means = (resolution: Resolution, model: string) => "model" in resolution && resolution.model === model;
  return (
    asked.refs.every(([target, model]) => means(index.resolveRef(project.name, target), model)) &&
    asked.sources.every(([store, table, model]) => means(index.resolveSource(project.name, store, table), model)) &&
    asked.vars.every(([name, value]) => hashOfAnswer(Object.hasOwn(vars, name) ? vars[name] : undefined) === value) &&
    asked.env.every(([name, value]) => !world.secrets.has(name) && hashOfAnswer(env[name]) === value) &&
    asked.macros.every(([macro, hash]) => macros.library.hashes[macro] === hash)
  );
}

// A hash: a cache on disk must not hold what the environment says.
export function hashOfAnswer(value: unknown): string | null {
  return value === undefined ? null : hashOf({ value });
}
