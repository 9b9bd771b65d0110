// Owns asking MySQL on a raw connection: every cell as the text the server sent, whole results or a stream with backpressure.
import type { Duplex } from "node:stream";
import type { Connection, QueryOptions } from "mysql2";

/** Rows as arrays of text; nothing is parsed, so nothing is rounded. */
export type TextRow = readonly (string | null)[];

const AS_TEXT = {
  rowsAsArray: true,
  typeCast: (field: { string(encoding: string): string | null }) => field.string("utf8"),
} as unknown as Partial<QueryOptions>;

export function queryRows(
  connection: Connection,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly TextRow[]> {
  return new Promise((resolve, reject) => {
    const forget = whenClosed(connection, reject);
    connection.query({ ...AS_TEXT, sql, values: [...values] }, (error, rows) => {
      forget();
      if (error) reject(error);
      else resolve(rows as unknown as readonly TextRow[]);
    });
  });
}

/** The driver says nothing to the queries of a connection that this process itself ends. Gives the function that stops listening. */
function whenClosed(connection: Connection, tell: (error: Error) => void): () => void {
  const { stream } = connection as Connection & { readonly stream: Duplex };
  const closed = () => tell(new Error("Connection lost: it was closed"));
  if (stream.destroyed) closed();
  stream.once("close", closed);
  return () => stream.off("close", closed);
}

/** Where the rows of a stream go: `add` answers with bytes when a chunk is full, `end` with the rest. */
export interface RowSink {
  add(row: TextRow): Uint8Array | undefined;
  end(): Uint8Array;
}

export interface RowStream {
  readonly chunks: AsyncGenerator<Uint8Array>;
  /** True once the server has sent its last word. */
  ended(): boolean;
  /** Resolves when the server has sent its last word on the query, whichever it was. Rows still on their way are dropped. */
  drain(): Promise<void>;
}

const CHUNKS_AHEAD = 4;

/** Runs the query at once; the server waits while more than a few chunks have not been taken. */
export function streamRows(connection: Connection, sql: string, sink: RowSink): RowStream {
  const ready: Uint8Array[] = [];
  let failure: Error | undefined;
  let ended = false;
  let draining = false;
  let wake: () => void = () => undefined;
  let settle: () => void = () => undefined;
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  let forget: () => void = () => undefined;
  const finish = (error?: Error) => {
    forget();
    failure ??= error;
    ended = true;
    wake();
    settle();
  };
  const query = connection.query({ ...AS_TEXT, sql });
  query.on("result", (row: unknown) => {
    if (draining) return;
    try {
      const chunk = sink.add(row as TextRow);
      if (!chunk) return;
      ready.push(chunk);
      if (ready.length >= CHUNKS_AHEAD) connection.pause();
      wake();
    } catch (error) {
      failure ??= error as Error;
      wake();
    }
  });
  query.on("error", finish);
  query.on("end", () => finish());
  forget = whenClosed(connection, finish);

  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = ready.shift();
      if (chunk) {
        yield chunk;
        if (ready.length < CHUNKS_AHEAD && !ended) connection.resume();
      } else if (failure) throw failure;
      else if (ended) break;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    const rest = sink.end();
    if (rest.length > 0) yield rest;
  }

  return {
    chunks: chunks(),
    ended: () => ended,
    async drain() {
      draining = true;
      if (!ended) connection.resume();
      await settled;
    },
  };
}
