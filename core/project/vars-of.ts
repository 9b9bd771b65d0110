// Owns which value of a variable counts: the command line's, then the project's own, then the mesh's.
import type { Config } from "../config/index.ts";
import type { Project } from "./types.ts";

export function varsOf(
  project: Pick<Project, "vars">,
  config: Pick<Config, "vars" | "commandVars">,
): Readonly<Record<string, unknown>> {
  return { ...config.vars, ...project.vars, ...config.commandVars };
}
