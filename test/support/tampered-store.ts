// Owns faults between a store and its landing: a connection that is real but for what happens to the rows on their way out.
import type { ConsistentSession, Extraction, StoreConnection } from "../../core/source/index.ts";
import { csvCell } from "../../core/util/index.ts";
import { parseCopyCsv } from "./copy-csv-rows.ts";

export type Cells = (string | null)[];

/** Sees all rows of a table in their order, and where the store's chunks began; gives those that arrive, part by part. */
export type Tamper = (rows: readonly Cells[], chunkStarts: readonly number[]) => readonly (readonly Cells[])[];

/** The real connection, whose extractions are changed by `change`. */
export function withChangedExtraction(
  connection: StoreConnection,
  change: (extraction: Extraction) => Extraction,
): StoreConnection {
  return {
    async openConsistentSession(signal) {
      const session = await connection.openConsistentSession(signal);
      const changed: ConsistentSession = {
        ...session,
        extract: async (request) => change(await session.extract(request)),
      };
      return changed;
    },
    close: () => connection.close(),
  };
}

/** What the store counts is its own; what it sends is tampered with. */
export function tampered(connection: StoreConnection, tamper: Tamper): StoreConnection {
  return withChangedExtraction(connection, (extraction) => {
    let sent: Promise<readonly (readonly Cells[])[]> | undefined;
    let read: Promise<{ readonly rows: readonly Cells[]; readonly chunks: readonly Uint8Array[] }> | undefined;
    const readAll = async () => {
      const chunks: Uint8Array[] = [];
      for (const part of extraction.parts) for await (const chunk of part.open()) chunks.push(chunk);
      return { rows: parseCopyCsv(Buffer.concat(chunks).toString("utf8")), chunks };
    };
    const original = () => {
      read ??= readAll();
      return read;
    };
    const all = () => {
      sent ??= original().then(({ rows, chunks }) => tamper(rows, rowsBefore(rows, chunks)));
      return sent;
    };
    async function* part(number: number): AsyncGenerator<Uint8Array> {
      const rows = (await all())[number] ?? [];
      // Chunks that end anywhere, as a network's do.
      const bytes = Buffer.from(rows.map((cells) => `${cells.map(csvCell).join(",")}\n`).join(""));
      for (let at = 0; at < bytes.length; at += 5_003) yield bytes.subarray(at, at + 5_003);
    }
    return {
      ...extraction,
      parts: [0, 1].map((number) => ({ open: () => part(number) })),
      resumable: false,
    };
  });
}

/** The first row that begins in each chunk of the store, and in each 64 KiB, which is what a pipe holds. */
function rowsBefore(rows: readonly Cells[], chunks: readonly Uint8Array[]): readonly number[] {
  const starts: number[] = [];
  let length = 0;
  for (const row of rows) {
    starts.push(length);
    length += Buffer.byteLength(`${row.map(csvCell).join(",")}\n`);
  }
  const borders = Array.from({ length: Math.floor(length / 65_536) }, (_, i) => (i + 1) * 65_536);
  let end = 0;
  for (const chunk of chunks) {
    borders.push(end);
    end += chunk.byteLength;
  }
  return borders.flatMap((border) => starts.findIndex((start) => start >= border)).filter((row) => row >= 0);
}
