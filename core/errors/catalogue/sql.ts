// Problems that the database's own parser and binder find in compiled SQL, without running it.
import { defineProblem } from "../define-problem.ts";

const didYouMean = (near: string | undefined, otherwise: string) =>
  near === undefined ? otherwise : `Did you mean ${near}? ${otherwise}`;

const seeCompiled = (what: string) => `\`mesh compile --sql ${what}\` prints the SQL as compiled.`;

export const sqlDoesNotParse = defineProblem<{ what: string; reason: string }>(
  { code: "sql/does-not-parse", doc: "The compiled SQL is not SQL." },
  ({ what, reason }) => ({ message: `${what}: ${reason}.`, help: seeCompiled(what) }),
);

export const sqlNotOneQuery = defineProblem<{ what: string; found: string }>(
  {
    code: "sql/not-one-query",
    doc: "A model or a test must be exactly one query: a SELECT, without a semicolon behind it.",
  },
  ({ what, found }) => ({
    message: `${what} must be one query, but ${found}.`,
    help: "Write a single SELECT (or WITH … SELECT) without a semicolon.",
  }),
);

export const sqlColumnNotFound = defineProblem<{ what: string; column: string; near: string | undefined }>(
  { code: "sql/column-not-found", doc: "The compiled SQL names a column that none of its tables has." },
  ({ what, column, near }) => ({
    message: `${what}: there is no column "${column}" here.`,
    help: didYouMean(near === undefined ? undefined : `"${near}"`, "`mesh show <model>` shows the columns of a table."),
  }),
);

export const sqlTableNotFound = defineProblem<{ what: string; table: string; near: string | undefined }>(
  {
    code: "sql/table-not-found",
    doc: "The compiled SQL names a table without `ref()`, and there is none of that name.",
  },
  ({ what, table, near }) => ({
    message: `${what}: there is no table "${table}" here.`,
    help: didYouMean(near, "Read models with ref() and sources with source()."),
  }),
);

export const sqlTableWithoutRef = defineProblem<{ what: string; table: string; ref: string }>(
  {
    code: "sql/table-without-ref",
    doc: "SQL names a model's table directly. Only `ref()` gives a query the build its run pinned, its place in the order and its access check.",
  },
  ({ what, table, ref }) => ({
    message: `${what} reads ${table} by name.`,
    help: `Write {{ ${ref} }} instead.`,
  }),
);

export const sqlThisOutsideIncremental = defineProblem<{ what: string }>(
  {
    code: "sql/this-outside-incremental",
    doc: "`this` is read where there is no table yet: a full build has no build before it.",
  },
  ({ what }) => ({
    message: `${what} reads {{ this }} outside of is_incremental().`,
    help: "Put it between {% if is_incremental() %} and {% endif %}, and materialize the model as incremental.",
  }),
);

export const sqlFunctionNotFound = defineProblem<{ what: string; name: string; near: string | undefined }>(
  { code: "sql/function-not-found", doc: "The compiled SQL calls a function that the database does not have." },
  ({ what, name, near }) => ({
    message: `${what}: there is no function "${name}".`,
    help: didYouMean(near === undefined ? undefined : `"${near}"`, "A macro is called inside {{ }}."),
  }),
);

export const sqlTypesDoNotFit = defineProblem<{ what: string; call: string }>(
  { code: "sql/types-do-not-fit", doc: "A function or an operator is used with types it does not take." },
  ({ what, call }) => ({
    message: `${what}: no function or operator takes these types: ${call}.`,
    help: "Cast one of the values to the type that is meant.",
  }),
);

export const sqlRefused = defineProblem<{ what: string; reason: string }>(
  { code: "sql/refused", doc: "The database does not accept the compiled SQL for another reason, which it gives." },
  ({ what, reason }) => ({ message: `${what}: ${reason}`, help: seeCompiled(what) }),
);

export const sqlColumnTwice = defineProblem<{ what: string; columns: readonly string[] }>(
  { code: "sql/duplicate-column", doc: "A query gives two columns of the same name, which a table cannot have." },
  ({ what, columns }) => ({
    message: `${what} gives more than one column named ${columns.map((name) => `"${name}"`).join(", ")}.`,
    help: "Give each column a name of its own with `as`.",
  }),
);

export const seedUnreadable = defineProblem<{ seed: string; reason: string }>(
  { code: "sql/seed-unreadable", doc: "A seed's file cannot be read as CSV with a header." },
  ({ seed, reason }) => ({
    message: `The seed ${seed} cannot be read: ${reason}`,
    help: "The first line must hold the column names; set `delimiter` and `column_types` in its config where needed.",
  }),
);
