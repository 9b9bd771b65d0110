// Owns turning rows of cells into COPY_CSV bytes, and counting the cells that their column refuses. Knows no store.
import { csvCell } from "../util/index.ts";

/** What a cell encoder answers for a value that the declared type cannot hold. */
export const REFUSED = Symbol("refused");

/** Canonical text of the declared type, null for NULL, or REFUSED. */
export type CellEncoder = (cell: unknown) => string | null | typeof REFUSED;

export interface EncodedColumn {
  readonly name: string;
  readonly declared: string;
  readonly encode: CellEncoder;
}

export interface RowEncoder {
  /** `place` says where the row stands, for a refusal. */
  append(row: readonly unknown[], place?: () => string): void;
  /** Characters that wait to be taken. */
  readonly pending: number;
  /** What waits, as bytes; empty once a cell was refused, because the extraction fails at its end. */
  take(): Uint8Array;
  readonly rows: number;
  /** Columns with refused cells. Complete when every row was appended. */
  refused(): readonly RefusedColumn[];
}

export interface RefusedColumn {
  readonly column: string;
  readonly declared: string;
  readonly rows: number;
  /** Where the first of them stands, when rows have places. */
  readonly first?: string;
}

export function createRowEncoder(columns: readonly EncodedColumn[]): RowEncoder {
  const refused = new Array<number>(columns.length).fill(0);
  const first: (string | undefined)[] = [];
  let failed = false;
  let text = "";
  let rows = 0;
  return {
    append(row, place) {
      rows++;
      let line = "";
      let i = 0;
      for (const { encode } of columns) {
        const cell = encode(row[i]);
        if (cell === REFUSED) {
          refused[i] = (refused[i] ?? 0) + 1;
          first[i] ??= place?.();
          failed = true;
        } else line += i === 0 ? csvCell(cell) : `,${csvCell(cell)}`;
        i++;
      }
      if (failed) text = "";
      else text += `${line}\n`;
    },
    get pending() {
      return text.length;
    },
    take() {
      const bytes = Buffer.from(text);
      text = "";
      return bytes;
    },
    get rows() {
      return rows;
    },
    refused() {
      return columns.flatMap(({ name, declared }, i) =>
        (refused[i] ?? 0) > 0
          ? [{ column: name, declared, rows: refused[i] ?? 0, ...(first[i] !== undefined && { first: first[i] }) }]
          : [],
      );
    },
  };
}
