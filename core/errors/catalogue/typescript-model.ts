// Problems of loading a TypeScript model. What its rows do at run time is not here.
import { defineProblem } from "../define-problem.ts";

export const typescriptFailedToLoad = defineProblem<{ file: string; reason: string }>(
  {
    code: "typescript/failed-to-load",
    doc: "A TypeScript model does not parse, imports what is not there, or threw while it was loaded.",
  },
  ({ file, reason }) => ({ message: `${file} could not be loaded: ${reason}`, help: "Correct it at the place shown." }),
);

export const typescriptWithoutDefault = defineProblem<{ file: string }>(
  {
    code: "typescript/no-default-export",
    doc: "A file under models/ must export a model made by defineModel as its default export.",
  },
  ({ file }) => ({
    message: `${file} has no default export made by defineModel.`,
    help: 'Write: import { defineModel } from "mesh-elt"; export default defineModel({ columns: { … }, async *rows() { … } }); Code shared by models belongs outside models/.',
  }),
);

export const typescriptInvalid = defineProblem<{ file: string; problems: readonly string[] }>(
  {
    code: "typescript/invalid-model",
    doc: "A TypeScript model's definition has keys or values that are not understood. All of them are listed.",
  },
  ({ file, problems }) => ({
    message:
      problems.length === 1
        ? `${file}: ${problems[0]}`
        : `${file} has ${problems.length} problems:\n${problems.map((p) => `  - ${p}`).join("\n")}`,
    help: "A model has `columns`, `rows` and, where needed, `deps`, `config` and `description`: see docs/projects.md.",
  }),
);
