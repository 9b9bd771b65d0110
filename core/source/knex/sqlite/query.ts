// Owns asking SQLite: the driver as it is used, statements that run off this thread to their first row, and what ends them early.
import { problems } from "../../../errors/index.ts";
import type { StorePlace } from "../../store-place.ts";

export type SqliteRow = readonly unknown[];

/** What is used of `libsql/promise`, whose own types say nothing. */
export interface SqliteDb {
  prepare(sql: string): Promise<SqliteStatement>;
  exec(sql: string): Promise<void>;
  /** Ends every statement of the connection that has not given its last row. */
  interrupt(): void;
  close(): void;
  defaultSafeIntegers(on: boolean): unknown;
}

export interface SqliteStatement {
  raw(): SqliteStatement;
  /** Resolves with the first row found, off this thread; a failure of it is thrown by `next`. Later rows are found on this thread. */
  iterate(...parameters: readonly unknown[]): Promise<Iterator<SqliteRow>>;
  columns(): readonly { readonly name: string; readonly type: string | null }[];
}

/** All rows of a short statement. */
export async function queryRows(
  db: SqliteDb,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<readonly SqliteRow[]> {
  const rows = await (await db.prepare(sql)).raw().iterate(parameters);
  const found: SqliteRow[] = [];
  for (let next = rows.next(); !next.done; next = rows.next()) found.push(next.value);
  return found;
}

export interface WorkRequest {
  readonly db: SqliteDb;
  readonly at: StorePlace;
  readonly signal: AbortSignal;
  /** What runs off this thread now: the connection may not end before. */
  readonly inFlight: Set<Promise<unknown>>;
  /** How long SQLite may work for it, waiting for the reader not counted. */
  readonly limitMs: number;
  /** For messages: `reading \`orders\``. */
  readonly what: string;
}

/** One piece of work for the store, of one or more statements that run one after another. */
export interface Work {
  /** The rows of a statement; its first is there. Throws the signal's reason, or `store/timeout`. */
  rows(statement: SqliteStatement, parameters?: readonly unknown[]): Promise<Iterator<SqliteRow>>;
  /** The only row of a statement. */
  row(statement: SqliteStatement, parameters?: readonly unknown[]): Promise<SqliteRow>;
  /** Counts what SQLite does on this thread. Throws as `rows` does when it is too much. */
  timed<Result>(use: () => Result): Result;
  workedMs(): number;
}

export function startWork({ db, at, signal, inFlight, limitMs, what }: WorkRequest): Work {
  let worked = 0;
  const tooLong = () => problems.storeTimeout({ ...at, what, reason: `it takes longer than ${limitMs} ms` });
  const rows = async (
    statement: SqliteStatement,
    parameters: readonly unknown[] = [],
  ): Promise<Iterator<SqliteRow>> => {
    signal.throwIfAborted();
    const since = performance.now();
    let late = false;
    const interrupt = () => db.interrupt();
    const timer = setTimeout(
      () => {
        late = true;
        db.interrupt();
      },
      Math.max(1, Math.min(limitMs - worked, 2 ** 31 - 1)),
    );
    signal.addEventListener("abort", interrupt, { once: true });
    const starting = statement.raw().iterate(parameters);
    inFlight.add(starting);
    try {
      const found = await starting;
      // Where the first row could not be found, this throws, so a look ahead is needed while the timer runs.
      const first = found.next();
      let given = false;
      return {
        next() {
          if (given) return found.next();
          given = true;
          return first;
        },
      };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw late ? tooLong() : error;
    } finally {
      clearTimeout(timer);
      inFlight.delete(starting);
      signal.removeEventListener("abort", interrupt);
      worked += performance.now() - since;
    }
  };
  return {
    rows,
    async row(statement, parameters) {
      const found = await rows(statement, parameters);
      const first = found.next();
      // To the end, so that it holds no lock.
      if (!first.done) found.next();
      return first.done ? [] : first.value;
    },
    timed(use) {
      const since = performance.now();
      const result = use();
      worked += performance.now() - since;
      if (worked > limitMs) throw tooLong();
      return result;
    },
    workedMs: () => worked,
  };
}

/** A statement left in the middle keeps the file's read lock. Interrupted, it ends at its next row; the driver reads rows ahead. */
export function endRows(db: SqliteDb, rows: Iterator<unknown>): void {
  const READ_AHEAD = 200;
  try {
    db.interrupt();
    for (let i = 0; i < READ_AHEAD && !rows.next().done; i++);
  } catch {
    // This is the interruption.
  }
}
