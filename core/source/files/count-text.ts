// Owns the second reading of text files, for the account: other code than the rows' own cuts the bytes and takes the values out.
// It trusts that the files are well formed, which the first reading makes sure of.
import type { FileDialect } from "./options.ts";

/** Of the columns asked for, in order: the text of a value, null for NULL. */
export type CountedRow = readonly (string | null)[];

const LF = 10;
const CR = 13;
const QUOTE = 34;
const BOM = [0xef, 0xbb, 0xbf];

/** A state machine over bytes. */
export async function* countCsv(
  bytes: AsyncIterable<Uint8Array>,
  { delimiter, dialect }: { readonly delimiter: string; readonly dialect: FileDialect },
  columns: readonly string[],
): AsyncGenerator<readonly CountedRow[]> {
  const between = delimiter.charCodeAt(0);
  const quoting = dialect.quotes ?? true;
  const nullText = dialect.null ?? "";
  let wanted: readonly number[] | undefined =
    dialect.header === false ? columns.map((column) => Number(column.replace("column_", "")) - 1) : undefined;

  const cellOf = (buffer: Buffer, from: number, to: number, quoted: boolean): string | null => {
    if (quoted) return buffer.toString("utf8", from + 1, to - 1).replaceAll('""', '"');
    const text = buffer.toString("utf8", from, to);
    return text === nullText ? null : text;
  };

  let carry: Buffer = Buffer.alloc(0);
  let isFirst = true;
  const scan = (chunk: Buffer, atEnd: boolean): readonly CountedRow[] => {
    const rows: CountedRow[] = [];
    let record = 0;
    let cell = 0;
    let inside = false;
    let ends: [number, number, boolean][] = [];
    const endCell = (to: number) => {
      ends.push([cell, to, quoting && to > cell && chunk[cell] === QUOTE]);
      cell = to + 1;
    };
    const endRecord = (to: number, next: number) => {
      endCell(to);
      const texts = (index: number) => {
        const end = ends[index];
        return end === undefined ? null : cellOf(chunk, ...end);
      };
      if (wanted === undefined) {
        const names = ends.map((_, index) => texts(index) ?? "");
        wanted = columns.map((column) => names.indexOf(column));
      } else rows.push(wanted.map(texts));
      ends = [];
      record = next;
      cell = next;
    };
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (byte === QUOTE && quoting) inside = !inside;
      else if (inside) continue;
      else if (byte === between) endCell(i);
      else if (byte === LF) endRecord(i > cell && chunk[i - 1] === CR ? i - 1 : i, i + 1);
    }
    if (atEnd && record < chunk.length)
      endRecord(chunk.length > cell && chunk[chunk.length - 1] === CR ? chunk.length - 1 : chunk.length, chunk.length);
    carry = chunk.subarray(record);
    return rows;
  };
  for await (const chunk of bytes) {
    let whole = carry.length === 0 ? Buffer.from(chunk) : Buffer.concat([carry, chunk]);
    if (isFirst && whole.length < BOM.length) {
      carry = whole;
      continue;
    }
    if (isFirst && BOM.every((byte, i) => whole[i] === byte)) whole = whole.subarray(BOM.length);
    isFirst = false;
    const rows = scan(whole, false);
    if (rows.length > 0) yield rows;
  }
  const last = scan(carry, true);
  if (last.length > 0) yield last;
}

/** Tokens of JSON without their meaning: enough to find the values of an object's own keys. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]]|[^\s,:{}[\]"]+/g;

export async function* countNdjson(
  bytes: AsyncIterable<Uint8Array>,
  columns: readonly { readonly identifier: string; readonly isJson: boolean }[],
): AsyncGenerator<readonly CountedRow[]> {
  let carry: Buffer = Buffer.alloc(0);
  const rowOf = (line: string): CountedRow => {
    const values = valuesOf(line.replace(/^\ufeff/, ""));
    return columns.map(({ identifier, isJson }) => textOf(values.get(identifier), isJson));
  };
  for await (const chunk of bytes) {
    const whole = Buffer.concat([carry, chunk]);
    const rows: CountedRow[] = [];
    let start = 0;
    for (let end = whole.indexOf(LF); end >= 0; end = whole.indexOf(LF, start)) {
      rows.push(rowOf(whole.toString("utf8", start, end)));
      start = end + 1;
    }
    carry = whole.subarray(start);
    if (rows.length > 0) yield rows;
  }
  if (carry.length > 0) yield [rowOf(carry.toString("utf8"))];
}

function valuesOf(line: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let depth = 0;
  let key: string | undefined;
  let start = 0;
  const set = (value: string) => {
    if (key !== undefined) values.set(key, value);
    key = undefined;
  };
  for (const { 0: token, index } of line.matchAll(TOKEN)) {
    if (token === "{" || token === "[") {
      if (++depth === 2) start = index;
    } else if (token === "}" || token === "]") {
      if (--depth === 1) set(line.slice(start, index + 1));
    } else if (depth === 1) {
      if (key === undefined) key = JSON.parse(token) as string;
      else set(token);
    }
  }
  return values;
}

function textOf(raw: string | undefined, isJson: boolean): string | null {
  if (raw === undefined || raw === "null") return null;
  if (!raw.startsWith('"')) return raw;
  const value = JSON.parse(raw) as string;
  return isJson ? JSON.stringify(value) : value;
}
