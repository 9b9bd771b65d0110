// Owns the one CSV dialect in which rows travel from a store to a warehouse: what Postgres' COPY … (FORMAT csv) writes.
// A NULL is an empty unquoted cell, an empty string is `""`; every cell is text, casts happen in the warehouse.

export interface CsvOptions {
  readonly delimiter: string;
  readonly quote: string;
  readonly newline: string;
}

export const COPY_CSV: CsvOptions = { delimiter: ",", quote: '"', newline: "\n" };

const NEEDS_QUOTES = /[",\n\r]/;

/** One cell in the COPY_CSV dialect; null and undefined become NULL. */
export function csvCell(value: string | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (value === "" || value === "\\." || NEEDS_QUOTES.test(value)) return `"${value.replaceAll('"', '""')}"`;
  return value;
}
