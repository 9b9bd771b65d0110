// Owns one CSV file as rows of cells by column name. How its text is cut into records is in `csv-records.ts`.
import { problems } from "../../errors/index.ts";
import { type CsvForm, csvRecords } from "./csv-records.ts";
import { decodeText } from "./decode-text.ts";
import type { FileFormat } from "./format.ts";
import type { FileDialect } from "./options.ts";
import { type FilePlace, readBytes } from "./read-bytes.ts";
import type { TableFile } from "./table-files.ts";

type CsvFormat = Extract<FileFormat, { readonly kind: "csv" }>;

export interface PlacedRow {
  readonly line: number;
  /** In the order of the columns asked for. */
  readonly cells: readonly unknown[];
}

function csvForm({ delimiter }: CsvFormat, dialect: FileDialect): CsvForm {
  return { delimiter, quotes: dialect.quotes ?? true, nullText: dialect.null ?? "" };
}

/** Only as much as the first record needs is read. Without one the file has no columns. */
export async function csvHeader(
  file: TableFile,
  format: CsvFormat,
  at: FilePlace,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const text = decodeText(readBytes(file.listed, format.gzip, at, signal), at);
  for await (const [first] of csvRecords(text, csvForm(format, file.dialect), at))
    if (first) return namesOf(first.cells, file.dialect, at);
  return [];
}

/** Batches of rows. Throws `files/malformed`, `files/column-missing` and `files/changed`. */
export async function* csvRows(
  file: TableFile,
  format: CsvFormat,
  columns: readonly string[],
  at: FilePlace,
  signal: AbortSignal,
): AsyncGenerator<readonly PlacedRow[]> {
  const text = decodeText(readBytes(file.listed, format.gzip, at, signal), at);
  let width: number | undefined;
  let positions: readonly number[] = [];
  for await (const records of csvRecords(text, csvForm(format, file.dialect), at)) {
    const rows: PlacedRow[] = [];
    for (const { line, cells } of records) {
      if (width === undefined) {
        const names = namesOf(cells, file.dialect, at);
        width = names.length;
        positions = positionsOf(names, columns, at);
        if (file.dialect.header ?? true) continue;
      }
      if (cells.length !== width) {
        const reason = `it has ${cells.length} ${cells.length === 1 ? "cell" : "cells"} where ${width} are expected`;
        throw problems.filesMalformed({ ...at, line, reason });
      }
      rows.push({ line, cells: positions.map((position) => cells[position]) });
    }
    if (rows.length > 0) yield rows;
  }
  if (width === undefined && (file.dialect.header ?? true))
    throw problems.filesMalformed({ ...at, line: 1, reason: "it is empty, without even a header" });
}

function namesOf(cells: readonly (string | null)[], dialect: FileDialect, at: FilePlace): readonly string[] {
  if (dialect.header === false) return cells.map((_, i) => `column_${i + 1}`);
  const names = cells.map((cell) => cell ?? "");
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    const reason = twice === "" ? "the header has columns without names" : `the header names \`${twice}\` twice`;
    throw problems.filesMalformed({ ...at, line: 1, reason });
  }
  return names;
}

function positionsOf(names: readonly string[], columns: readonly string[], at: FilePlace): readonly number[] {
  const missing = columns.filter((column) => !names.includes(column));
  if (missing.length > 0) throw problems.filesColumnMissing({ ...at, columns: missing });
  return columns.map((column) => names.indexOf(column));
}
