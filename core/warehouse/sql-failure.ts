// Owns what an adapter knows about a statement the database refused, so that the caller can point at the user's file.
// The error itself stays a MeshError of the catalogue; this is kept beside it.
import type { MeshError } from "../errors/index.ts";

export interface SqlFailure {
  /** The database's message without values of rows. */
  readonly reason: string;
  /** The statement that failed. */
  readonly sql: string;
  /** Where in `sql` (UTF-16 offset), when the database said so. */
  readonly offset?: number;
}

const failures = new WeakMap<MeshError, SqlFailure>();

/** For adapters: remembers what is known about the failure behind `error`, and returns `error`. */
export function withSqlFailure(error: MeshError, failure: SqlFailure): MeshError {
  failures.set(error, failure);
  return error;
}

/** What the database said about the statement; undefined when the error is not about SQL. */
export function sqlFailureOf(error: unknown): SqlFailure | undefined {
  return failures.get(error as MeshError);
}

/**
 * The offset in `query` of the place that failed, when the statement contains the query word for word
 * (`create temp table … as <query>`) and the place is inside it. Feed it to `BoundSql.locate()`.
 */
export function offsetInQuery(failure: SqlFailure, query: string): number | undefined {
  if (failure.offset === undefined) return undefined;
  const start = failure.sql.indexOf(trimQuery(query));
  if (start < 0) return undefined;
  const offset = failure.offset - start;
  return offset >= 0 && offset <= query.length ? offset : undefined;
}

// Alternatives in order: comment, quoted text, dollar-quoted text, semicolon, any other character.
const TOKEN = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|;|[\s\S]/g;

/** The query without semicolons, blanks and comments at its end, so that it can stand inside parentheses. Its start stays as it is. */
export function trimQuery(sql: string): string {
  let end = 0;
  for (const match of sql.matchAll(TOKEN)) {
    const token = match[0];
    if (token === ";" || token.startsWith("--") || token.startsWith("/*") || /^\s$/.test(token)) continue;
    end = match.index + token.length;
  }
  return sql.slice(0, end);
}
