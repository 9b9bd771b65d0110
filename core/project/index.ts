// A folder to a Project: facts as written, with file and line. May not resolve or render anything.
export {
  defineModel,
  type Row,
  ref,
} from "./define-model.ts";
export { listFiles } from "./find-files.ts";
export { type LoadedProjects, loadProjects } from "./load-projects.ts";
export type * from "./types.ts";
export { varsOf } from "./vars-of.ts";

/** See `load-typescript-model.ts`. Loaded when first used: a mesh without TypeScript models pays nothing. */
export async function loadTypescriptModel(root: string, path: string) {
  return (await import("./load-typescript-model.ts")).loadTypescriptModel(root, path);
}

/** See `check-model-config.ts`. Loaded when first used, with the schema library. */
export async function checkModelConfig(values: Readonly<Record<string, unknown>>) {
  return (await import("./check-model-config.ts")).checkModelConfig(values);
}
