// Owns which names are allowed and which are taken.
import { type Location, type MeshError, problems } from "../errors/index.ts";

export const IDENTIFIER = /^[a-z_][a-z0-9_]{0,99}$/;

/** Schemas that DuckDB or mesh itself uses: a project is a schema. */
const RESERVED_PROJECTS = new Set(["information_schema", "main", "memory", "mesh", "pg_catalog", "system", "temp"]);
/** What the rows function of a TypeScript model and templates call their own. */
const RESERVED_MODELS = new Set(["this"]);

/** The problem with a name, or undefined. `what` is `project`, `model`, `column`, … */
export function nameProblem(what: string, name: string, location: Location): MeshError | undefined {
  if (!IDENTIFIER.test(name)) return problems.nameInvalid({ what, name }, { location });
  const reserved = what === "project" ? RESERVED_PROJECTS : what === "model" ? RESERVED_MODELS : undefined;
  return reserved?.has(name) ? problems.nameReserved({ what, name }, { location }) : undefined;
}
