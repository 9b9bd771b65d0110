// Problems of rows made in JavaScript. They name columns, row numbers and JavaScript types, never a value.
import { defineProblem } from "../define-problem.ts";

export const rowsUnsupportedType = defineProblem<{ column: string; type: string }>(
  {
    code: "rows/unsupported-type",
    doc: "A TypeScript model declares a column whose type cannot be written exactly from JavaScript.",
  },
  ({ column, type }) => ({
    message: `The column \`${column}\` has the type \`${type}\`, which rows from TypeScript cannot have.`,
    help: "Use boolean, an integer type, decimal(p, s), float, double, varchar, json, blob, uuid, date, time, timestamp, timestamptz, or lists and structs of these.",
  }),
);

export const rowsBadColumn = defineProblem<{ column: string; problem: string }>(
  { code: "rows/bad-column", doc: "The columns of a TypeScript model cannot be those of a table." },
  ({ column, problem }) => ({
    message: `The column \`${column}\` ${problem}.`,
    help: "Every column needs a name of its own; case does not tell two names apart.",
  }),
);

export const rowsNoColumns = defineProblem<Record<never, never>>(
  { code: "rows/no-columns", doc: "A TypeScript model declares no columns." },
  () => ({
    message: "The model declares no columns, so its rows cannot be written.",
    help: "Give `columns` of `defineModel` at least one column with its type.",
  }),
);

export const rowsWrongValue = defineProblem<{
  column: string;
  type: string;
  row: number;
  got: string;
  expected: string;
}>(
  {
    code: "rows/wrong-value",
    doc: "A row of a TypeScript model has a value that its column cannot hold exactly. It is refused rather than rounded or guessed.",
  },
  ({ column, type, row, got, expected }) => ({
    message: `Row ${row}: the column \`${column}\` (${type}) was given ${got}, expected ${expected}.`,
    help: "Convert the value in the model's `rows`, or change the column's type. Use null for no value.",
  }),
);

export const rowsMissingKey = defineProblem<{ column: string; row: number; near: string | undefined }>(
  { code: "rows/missing-key", doc: "A row of a TypeScript model lacks a declared column." },
  ({ column, row, near }) => ({
    message: `Row ${row} has no \`${column}\`.`,
    help:
      near === undefined ? "Give every declared column; null means no value." : `It has \`${near}\`: is that the one?`,
  }),
);

export const rowsUnknownKey = defineProblem<{ key: string; row: number; near: string | undefined }>(
  { code: "rows/unknown-key", doc: "A row of a TypeScript model has a key that is not a declared column." },
  ({ key, row, near }) => ({
    message: `Row ${row} has \`${key}\`, which is not a column of the model.`,
    help: `${near === undefined ? "" : `Did you mean \`${near}\`? `}Declare it in \`columns\` of \`defineModel\`, or leave it out.`,
  }),
);

export const rowsNotARow = defineProblem<{ row: number; got: string }>(
  { code: "rows/not-a-row", doc: "`rows` of a TypeScript model yielded something that is not an object." },
  ({ row, got }) => ({
    message: `Row ${row} is ${got}, expected an object with a key for every column.`,
    help: "Yield objects, or arrays of objects.",
  }),
);

export const rowsCannotWrite = defineProblem<{ reason: string }>(
  { code: "rows/cannot-write", doc: "The staging file of a TypeScript model's rows could not be written." },
  ({ reason }) => ({
    message: `The rows could not be written: ${reason}.`,
    help: "Check the free space and the permissions of the warehouse's folder.",
  }),
);

export const rowsBadFooter = defineProblem<{ file: string; reason: string }>(
  {
    code: "rows/bad-footer",
    doc: "A Parquet file's footer cannot be read: the file is damaged or is no Parquet file.",
  },
  ({ file, reason }) => ({
    message: `The footer of \`${file}\` cannot be read: ${reason}.`,
    help: "The file is damaged or is not Parquet. Build the model again; `mesh clean` removes what nothing uses.",
  }),
);
