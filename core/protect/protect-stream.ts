// Owns replacing the cells of protected columns in a stream of rows, byte by byte; all other cells pass as they came.
import { type Location, problems } from "../errors/index.ts";
import { COPY_CSV, csvCell } from "../util/index.ts";
import type { Protect } from "./protector.ts";
import { isOddlyQuoted } from "./quote-parity.ts";
import type { RowStream } from "./types.ts";

const QUOTE = COPY_CSV.quote.charCodeAt(0);
const COMMA = COPY_CSV.delimiter.charCodeAt(0);
const NEWLINE = COPY_CSV.newline.charCodeAt(0);

/** A value that is protected is short; one longer than this is a document in the wrong column. */
const LONGEST_CELL_BYTES = 64 * 1024;

export interface ProtectedColumn {
  readonly name: string;
  /** Absent: its cells pass. */
  readonly protect?: Protect | undefined;
  readonly location: Location;
}

/** `columns` in the order of the cells. Memory: one chunk, its successor, and one cell. Throws `protect/cell-too-long`. */
export function protectStream(source: string, columns: readonly ProtectedColumn[]): RowStream {
  const last = columns.findLastIndex(({ protect }) => protect !== undefined);
  if (last < 0) return (stream) => stream;
  return async function* replace(stream) {
    const rows = new Rows(source, columns, last);
    for await (const chunk of stream) {
      const out = rows.take(chunk);
      if (out.length > 0) yield out;
    }
    const rest = rows.end();
    if (rest.length > 0) yield rest;
  };
}

class Rows {
  readonly #source: string;
  readonly #columns: readonly ProtectedColumn[];
  /** The last protected column: beyond it a row is only searched for its end. */
  readonly #last: number;
  #column = 0;
  #quoted = false;
  /** The beginning of a protected cell that the chunks so far did not end. */
  #open: Buffer[] = [];
  #openBytes = 0;
  #out: Buffer = Buffer.alloc(0);
  #length = 0;

  constructor(source: string, columns: readonly ProtectedColumn[], last: number) {
    this.#source = source;
    this.#columns = columns;
    this.#last = last;
  }

  take(given: Uint8Array): Uint8Array {
    const chunk = Buffer.from(given.buffer, given.byteOffset, given.length);
    this.#out = Buffer.allocUnsafe(Math.ceil(chunk.length * 1.25) + 1024);
    this.#length = 0;
    /** What is before is written, or kept as the beginning of a cell. */
    let copied = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#column > this.#last) {
        at = this.#rowEnd(chunk, at);
        if (at === chunk.length) break;
        at++;
        this.#column = 0;
        continue;
      }
      const { protect } = this.#columns[this.#column] ?? {};
      const start = at;
      at = this.#cellEnd(chunk, at);
      if (protect) {
        this.#copy(chunk, copied, start);
        copied = at;
        if (at === chunk.length || this.#openBytes > 0) this.#keep(chunk.subarray(start, at));
        else this.#check(at - start);
      }
      if (at === chunk.length) break;
      if (protect) this.#replace(protect, this.#openBytes > 0 ? this.#kept() : chunk.toString("utf8", start, at));
      if (chunk[at] === COMMA) this.#column++;
      else this.#column = 0;
      at++;
    }
    this.#copy(chunk, copied, chunk.length);
    return this.#out.subarray(0, this.#length);
  }

  /** The last row may end without a newline. */
  end(): Uint8Array {
    this.#out = Buffer.alloc(0);
    this.#length = 0;
    const { protect } = this.#columns[this.#column] ?? {};
    if (protect && this.#openBytes > 0) this.#replace(protect, this.#kept());
    return this.#out.subarray(0, this.#length);
  }

  /** The position of the newline that ends the row, or the chunk's length. */
  #rowEnd(chunk: Buffer, from: number): number {
    for (let at = from; ; at++) {
      const newline = positionOf(chunk, NEWLINE, at);
      if (isOddlyQuoted(chunk, at, newline)) this.#quoted = !this.#quoted;
      if (newline === chunk.length || !this.#quoted) return newline;
      at = newline;
    }
  }

  /** The position of the delimiter or newline that ends the cell, or the chunk's length. */
  #cellEnd(chunk: Buffer, from: number): number {
    let quoted = this.#quoted;
    let at = from;
    for (; at < chunk.length; at++) {
      const byte = chunk[at];
      // A doubled quote closes and opens again.
      if (byte === QUOTE) quoted = !quoted;
      else if (!quoted && (byte === COMMA || byte === NEWLINE)) break;
    }
    this.#quoted = quoted;
    return at;
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#openBytes += part.length;
    this.#check(this.#openBytes);
    this.#open.push(part);
  }

  #check(bytes: number): void {
    if (bytes <= LONGEST_CELL_BYTES) return;
    const { name, location } = this.#columns[this.#column] as ProtectedColumn;
    this.#open = [];
    throw problems.protectedCellTooLong(
      { source: this.#source, column: name, limit: LONGEST_CELL_BYTES },
      { location },
    );
  }

  #kept(): string {
    const cell = Buffer.concat(this.#open).toString("utf8");
    this.#open = [];
    this.#openBytes = 0;
    return cell;
  }

  #replace(protect: Protect, cell: string): void {
    // NULL and the empty text hide nothing, and stay apart.
    const value = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
    this.#write(value === "" ? cell : csvCell(protect(value)));
  }

  #copy(chunk: Buffer, from: number, to: number): void {
    if (to === from) return;
    this.#reserve(to - from);
    this.#length += chunk.copy(this.#out, this.#length, from, to);
  }

  /** Tokens, hashes and masks are ASCII. */
  #write(text: string): void {
    this.#reserve(text.length);
    this.#length += this.#out.write(text, this.#length, "latin1");
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#out.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#out.length * 2, this.#length + more));
    this.#out.copy(larger, 0, 0, this.#length);
    this.#out = larger;
  }
}

function positionOf(chunk: Buffer, byte: number, from: number): number {
  const found = chunk.indexOf(byte, from);
  return found < 0 ? chunk.length : found;
}
