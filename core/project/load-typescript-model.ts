// Owns loading a TypeScript model's definition. Never runs its rows.
import { join } from "node:path";
import { z } from "zod";
import { loadTypescriptFile, sayProblem, schemaProblems, strict, textLike } from "../config/index.ts";
import { problems } from "../errors/index.ts";
import {
  defineModel,
  type ModelRef,
  type Row,
  type RowsContext,
  ref,
  type TypescriptModelConfig,
} from "./define-model.ts";
import { IDENTIFIER } from "./names.ts";
import { modelConfig } from "./schemas.ts";

/** A definition in one form, whatever short forms its writer used. */
export interface LoadedTypescriptModel {
  readonly columns: readonly { readonly name: string; readonly type: string; readonly description?: string }[];
  readonly deps: Readonly<Record<string, ModelRef>>;
  readonly config: TypescriptModelConfig;
  /** Streams under the names of `deps`, and the context. */
  rows(input: RowsContext & Readonly<Record<string, unknown>>): AsyncIterable<Row> | Iterable<Row>;
}

/** Names of RowsContext: a dependency of the same name would hide them. */
const CONTEXT_NAMES: readonly string[] = ["signal", "isIncremental", "vars"];

const text = z.string().min(1);
const columnName = textLike(IDENTIFIER, "a name of lower-case letters, digits and underscores");
const shape = strict({
  columns: z
    .record(columnName, z.union([text, strict({ type: text, description: text.optional() })]))
    .refine((columns) => Object.keys(columns).length > 0, { error: "a mapping of at least one column" }),
  deps: z
    .record(
      textLike(/^[A-Za-z_]\w*$/, "a name of letters, digits and underscores").refine(
        (name) => !CONTEXT_NAMES.includes(name),
        {
          error: `another name than ${CONTEXT_NAMES.join(", ")}, which rows is given anyway`,
        },
      ),
      z.custom((value) => typeof value === "object" && value !== null && typeof (value as ModelRef).name === "string", {
        error: 'a reference: ref("model") or ref("project", "model")',
      }),
    )
    .optional(),
  config: modelConfig
    .omit({ pre_hook: true, meta: true })
    .extend({ materialized: z.enum(["table", "incremental"]).optional() })
    .optional(),
  rows: z.custom((value) => typeof value === "function", {
    error: "a function, such as async *rows({ signal }) { … }",
  }),
});

type Written = {
  readonly columns: Readonly<Record<string, string | { readonly type: string; readonly description?: string }>>;
  readonly deps?: Readonly<Record<string, ModelRef>>;
  readonly config?: TypescriptModelConfig;
  readonly rows: LoadedTypescriptModel["rows"];
};

/**
 * Loads the model of a file (`path` relative to the root). Throws `typescript/failed-to-load` with the line of the user's code,
 * `typescript/no-default-export` or `typescript/invalid-model`, which lists every problem at once.
 */
export async function loadTypescriptModel(root: string, path: string): Promise<LoadedTypescriptModel> {
  const loaded = await loadTypescriptFile(root, join(root, path), { "mesh-elt": { defineModel, ref } });
  if (!loaded.ok)
    throw problems.typescriptFailedToLoad(
      { file: path, reason: loaded.failure.reason },
      { location: loaded.failure.location },
    );
  const location = { file: path };
  const value = loaded.exports.default;
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw problems.typescriptWithoutDefault({ file: path }, { location });
  const found = schemaProblems(shape, value);
  if (found.length > 0)
    throw problems.typescriptInvalid(
      { file: path, problems: found.map((problem) => sayProblem(problem, value)) },
      { location },
    );
  const model = value as Written;
  return {
    columns: Object.entries(model.columns).map(([name, column]) =>
      typeof column === "string" ? { name, type: column } : { name, ...column },
    ),
    deps: model.deps ?? {},
    config: model.config ?? {},
    rows: (input) => model.rows(input),
  };
}
