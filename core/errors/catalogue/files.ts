// Problems of reading files as a store. They name the file and the line, never what stands there.
import { defineProblem } from "../define-problem.ts";

/** `place` is the file. */
interface FilePlace {
  readonly store: string;
  readonly place: string;
}

export const filesChanged = defineProblem<FilePlace & { reason: string }>(
  {
    code: "files/changed",
    doc: "A file is not the one that was there when the run began: it was changed, replaced or removed before it was read to its end. What had been read is thrown away.",
  },
  ({ store, place, reason }) => ({
    message: `The file ${place} of the store \`${store}\` changed while the store was read: ${reason}.`,
    help: "Run again when nobody writes it. Writers should write under another name and rename at the end; `min_age` of the connection leaves files out that were changed a moment ago.",
  }),
);

export const filesMalformed = defineProblem<FilePlace & { line: number | undefined; reason: string }>(
  {
    code: "files/malformed",
    doc: "A file is not of its format: a row with more or fewer cells than the header, a quote that does not end, bytes that are not UTF-8, a line that is not a JSON object, a damaged Parquet file.",
  },
  ({ store, place, line, reason }) => ({
    message: `The file ${place} of the store \`${store}\` is malformed${line === undefined ? "" : ` in line ${line}`}: ${reason}.`,
    help: "Repair the file, or say how it is written under `connection` of the store: `delimiter`, `header`, `null`, `quotes`.",
  }),
);

export const filesColumnMissing = defineProblem<FilePlace & { columns: readonly string[] }>(
  {
    code: "files/column-missing",
    doc: "A file of a table lacks declared columns that other files of the table have. Its rows are not filled up with NULL.",
  },
  ({ store, place, columns }) => ({
    message: `The file ${place} of the store \`${store}\` has no ${columns.length === 1 ? "column" : "columns"} ${columns.map((column) => `\`${column}\``).join(", ")}.`,
    help: "Repair the file, or declare files of another form as a table of their own, with an identifier that names only them.",
  }),
);

export const filesFormatUnknown = defineProblem<FilePlace>(
  { code: "files/format-unknown", doc: "A file's ending tells no format that mesh reads." },
  ({ store, place }) => ({
    message: `The file ${place} of the store \`${store}\` has an ending that tells no format.`,
    help: "Expected .csv, .tsv, .ndjson, .jsonl (each also with .gz) or .parquet. Make the table's identifier narrower if the file is none of its rows.",
  }),
);
