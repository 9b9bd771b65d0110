// Problems of snapshots whose builds are made from a part of the source or keep its history. They count rows and never show one.
import { defineProblem } from "../define-problem.ts";

const many = (count: number, one: string, more = `${one}s`) => `${count} ${count === 1 ? one : more}`;
const list = (names: readonly string[]) => names.join(", ");

export const snapshotKeyNull = defineProblem<{ model: string; key: readonly string[]; rows: number }>(
  {
    code: "snapshot/key-missing",
    doc: "Rows of a source have no value in a column of the snapshot's `unique_key`, so nobody can say which row a later version belongs to.",
  },
  ({ model, key, rows }) => ({
    message: `${model}: ${many(rows, "row")} of the source ${rows === 1 ? "has" : "have"} no value in the unique_key (${list(key)}).`,
    help: "Choose a key that every row has, or declare a query of the store that leaves such rows out.",
  }),
);

export const snapshotKeyRepeated = defineProblem<{ model: string; key: readonly string[]; keys: number }>(
  {
    code: "snapshot/key-repeated",
    doc: "A source holds several rows of one `unique_key` at the same instant, so it is no key.",
  },
  ({ model, key, keys }) => ({
    message: `${model}: ${many(keys, "value")} of the unique_key (${list(key)}) ${keys === 1 ? "stands" : "stand"} in several rows of the source.`,
    help: "Add the column that tells the rows apart to unique_key, or repair the rows in the store.",
  }),
);

export const snapshotTie = defineProblem<{ model: string; key: readonly string[]; cursor: string; keys: number }>(
  {
    code: "snapshot/tie",
    doc: "Several different rows of one `unique_key` have the same, greatest value of the cursor, so none of them is the last version.",
  },
  ({ model, key, cursor, keys }) => ({
    message: `${model}: for ${many(keys, "value")} of the unique_key (${list(key)}) several different rows have the same greatest ${cursor}, so which one is the last cannot be told.`,
    help: "Add the column that tells the rows apart to unique_key, or choose a cursor that grows with every change.",
  }),
);

const WHY_UNUSABLE: Readonly<Record<string, string>> = {
  time: "no time, or infinity",
  integer: "no value",
  uuid7: "no UUID of version 7",
};

export const snapshotCursorUnusable = defineProblem<{
  model: string;
  option: string;
  column: string;
  kind: string;
  rows: number;
}>(
  {
    code: "snapshot/cursor-unusable",
    doc: "Rows of a source have a value in the snapshot's `cursor` or `updated_at` by which it cannot be told when they change: NULL, an infinite time, or a UUID that is not of version 7. They would never be read again.",
  },
  ({ model, option, column, kind, rows }) => ({
    message: `${model}: ${many(rows, "row")} of the source ${rows === 1 ? "has" : "have"} ${WHY_UNUSABLE[kind] ?? "no value"} in ${column}, its ${option}.`,
    help: "Choose a column that every row has, declare a query of the store that gives it (such as `coalesce(updated_at, created_at)`), or use the strategy full or check.",
  }),
);

export const snapshotEventChanged = defineProblem<{ model: string; key: readonly string[]; events: number }>(
  {
    code: "snapshot/event-changed",
    doc: "With the strategy `append` and a `unique_key`, an event that has landed came again with other values. Events never change; appended, it would count twice.",
  },
  ({ model, key, events }) => ({
    message: `${model}: ${many(events, "event")} that landed before (by ${list(key)}) ${events === 1 ? "has" : "have"} other values now.`,
    help: "Use the strategy incremental for rows that change. To take over what the store says now: `mesh backfill` the range, or `mesh run --full-refresh`.",
  }),
);

export const snapshotHistoryBroken = defineProblem<{ model: string; key: readonly string[]; keys: number }>(
  {
    code: "snapshot/history-does-not-fit",
    doc: "The history a snapshot has kept holds several current rows of one `unique_key`, for instance because the key was made narrower. Which of them a new version follows cannot be told.",
  },
  ({ model, key, keys }) => ({
    message: `${model}: the history holds several current rows for ${many(keys, "value")} of the unique_key (${list(key)}).`,
    help: "Keep the unique_key the history was made with, or begin a new history under another name; `mesh run --discard-history` of this model throws the old one away.",
  }),
);

export const snapshotTypeChanged = defineProblem<{
  model: string;
  column: string;
  was: string;
  now: string;
  rows: number;
}>(
  {
    code: "snapshot/type-changed",
    doc: "A column is declared with another type than in the build before, and some of that build's values cannot be held by it.",
  },
  ({ model, column, was, now, rows }) => ({
    message: `${model}: ${column} was ${was} and is ${now}; ${many(rows, "row")} of the build before ${rows === 1 ? "holds a value" : "hold values"} that ${now} cannot hold.`,
    help: "Declare a type that holds both, such as varchar, or give the new column another name.",
  }),
);

