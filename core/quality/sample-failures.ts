// Owns which failing rows are kept and what of them may be seen. Does not fetch them.
import type { Column } from "../manifest/index.ts";

/** Failing rows kept of one test on one build. */
export const SAMPLE_ROWS = 20;
const MASK = "***";

// Counts that mesh's own test queries add; never a value of a row.
const COUNTS = new Set(["n_records", "row_count"]);

const isSensitive = (column: Column) => column.classification !== undefined && column.classification !== "public";

export interface FailingRows {
  readonly columns: readonly { readonly name: string }[];
  readonly rows: readonly (readonly unknown[])[];
}

/** Up to twenty rows as objects, masked. */
export function sampleFailures(
  failing: FailingRows,
  read: readonly (readonly Column[])[],
): readonly Readonly<Record<string, unknown>>[] {
  return maskRows({ ...failing, rows: failing.rows.slice(0, SAMPLE_ROWS) }, read);
}

/**
 * Rows as objects. When a model that was read has a classified column (any class but `public`), a cell is
 * shown only if its name is that of columns without one: a query may rename what it selects, and a name nobody declared
 * could hold anything.
 */
export function maskRows(
  failing: FailingRows,
  read: readonly (readonly Column[])[],
): readonly Readonly<Record<string, unknown>>[] {
  const shown = new Set<string>();
  const hidden = new Set<string>();
  for (const column of read.flat()) {
    (isSensitive(column) ? hidden : shown).add(column.name.toLowerCase());
  }
  const maskIt = failing.columns.map(({ name }) => {
    const key = name.toLowerCase();
    return hidden.size > 0 && !COUNTS.has(key) && (hidden.has(key) || !shown.has(key));
  });
  return failing.rows.map((row) =>
    Object.fromEntries(
      failing.columns.map(({ name }, i) => {
        const value = row[i] ?? null;
        // A NULL is what many tests look for, and says nothing of anyone.
        return [name, value !== null && maskIt[i] ? MASK : value];
      }),
    ),
  );
}
