// The configuration, loaded and normalised; connections and the environment. May not know projects.
export { calendarsSchema } from "./calendar-schema.ts";
export { defineMesh } from "./define-mesh.ts";
export { type Environment, loadEnvironment, parseEnvironmentFile } from "./environment.ts";
export { loadConfig } from "./load-config.ts";
export { loadTypescriptFile } from "./load-typescript-file.ts";
export { resolveConnection } from "./resolve-connection.ts";
export {
  describePath,
  describeValue,
  durationLike,
  type Path,
  type SchemaProblem,
  sayProblem,
  schemaProblems,
  strict,
  textLike,
} from "./schema-problems.ts";
export type * from "./types.ts";
