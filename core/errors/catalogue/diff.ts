// Problems of comparing two builds by key. They count and never show a row.
import { defineProblem } from "../define-problem.ts";

export const diffNoKey = defineProblem<{ model: string }>(
  { code: "diff/no-key", doc: "Two builds are compared by key, and the model has no `unique_key`." },
  ({ model }) => ({
    message: `${model} has no unique_key to compare its builds by.`,
    help: "Name the columns that tell its rows apart: --key id, or --key order_id,line.",
  }),
);

export const diffKeyNotThere = defineProblem<{ model: string; column: string; near: string | undefined }>(
  {
    code: "diff/key-not-found",
    doc: "A column of the key by which two builds are to be compared is not in both of them.",
  },
  ({ model, column, near }) => ({
    message: `${model}: the key names "${column}", which is not a column of both builds.`,
    help: `${near === undefined ? "" : `Did you mean "${near}"? `}Name columns that both builds have with --key.`,
  }),
);

export const diffKeysRepeated = defineProblem<{ model: string; build: string; key: readonly string[]; keys: number }>(
  {
    code: "diff/keys-repeated",
    doc: "A build holds several rows of one key, so which of them became which row of the other build cannot be told.",
  },
  ({ model, build, key, keys }) => ({
    message: `${model}: in build ${build} ${keys} ${keys === 1 ? "value" : "values"} of ${key.join(", ")} ${keys === 1 ? "stands" : "stand"} in several rows.`,
    help: "Name all columns that tell rows apart with --key.",
  }),
);

export const diffNothingBefore = defineProblem<{ model: string }>(
  {
    code: "diff/nothing-before",
    doc: "A model has only one published build, or none, so there is nothing to compare.",
  },
  ({ model }) => ({
    message: `${model} has no earlier published build to compare with.`,
    help: `See its builds with \`mesh builds ${model}\`, and name two of them.`,
  }),
);

export const diffBuildGone = defineProblem<{ model: string; build: string }>(
  { code: "diff/build-gone", doc: "A build that was to be compared has been removed, or was never completed." },
  ({ model, build }) => ({
    message: `The rows of build ${build} of ${model} are gone.`,
    help: `Retention keeps as many builds as \`retention\` in mesh.config.ts says. Those there are: mesh builds ${model}`,
  }),
);
