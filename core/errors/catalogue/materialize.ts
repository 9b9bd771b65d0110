// Problems of materializations: how new rows go onto the build before.
import { defineProblem } from "../define-problem.ts";

const quoted = (names: readonly string[]) => names.join(", ");

export const duplicateMergeKeys = defineProblem<{ model: string; key: readonly string[] }>(
  {
    code: "materialize/duplicate-keys",
    doc: "A merge batch holds two rows of one key. Which of them should win is undefined, so the build is refused. Rows with a NULL in the key never match and may repeat.",
  },
  ({ model, key }) => ({
    message: `${model}: the new rows hold the same ${quoted(key)} more than once, so the merge is ambiguous.`,
    help: "Keep one row per key in the query, for instance with `qualify row_number() over (partition by … order by …) = 1`.",
  }),
);

export const uniqueKeyMissing = defineProblem<{
  model: string;
  option: string;
  column: string;
  near: string | undefined;
  columns: readonly string[];
}>(
  {
    code: "materialize/no-such-column",
    doc: "`unique_key`, `merge_update_columns` or `merge_exclude_columns` names a column that the query does not return or the build does not have.",
  },
  ({ model, option, column, near, columns }) => ({
    message: `${model}: ${option} names ${JSON.stringify(column)}, which is not a column of the model${near === undefined ? "" : `; did you mean ${near}?`}.`,
    help: `Columns: ${quoted(columns)}`,
  }),
);

export const mergeColumnsBothGiven = defineProblem<{ model: string }>(
  {
    code: "materialize/merge-columns-both-given",
    doc: "`merge_update_columns` and `merge_exclude_columns` exclude each other.",
  },
  ({ model }) => ({
    message: `${model}: merge_update_columns and merge_exclude_columns are both given.`,
    help: "Keep one of them.",
  }),
);

export const strategyUnknown = defineProblem<{
  model: string;
  strategy: string;
  near: string | undefined;
  known: readonly string[];
}>(
  { code: "materialize/unknown-strategy", doc: "The model's strategy is not one of its materialization's." },
  ({ model, strategy, near, known }) => ({
    message: `${model}: there is no strategy ${JSON.stringify(strategy)}${near === undefined ? "" : `; did you mean ${near}?`}.`,
    help: `Known strategies: ${quoted(known)}`,
  }),
);

export const columnRemoved = defineProblem<{ model: string; columns: readonly string[] }>(
  {
    code: "materialize/column-removed",
    doc: "With `on_schema_change: ignore` an incremental query no longer returns a column that the build has.",
  },
  ({ model, columns }) => ({
    message: `${model}: the query no longer returns ${quoted(columns)}, which the build before has.`,
    help: "Run it with --full-refresh to drop the column, or set on_schema_change='append_new_columns' to fill it with NULL.",
  }),
);

export const schemaChanged = defineProblem<{ model: string; changes: readonly string[] }>(
  {
    code: "materialize/schema-changed",
    doc: "With `on_schema_change: fail` an incremental query returns other columns than the build has.",
  },
  ({ model, changes }) => ({
    message: `${model}: its columns changed: ${changes.join("; ")}.`,
    help: "Run it with --full-refresh, or set another on_schema_change.",
  }),
);

export const rowsNotSupported = defineProblem<{
  model: string;
  materialized: string;
  rows: string;
  supported: readonly string[];
}>(
  {
    code: "materialize/rows-not-supported",
    doc: "A materialization was asked to build from rows it has no meaning for, such as a view of a TypeScript model's rows.",
  },
  ({ model, materialized, rows, supported }) => ({
    message: `${model}: a ${materialized} cannot be made from ${rows}.`,
    help: `Use another \`materialized\` for this model; ${materialized} takes: ${quoted(supported)}`,
  }),
);
