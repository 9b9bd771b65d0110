// Owns asking MySQL on a raw connection: whole results as the text the server sent, what a SELECT would give, or a stream of one
// text a row, with backpressure.
import type { Duplex } from "node:stream";
import type { Connection, QueryOptions } from "mysql2";

/** Rows as arrays of text; nothing is parsed, so nothing is rounded. */
export type TextRow = readonly (string | null)[];

const AS_TEXT = {
  rowsAsArray: true,
  typeCast: (field: { string(encoding: string): string | null }) => field.string("utf8"),
} as unknown as Partial<QueryOptions>;

const AS_BYTES = {
  rowsAsArray: true,
  typeCast: (field: { buffer(): Buffer | null }) => field.buffer(),
} as unknown as Partial<QueryOptions>;

export function queryRows(
  connection: Connection,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly TextRow[]> {
  return ask(connection, (done) =>
    connection.query({ ...AS_TEXT, sql, values: [...values] }, (error, rows) =>
      done(error, rows as unknown as readonly TextRow[]),
    ),
  );
}

/** A column of a result, as the protocol tells it. */
export interface ResultField {
  readonly name: string;
  readonly columnType: number;
  readonly columnLength: number;
  readonly characterSet: number;
  readonly decimals: number;
  readonly flags: number;
  /** The table a plain column comes from; empty for a computed one. */
  readonly schema: string;
  readonly orgTable: string;
  /** MariaDB's own types, such as `uuid`, which are texts to others. */
  readonly extendedTypeName?: string;
  readonly extendedFormat?: string;
}

/** What the SELECT would give, by preparing it: it does not run. */
export async function describeSelect(connection: Connection, sql: string): Promise<readonly ResultField[]> {
  const statement = await ask<{ readonly columns: readonly ResultField[]; close(): void }>(connection, (done) =>
    connection.prepare(sql, (error, prepared) => done(error, prepared as never)),
  );
  statement.close();
  return statement.columns;
}

function ask<Answer>(
  connection: Connection,
  send: (done: (error: Error | null, answer: Answer) => void) => void,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const forget = whenClosed(connection, reject);
    send((error, answer) => {
      forget();
      if (error) reject(error);
      else resolve(answer);
    });
  });
}

/** The driver says nothing to the queries of a connection that this process itself ends. Gives the function that stops listening. */
export function whenClosed(connection: Connection, tell: (error: Error) => void): () => void {
  const { stream } = connection as Connection & { readonly stream: Duplex };
  const closed = () => tell(new Error("Connection lost: it was closed"));
  if (stream.destroyed) closed();
  stream.once("close", closed);
  return () => stream.off("close", closed);
}

export interface LineStream {
  readonly chunks: AsyncGenerator<Uint8Array>;
  /** Lines that came. Complete when the chunks have ended well. */
  lines(): number;
  /** True when the server gave a NULL for a line: the chunks then end early. */
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

/** Runs a SELECT of one column at once; the server waits while more than a few chunks have not been taken. */
export function streamLines(connection: Connection, sql: string): LineStream {
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
    const line = (row as readonly [Buffer | null])[0];
    if (line === null) {
      sawNull = true;
      wake();
      return;
    }
    if (used + line.length > chunk.length) cut(Buffer.allocUnsafe(Math.max(CHUNK_BYTES, line.length)));
    chunk.set(line, used);
    used += line.length;
    lines++;
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

/** Runs from the start. */
export function stopwatch() {
  let since: number | undefined = performance.now();
  let total = 0;
  return {
    start() {
      since ??= performance.now();
    },
    stop() {
      if (since !== undefined) total += performance.now() - since;
      since = undefined;
    },
    elapsed: () => total + (since === undefined ? 0 : performance.now() - since),
  };
}
