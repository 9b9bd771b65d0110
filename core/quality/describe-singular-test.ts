// Owns a test written as a SQL file of its own: its settings come from `config()`. Rendering it is the compiler's.
import type { Location, MeshError } from "../errors/index.ts";
import type { DataTest } from "../manifest/index.ts";
import { readTestSettings } from "./test-settings.ts";

export interface SingularTestInput {
  /** The file's name without `.sql`. */
  readonly name: string;
  readonly project: string;
  /** The model whose publish it guards: the one it reads that is built last. */
  readonly model: string;
  /** Every model it reads. */
  readonly dependsOn: readonly string[];
  /** What the file gave to `config()`. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly location: Location;
}

const WITHOUT = { where: "does not apply to a test written in SQL: filter in the query" };

export function describeSingularTest(
  input: SingularTestInput,
): { readonly test: Omit<DataTest, "sql"> } | { readonly problems: readonly MeshError[] } {
  const settings = readTestSettings(input.name, input.config, input.location, WITHOUT);
  if ("problems" in settings) return settings;
  return {
    test: {
      id: `${input.project}.${input.name}`,
      project: input.project,
      name: input.name,
      type: "singular",
      model: input.model,
      dependsOn: [...new Set([...input.dependsOn, input.model])].sort(),
      ...settings,
      location: input.location,
    },
  };
}
