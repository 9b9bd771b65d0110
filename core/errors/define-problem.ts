// Owns the registry of coded problems: one definition per code, from which errors and `docs/errors.md` are made.
import { type Location, MeshError } from "./mesh-error.ts";

export interface ProblemContext {
  readonly location?: Location | undefined;
  readonly cause?: unknown;
  readonly retryable?: boolean | undefined;
}

export interface ProblemDefinition {
  /** `area/problem`, kebab-case, permanent. */
  readonly code: string;
  /** One or two sentences for `docs/errors.md`: when it happens and why it is refused. */
  readonly doc: string;
}

const definitions = new Map<string, ProblemDefinition>();

/** Registers a problem and returns the function that makes its error. `say` writes the message and the next action. */
export function defineProblem<Facts>(
  definition: ProblemDefinition,
  say: (facts: Facts) => { readonly message: string; readonly help: string },
): (facts: Facts, context?: ProblemContext) => MeshError {
  if (definitions.has(definition.code)) throw new TypeError(`problem code defined twice: ${definition.code}`);
  definitions.set(definition.code, definition);
  return (facts, context = {}) => new MeshError({ code: definition.code, ...say(facts), ...context });
}

/** All problems, by code. */
export function problemDefinitions(): readonly ProblemDefinition[] {
  return [...definitions.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
}
