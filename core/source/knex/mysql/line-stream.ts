// Owns a SELECT whose rows become CSV lines in chunks of bytes, with backpressure. What the fields are is in `row-fields.ts`.
import type { Connection, QueryOptions } from "mysql2";
import { whenClosed } from "./query.ts";
import type { FieldKind } from "./row-fields.ts";
import { stopwatch } from "./stopwatch.ts";

const AS_BYTES = {
  rowsAsArray: true,
  typeCast: (field: { buffer(): Buffer | null }) => field.buffer(),
} as unknown as Partial<QueryOptions>;

export interface LineStream {
  readonly chunks: AsyncGenerator<Uint8Array>;
  /** Lines that came. Complete when the chunks have ended well. */
  lines(): number;
  /** True when the server gave a NULL for a piece of a line: the chunks then end early. */
  metNull(): boolean;
  /** True once the server has sent its last word. */
  ended(): boolean;
  /** Resolves when the server has sent its last word on the query, whichever it was. Rows still on their way are dropped. */
  drain(): Promise<void>;
  /** Milliseconds in which the server was not kept waiting. */
  workedMs(): number;
}

const CHUNK_BYTES = 1 << 18;
const CHUNKS_AHEAD = 4;
const COMMA = 44;
const NEWLINE = 10;
const QUOTE = 34;

/** Runs the query at once; the server waits while more than a few chunks have not been taken. */
export function streamLines(connection: Connection, sql: string, kinds: readonly FieldKind[]): LineStream {
  const ready: Uint8Array[] = [];
  let chunk: Buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let used = 0;
  let lines = 0;
  let failure: Error | undefined;
  let state: "running" | "dropping" | "ended" = "running";
  let sawNull = false;
  let wake: () => void = () => undefined;
  const clock = stopwatch();
  let settle: () => void = () => undefined;
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  let forget: () => void = () => undefined;

  const cut = (next: Buffer) => {
    if (used > 0) ready.push(chunk.subarray(0, used));
    chunk = next;
    used = 0;
    if (ready.length >= CHUNKS_AHEAD && state === "running") {
      connection.pause();
      clock.stop();
    }
    wake();
  };
  const append = (row: readonly (Buffer | null)[]): boolean => {
    let most = kinds.length;
    for (let i = 0; i < kinds.length; i++) {
      const length = row[i]?.length ?? 0;
      most += kinds[i] === "text" ? 2 * length + 2 : length;
    }
    if (used + most > chunk.length) cut(Buffer.allocUnsafe(Math.max(CHUNK_BYTES, most)));
    for (let i = 0; i < kinds.length; i++) {
      const kind = kinds[i];
      const value = row[i] ?? null;
      if (value === null && kind !== "text") return false;
      if (kind === "guard") continue;
      if (kind === "text" && value !== null) used = writeQuoted(chunk, value, used);
      else if (value !== null) {
        chunk.set(value, used);
        used += value.length;
      }
      chunk[used++] = COMMA;
    }
    chunk[used - 1] = NEWLINE;
    return true;
  };
  const finish = (error?: Error) => {
    forget();
    failure ??= error;
    state = "ended";
    clock.stop();
    wake();
    settle();
  };
  const query = connection.query({ ...AS_BYTES, sql });
  query.on("result", (row: unknown) => {
    if (state === "dropping" || sawNull) return;
    if (append(row as readonly (Buffer | null)[])) lines++;
    else {
      sawNull = true;
      wake();
    }
  });
  query.on("error", finish);
  query.on("end", () => finish());
  forget = whenClosed(connection, finish);

  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = ready.shift();
      if (next) {
        yield next;
        if (ready.length < CHUNKS_AHEAD && state === "running") {
          connection.resume();
          clock.start();
        }
      } else if (failure) throw failure;
      else if (sawNull) return;
      else if (state === "ended") break;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    if (used > 0) yield chunk.subarray(0, used);
  }

  return {
    chunks: chunks(),
    lines: () => lines,
    metNull: () => sawNull,
    ended: () => state === "ended",
    async drain() {
      if (state !== "ended") {
        state = "dropping";
        connection.resume();
      }
      await settled;
    },
    workedMs: clock.elapsed,
  };
}

/** Gives the place behind it. The target has room. */
function writeQuoted(target: Buffer, text: Buffer, at: number): number {
  let end = at;
  target[end++] = QUOTE;
  if (text.includes(QUOTE)) {
    // One character a byte, whatever the bytes are: a quote is a quote in UTF-8 too.
    end += target.write(text.toString("latin1").replaceAll('"', '""'), end, "latin1");
  } else {
    target.set(text, end);
    end += text.length;
  }
  target[end++] = QUOTE;
  return end;
}
