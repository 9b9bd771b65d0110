// Owns replacing the cells of protected columns in a stream of rows, byte by byte; all other cells pass as they came.
import { type Location, problems } from "../errors/index.ts";
import { COPY_CSV, csvCell } from "../util/index.ts";
import type { Protect } from "./protector.ts";
import type { RowStream } from "./types.ts";

const QUOTE = COPY_CSV.quote.charCodeAt(0);
const COMMA = COPY_CSV.delimiter.charCodeAt(0);
const NEWLINE = COPY_CSV.newline.charCodeAt(0);

/** A value that is protected is short; one longer than this is a document in the wrong column. */
export const LONGEST_CELL_BYTES = 64 * 1024;

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
    /** Where the next quote is; looked up once for all rows before it. */
    let quoteAt = -1;
    /** What is before is written, or kept as the beginning of a cell. */
    let copied = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#column > this.#last && !this.#quoted) {
        const newline = chunk.indexOf(NEWLINE, at);
        if (quoteAt < at) quoteAt = positionOf(chunk, QUOTE, at);
        if (newline >= 0 && newline < quoteAt) {
          at = newline + 1;
          this.#column = 0;
          continue;
        }
        if (newline < 0 && quoteAt === chunk.length) break;
        // Nothing before the quote ends the row.
        at = quoteAt;
      }
      const { protect } = this.#columns[this.#column] ?? {};
      const start = at;
      at = this.#cellEnd(chunk, at);
      if (protect) {
        this.#copy(chunk.subarray(copied, start));
        copied = at;
        this.#keep(chunk.subarray(start, at));
      }
      if (at === chunk.length) break;
      if (protect) this.#replace(protect);
      if (chunk[at] === COMMA) this.#column++;
      else this.#column = 0;
      at++;
    }
    this.#copy(chunk.subarray(copied));
    return this.#out.subarray(0, this.#length);
  }

  /** The last row may end without a newline. */
  end(): Uint8Array {
    this.#out = Buffer.alloc(0);
    this.#length = 0;
    const { protect } = this.#columns[this.#column] ?? {};
    if (protect && this.#openBytes > 0) this.#replace(protect);
    return this.#out.subarray(0, this.#length);
  }

  /** The position of the delimiter or newline that ends the cell, or the chunk's length. */
  #cellEnd(chunk: Buffer, from: number): number {
    for (let at = from; ; at++) {
      if (this.#quoted) {
        at = positionOf(chunk, QUOTE, at);
        if (at === chunk.length) return at;
        // A doubled quote closes and opens again.
        this.#quoted = false;
        continue;
      }
      if (at >= chunk.length) return chunk.length;
      const byte = chunk[at];
      if (byte === COMMA || byte === NEWLINE) return at;
      if (byte === QUOTE) this.#quoted = true;
    }
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#openBytes += part.length;
    if (this.#openBytes > LONGEST_CELL_BYTES) {
      const { name, location } = this.#columns[this.#column] as ProtectedColumn;
      this.#open = [];
      throw problems.protectedCellTooLong(
        { source: this.#source, column: name, limit: LONGEST_CELL_BYTES },
        { location },
      );
    }
    this.#open.push(part);
  }

  #replace(protect: Protect): void {
    const cell = (this.#open.length === 1 ? (this.#open[0] as Buffer) : Buffer.concat(this.#open)).toString("utf8");
    this.#open = [];
    this.#openBytes = 0;
    // NULL and the empty text hide nothing, and stay apart.
    const value = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
    this.#write(value === "" ? cell : csvCell(protect(value)));
  }

  #copy(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#reserve(bytes.length);
    this.#length += bytes.copy(this.#out, this.#length);
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
