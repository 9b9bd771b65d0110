// Owns reading CSV text as records, strictly: what a careful writer would not write is refused with its line.
import { problems } from "../../errors/index.ts";
import type { FilePlace } from "./read-bytes.ts";

export interface CsvForm {
  readonly delimiter: string;
  readonly quotes: boolean;
  /** The unquoted text that is NULL. */
  readonly nullText: string;
}

export interface CsvRecord {
  /** Of its first character, from 1. */
  readonly line: number;
  readonly cells: readonly (string | null)[];
}

const NEWLINE = "\n";
const QUOTE = '"';

/** Batches of records. Lines may end with a carriage return before the newline; the last one needs no newline. */
export async function* csvRecords(
  text: AsyncIterable<string>,
  form: CsvForm,
  at: FilePlace,
): AsyncGenerator<readonly CsvRecord[]> {
  let rest = "";
  let line = 1;
  /** The records in `rest`; what is left of it may be the beginning of one. */
  const take = (atEnd: boolean): readonly CsvRecord[] => {
    const records: CsvRecord[] = [];
    let start = 0;
    while (start < rest.length) {
      const found = nextRecord(rest, start, form, atEnd);
      if (found === "more") break;
      if (typeof found === "string") throw problems.filesMalformed({ ...at, line, reason: found });
      records.push({ line, cells: found.cells });
      line += found.lines;
      start = found.end;
    }
    rest = rest.slice(start);
    return records;
  };
  for await (const chunk of text) {
    rest += chunk;
    const records = take(false);
    if (records.length > 0) yield records;
  }
  const last = take(true);
  if (last.length > 0) yield last;
}

interface FoundRecord {
  readonly cells: (string | null)[];
  /** Behind its newline. */
  readonly end: number;
  readonly lines: number;
}

/** `more`: the text does not hold all of it. Any other string says what is wrong with it. */
function nextRecord(text: string, start: number, form: CsvForm, atEnd: boolean): FoundRecord | string {
  const newline = text.indexOf(NEWLINE, start);
  const isLast = newline < 0;
  const line = text.slice(start, isLast ? text.length : newline);
  if (form.quotes && line.includes(QUOTE)) return quotedRecord(text, start, form, atEnd);
  if (isLast && !atEnd) return "more";
  const content = line.endsWith("\r") ? line.slice(0, -1) : line;
  if (content.includes("\r")) return "a carriage return stands outside of quotes";
  const cells: (string | null)[] = content.split(form.delimiter);
  for (let i = 0; i < cells.length; i++) if (cells[i] === form.nullText) cells[i] = null;
  return { cells, end: isLast ? text.length : newline + 1, lines: 1 };
}

function quotedRecord(text: string, start: number, form: CsvForm, atEnd: boolean): FoundRecord | string {
  const cells: (string | null)[] = [];
  let at = start;
  let lines = 1;
  for (;;) {
    if (text[at] === QUOTE) {
      let end = text.indexOf(QUOTE, at + 1);
      while (end >= 0 && text[end + 1] === QUOTE) end = text.indexOf(QUOTE, end + 2);
      if (end < 0) return atEnd ? "a quoted cell has no end" : "more";
      // Whether the quote closes or is one of two is told by what follows.
      if (end === text.length - 1 && !atEnd) return "more";
      const cell = text.slice(at + 1, end);
      for (let i = cell.indexOf(NEWLINE); i >= 0; i = cell.indexOf(NEWLINE, i + 1)) lines++;
      cells.push(cell.includes(QUOTE) ? cell.replaceAll('""', QUOTE) : cell);
      at = end + 1;
    } else {
      const ends = [text.indexOf(form.delimiter, at), text.indexOf(NEWLINE, at)].filter((found) => found >= 0);
      if (ends.length === 0 && !atEnd) return "more";
      const end = Math.min(...ends, text.length);
      const cell = text.slice(at, text[end] === NEWLINE && text[end - 1] === "\r" && end > at ? end - 1 : end);
      if (cell.includes(QUOTE)) return "a quote stands inside of a cell that does not begin with one";
      if (cell.includes("\r")) return "a carriage return stands outside of quotes";
      cells.push(cell === form.nullText ? null : cell);
      at = text[end] === NEWLINE && text[end - 1] === "\r" && end > at ? end - 1 : end;
    }
    if (text[at] === form.delimiter) {
      at++;
      if (at === text.length && !atEnd) return "more";
      continue;
    }
    if (text[at] === "\r") {
      if (at + 1 === text.length && !atEnd) return "more";
      at++;
    }
    if (at >= text.length) return atEnd ? { cells, end: text.length, lines } : "more";
    if (text[at] === NEWLINE) return { cells, end: at + 1, lines };
    return "something stands between the end of a quoted cell and the next delimiter";
  }
}