export const snapshotCurrentMark = defineProblem<{ model: string; rows: number }>(
  {
    code: "snapshot/current-mark-changed",
    doc: "The current rows of a history were marked by another `dbt_valid_to_current` than is configured now. They would be taken for rows that ended.",
  },
  ({ model, rows }) => ({
    message: `${model}: ${many(rows, "row")} of its history ${rows === 1 ? "ends" : "end"} more than a year from now, and nothing follows: ${rows === 1 ? "it was" : "they were"} marked as current by another \`dbt_valid_to_current\`.`,
    help: "Put `dbt_valid_to_current` back as it was, or begin the history anew with `--discard-history` and its name.",
  }),
);

export const backfillNotPossible = defineProblem<{ model: string; because: string }>(
  {
    code: "snapshot/no-backfill",
    doc: "A range of a model was to be read again that cannot be: it is no snapshot, its strategy always reads all of the source, or it was never published.",
  },
  ({ model, because }) => ({
    message: `${model} cannot be backfilled: ${because}.`,
    help: `Use \`mesh run --select ${model}\`, which reads what it needs.`,
  }),
);

export const backfillBound = defineProblem<{ option: string; value: string; column: string; type: string }>(
  { code: "snapshot/bad-bound", doc: "A bound of a backfill is no value of the column that the range is told by." },
  ({ option, value, column, type }) => ({
    message: `--${option} ${JSON.stringify(value)} is no value of ${column}, which is ${type}.`,
    help:
      type === "UUID"
        ? "Give a time such as 2024-01-31, or a UUID."
        : "Give it as the column has it, such as 2024-01-31, 2024-01-31T12:00:00Z or 1200.",
  }),
);

export const backfillEmpty = defineProblem<{ from: string; to: string }>(
  { code: "snapshot/empty-range", doc: "The range of a backfill ends where it begins, or before." },
  ({ from, to }) => ({
    message: `There is nothing from ${from} (inclusive) to ${to} (exclusive).`,
    help: "Give a --to that is greater than --from.",
  }),
);

export const snapshotHistoryColumns = defineProblem<{ model: string; missing: readonly string[] }>(
  {
    code: "snapshot/history-columns",
    doc: "The history a snapshot has kept does not have the columns its configuration names, for instance because `snapshot_meta_column_names` changed. Going on would begin a second history and lose the first.",
  },
  ({ model, missing }) => ({
    message: `${model}: the history has no column ${list(missing)}.`,
    help: "Set snapshot_meta_column_names back, or begin a new history under another name; `mesh run --discard-history` of this model throws the old one away.",
  }),
);

export const snapshotKeyNeeded = defineProblem<{ model: string; strategy: string; key: string; hint: string }>(
  {
    code: "snapshot/key-needed",
    doc: "A snapshot's strategy needs a configuration key that is not given.",
  },
  ({ model, strategy, key, hint }) => ({
    message: `${model}: strategy ${strategy} needs ${key}.`,
    help: `Add \`${key}\`: ${hint}.`,
  }),
);

export const snapshotColumnNotFound = defineProblem<{
  model: string;
  key: string;
  column: string;
  near: string | undefined;
}>(
  {
    code: "snapshot/column-not-found",
    doc: "A configuration key of a snapshot names a column that its source does not declare.",
  },
  ({ model, key, column, near }) => ({
    message: `${model}: ${key} names the column "${column}", which its source does not declare.`,
    help: `${near === undefined ? "" : `Did you mean "${near}"? `}Correct the name, or declare the column under the source's \`columns\`.`,
  }),
);

export const snapshotColumnType = defineProblem<{
  model: string;
  key: string;
  column: string;
  type: string;
  expected: string;
}>(
  {
    code: "snapshot/column-type",
    doc: "The column that a snapshot's `cursor` or `updated_at` names has a type by whose values it cannot be told what is new.",
  },
  ({ model, key, column, type, expected }) => ({
    message: `${model}: ${key} names "${column}", which is ${type}; it must be ${expected}.`,
    help: "Choose another column, or declare the one with the type that its values have.",
  }),
);

export const snapshotLookback = defineProblem<{
  model: string;
  lookback: string | number;
  column: string;
  type: string;
  expected: string;
}>(
  {
    code: "snapshot/lookback-unit",
    doc: "A snapshot's `lookback` does not fit its cursor: a duration looks back in times, a number in integers.",
  },
  ({ model, lookback, column, type, expected }) => ({
    message: `${model}: lookback ${JSON.stringify(lookback)} does not fit the cursor "${column}", which is ${type}.`,
    help: `Give ${expected}.`,
  }),
);

export const snapshotColumnTaken = defineProblem<{ model: string; meta: string; column: string }>(
  {
    code: "snapshot/column-taken",
    doc: "A column that a snapshot adds to its source has the name of a column that is there already.",
  },
  ({ model, meta, column }) => ({
    message: `${model}: the column "${column}", which the strategy adds as ${meta}, is there already.`,
    help: `Give it another name: snapshot_meta_column_names: { ${meta}: … }.`,
  }),
);

export const noHistory = defineProblem<{ model: string }>(
  {
    code: "snapshot/no-history",
    doc: "`--discard-history` names a model that keeps no history: only snapshots with the strategy `timestamp` or `check` do.",
  },
  ({ model }) => ({
    message: `${model} keeps no history that could be discarded.`,
    help: "Use --full-refresh to make it anew.",
  }),
);
