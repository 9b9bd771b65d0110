// Owns checking what a model's file gives to config(), by the schema that YAML is checked by.
import { type SchemaProblem, sayProblem, schemaProblems } from "../config/index.ts";
import { modelConfig } from "./schemas.ts";

export interface ConfigProblem {
  /** The key it is about; undefined when it is about the whole. */
  readonly key: string | undefined;
  readonly text: string;
}

/** Every problem with the keyword arguments of config(); empty when they fit. */
export function checkModelConfig(values: Readonly<Record<string, unknown>>): readonly ConfigProblem[] {
  return schemaProblems(modelConfig, values).map((problem) => ({
    key: keyOf(problem),
    text: sayProblem(problem, values),
  }));
}

function keyOf(problem: SchemaProblem): string | undefined {
  const key = "key" in problem && problem.path.length === 0 ? problem.key : problem.path[0];
  return key === undefined ? undefined : String(key);
}
