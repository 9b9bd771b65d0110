// Owns searching rows on their way for card numbers: which column of which row holds one, and that nothing of it gets past.
import { problems } from "../errors/index.ts";
import type { Source } from "../manifest/index.ts";
import { COPY_CSV } from "../util/index.ts";
import { CONTEXT_BYTES, findCardNumbers } from "./find-card-numbers.ts";
import { isOddlyQuoted } from "./quote-parity.ts";
import type { RowStream } from "./types.ts";

const QUOTE = COPY_CSV.quote.charCodeAt(0);
const COMMA = COPY_CSV.delimiter.charCodeAt(0);
const NEWLINE = COPY_CSV.newline.charCodeAt(0);

export interface ScannedColumn {
  readonly name: string;
  readonly scanned: boolean;
}

/**
 * Passes the stream on, up to the first card number in a scanned column: from there on it only counts, and at the end throws
 * `protect/card-number-found` with the columns and how many rows of each. `columns` in the order of the cells.
 */
export function scanStream(source: Pick<Source, "id" | "location">, columns: readonly ScannedColumn[]): RowStream {
  let streams = 0;
  return async function* scan(stream) {
    streams++;
    const found = new Map<number, number>();
    const search = new Search(columns, (column) => found.set(column, (found.get(column) ?? 0) + 1));
    for await (const chunk of stream) {
      const clean = search.take(chunk, false);
      if (found.size === 0 && clean.length > 0) yield clean;
    }
    const rest = search.take(new Uint8Array(0), true);
    if (found.size > 0) {
      const hits = [...found].map(([column, rows]) => ({ column: columns[column]?.name ?? "", rows }));
      // What other parts of the rows hold is not known here.
      const about = { source: source.id, hits, partly: streams > 1 };
      throw problems.cardNumberFound(about, { location: source.location });
    }
    if (rest.length > 0) yield rest;
  };
}

/** The place in the rows at some byte: whether inside quotes, in which cell, of the row that begins where. */
interface Place {
  readonly quoted: boolean;
  readonly column: number;
  readonly row: number;
}

class Search {
  /** Bytes judged already, as context, then bytes not judged yet. */
  #bytes: Uint8Array = new Uint8Array(0);
  /** How many of them are judged. */
  #judged = 0;
  /** Where in the whole stream the first of them is. */
  #offset = 0;
  /** At the first byte that is not judged. */
  #place: Place = { quoted: false, column: 0, row: 0 };
  readonly #columns: readonly ScannedColumn[];
  readonly #onRow: (column: number) => void;
  /** By column: the row last told of. */
  readonly #lastRow = new Map<number, number>();

  constructor(columns: readonly ScannedColumn[], onRow: (column: number) => void) {
    this.#columns = columns;
    this.#onRow = onRow;
  }

  /** Returns the bytes that were judged now. */
  take(chunk: Uint8Array, last: boolean): Uint8Array {
    const bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    const from = this.#judged;
    const to = last ? bytes.length : Math.max(from, bytes.length - CONTEXT_BYTES);
    let reached = from;
    const advance = (at: number): Place => {
      this.#place = this.#placeAt(bytes, reached, at);
      reached = at;
      return this.#place;
    };
    findCardNumbers(bytes, from, to, {
      matters: (at) => this.#isOpen(advance(at)),
      found: () => this.#note(),
    });
    advance(to);
    const kept = Math.max(0, to - CONTEXT_BYTES);
    this.#bytes = bytes.subarray(kept);
    this.#offset += kept;
    this.#judged = to - kept;
    return bytes.subarray(from, to);
  }

  /** Its column is searched, and nothing is known of the row's cell yet. */
  #isOpen({ column, row }: Place): boolean {
    return this.#columns[column]?.scanned !== false && this.#lastRow.get(column) !== row;
  }

  /** At the place that was asked for last. */
  #note(): void {
    const { column, row } = this.#place;
    this.#lastRow.set(column, row);
    this.#onRow(column);
  }

  /** The place at `at`, when the known one is at `from`. Delimiters are counted only from there back to where the row begins. */
  #placeAt(bytes: Uint8Array, from: number, at: number): Place {
    const quoted = this.#place.quoted !== isOddlyQuoted(bytes, from, at);
    let column = 0;
    let inside = quoted;
    for (let i = at - 1; i >= from; i--) {
      const byte = bytes[i];
      if (byte === QUOTE) inside = !inside;
      else if (!inside && byte === COMMA) column++;
      else if (!inside && byte === NEWLINE) return { quoted, column, row: this.#offset + i + 1 };
    }
    return { quoted, column: this.#place.column + column, row: this.#place.row };
  }
}
