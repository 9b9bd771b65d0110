// Owns the way of an extraction's bytes into the warehouse: counted as they come, through the edge, and opened again where the store allows.

import type { RowStream } from "../../protect/index.ts";
import type { Extraction } from "../../source/index.ts";
import type { CsvPart } from "../../warehouse/index.ts";
import { ATTEMPTS, backOff, isPassing } from "./retry.ts";

export interface WatchedParts {
  readonly parts: readonly CsvPart[];
  /** All bytes that came out of the store, those of failed attempts included. */
  readBytes(): number;
}

/** Totals of what is under way to the warehouse. Rows are told by line ends: a newline inside a value counts as one more. */
export interface Arrived {
  readonly rows: number;
  readonly bytes: number;
}

const NEWLINE = 10;

export function watchParts(
  extraction: Extraction,
  edge: RowStream | undefined,
  onProgress: (arrived: Arrived) => void,
  signal: AbortSignal,
): WatchedParts {
  let readBytes = 0;
  let rows = 0;
  let bytes = 0;
  const parts = extraction.parts.map((part): CsvPart => {
    let own = { rows: 0, bytes: 0 };
    let failures = 0;
    async function* counted(): AsyncGenerator<Uint8Array> {
      rows -= own.rows;
      bytes -= own.bytes;
      const mine = { rows: 0, bytes: 0 };
      own = mine;
      for await (const chunk of part.open()) {
        const lines = countNewlines(chunk);
        mine.rows += lines;
        mine.bytes += chunk.byteLength;
        rows += lines;
        bytes += chunk.byteLength;
        readBytes += chunk.byteLength;
        onProgress({ rows, bytes });
        yield chunk;
      }
    }
    return {
      open: () => (edge ? edge(counted()) : counted()),
      async reopen(error) {
        failures++;
        // What ended everything is told as it is, not as the wait that it ended.
        if (signal.aborted || !extraction.resumable || failures >= ATTEMPTS || !isPassing(error)) return false;
        await backOff(failures, signal).catch(() => undefined);
        return !signal.aborted;
      },
    };
  });
  return { parts, readBytes: () => readBytes };
}

function countNewlines(chunk: Uint8Array): number {
  let lines = 0;
  for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}
