// Owns asking MySQL on a raw connection: whole results as the text the server sent, or what a SELECT would give.
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
