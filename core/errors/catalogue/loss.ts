// Problems of loss accounting: what the store counted is not what landed. They tell how much, never a value of a row.
import { defineProblem } from "../define-problem.ts";

const NOTHING_PUBLISHED =
  "Nothing was published. Run it again; if it repeats, report it with the store's version and this message.";

export const rowsLost = defineProblem<{ source: string; missing: number; of: number; allowed: number }>(
  {
    code: "extract/rows-lost",
    doc: "Rows that the store counted did not land, and more than the source's loss budget allows. Nothing is published from such an extract.",
  },
  ({ source, missing, of, allowed }) => ({
    message: `${source}: ${missing} of ${of} rows are missing (${share(missing, of)})${allowed > 0 ? `; its loss budget allows ${allowed}` : ""}.`,
    help: NOTHING_PUBLISHED,
  }),
);

export const rowsSurplus = defineProblem<{ source: string; surplus: number; of: number }>(
  {
    code: "extract/rows-surplus",
    doc: "More rows landed than the store counted: some were read twice. No loss budget allows it.",
  },
  ({ source, surplus, of }) => ({
    message: `${source}: ${of + surplus} rows landed of ${of} in the store: ${surplus} too many.`,
    help: NOTHING_PUBLISHED,
  }),
);

export const valuesLost = defineProblem<{
  source: string;
  rows: number;
  columns: readonly { readonly column: string; readonly lost: number; readonly of: number }[];
}>(
  {
    code: "extract/values-lost",
    doc: "As many rows landed as the store counted, but a column has another number of values that are not NULL.",
  },
  ({ source, rows, columns }) => ({
    message: `${source}: of its ${rows} rows, ${columns
      .map(({ column, lost, of }) =>
        lost > 0
          ? `\`${column}\` lost ${lost} of ${of} values (${share(lost, of)})`
          : `\`${column}\` has ${-lost} ${lost === -1 ? "value" : "values"} more than the store's ${of}`,
      )
      .join(", ")}.`,
    help: NOTHING_PUBLISHED,
  }),
);

export const contentsDiffer = defineProblem<{ source: string; rows: number }>(
  {
    code: "extract/contents-differ",
    doc: "Rows and values are as many as the store counted, but the checksum of the landed rows is not the store's: some value is another.",
  },
  ({ source, rows }) => ({
    message: `${source}: all ${rows} rows landed and every column has as many values as in the store, but their checksums differ.`,
    help: `${NOTHING_PUBLISHED} \`verify: counts\` on the source leaves the checksum out.`,
  }),
);

export const footerIncomplete = defineProblem<{ source: string; reason: string }>(
  {
    code: "extract/footer-incomplete",
    doc: "The Parquet files that landed do not tell in their footers how many rows and values they hold, or tell another number than was written.",
  },
  ({ source, reason }) => ({
    message: `${source}: what landed cannot be accounted for: ${reason}.`,
    help: NOTHING_PUBLISHED,
  }),
);

function share(part: number, whole: number): string {
  const percent = (100 * part) / whole;
  return `${percent < 0.0001 ? "under 0.0001" : Number(percent.toPrecision(2))}%`;
}
