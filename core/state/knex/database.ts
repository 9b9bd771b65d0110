// Owns what the two databases have in common for this store, and what differs, as data. Knows no table's columns.
import type { Knex } from "knex";
import { MeshError } from "../../errors/index.ts";
import { driverError } from "../../util/index.ts";

export interface Database {
  readonly kind: "sqlite" | "postgres";
  readonly knex: Knex;
  /** How errors name it: a path, or a URL without user and password. */
  readonly name: string;
  /** Postgres schema of every table. */
  readonly schema?: string;
  /** The database's clock as SQL. */
  readonly now: string;
  /** So many milliseconds after the database's clock as SQL; the number may be negative. */
  after(ms: number): string;
  /** SQL that takes one binding from `list` and is a list of values, as in `id in (…)` or `id = any(…)`. */
  readonly inList: string;
  /** Text values as the one binding of `inList`, of any length. */
  list(values: readonly string[]): unknown;
  /** Type of a column that holds an instant, to the millisecond. */
  readonly instantType: string;
  /** What must stand before the first migration. */
  prepare?(trx: Knex.Transaction): Promise<void>;
  /** A lock held to the end of the transaction, by which one process at a time does what it names. SQLite's transactions have it anyway. */
  lock(trx: Knex.Transaction, what: "state" | "admission" | "deployment"): Promise<void>;
  /** Runs `body`, in which a statement may take as long as it takes. */
  patiently<T>(body: () => Promise<T>): Promise<T>;
  /** Runs `body` so that its commit survives a power cut. */
  durably<T>(body: () => Promise<T>): Promise<T>;
  /** The coded error for what the driver threw. */
  explain(error: unknown): MeshError;
}

export const TABLES = [
  "migration",
  "meta",
  "run",
  "run_work",
  "task",
  "attempt",
  "worker",
  "step",
  "build",
  "publication",
  "published",
  "test_result",
  "service_level",
  "service_level_change",
  "service_slot",
  "incident",
  "alert",
  "alert_delivery",
  "mute",
  "audit",
  "api_token",
  "event",
  "schedule",
  "pause",
  "condition",
  "backfill",
  "backfill_window",
  "deployment",
  "deployed",
  "deployment_event",
  "deployment_file",
  "deployment_use",
] as const;

export type TableName = (typeof TABLES)[number];

/** A query on a table, in the store's schema, in a transaction when given. */
export function from(database: Database, table: TableName, trx: Knex = database.knex): Knex.QueryBuilder {
  return database.schema === undefined ? trx(table) : trx.withSchema(database.schema).table(table);
}

/** The table's quoted full name, for raw SQL. */
export function quoted(database: Pick<Database, "schema">, table: TableName): string {
  return database.schema === undefined ? `"${table}"` : `"${database.schema.replaceAll('"', '""')}"."${table}"`;
}

/** What JSON.stringify writes of a NUL and of half a surrogate pair. */
const UNREADABLE = /\\u(?:0000|d[89a-f])/;

/**
 * JSON of what others said, such as errors of models. Postgres' JSON knows no NUL and no half of a surrogate pair (where a text was cut), and many
 * readers of JSON neither: both become U+FFFD.
 */
export function readableJson(value: unknown): string {
  const text = JSON.stringify(value);
  if (!UNREADABLE.test(text)) return text;
  return JSON.stringify(value, (_key, part) =>
    typeof part === "string" ? Buffer.from(part.replaceAll("\0", "\ufffd")).toString() : part,
  );
}

/** `column in (values)` for lists of any length. */
export function among(database: Database, column: string, values: readonly string[]): Knex.Raw {
  return database.knex.raw(`?? ${database.inList}`, [column, database.list(values)] as Knex.RawBinding[]);
}

export function now(database: Database): Knex.Raw {
  return database.knex.raw(database.now);
}

/** So many milliseconds after the database's clock. */
export function after(database: Database, ms: number): Knex.Raw {
  return database.knex.raw(database.after(ms));
}

/** Runs `body` in one write transaction. */
export function inTransaction<T>(database: Database, body: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
  return database.knex.transaction(body);
}

/** Runs `body`; whatever the driver throws becomes a coded error. */
export async function explained<T>(database: Database, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw error instanceof MeshError ? error : database.explain(error);
  }
}

/** The driver's own words: knex writes the statement before them. */
export function driverMessage(error: unknown): string {
  const { message } = driverError(error);
  const at = message.indexOf(" - ");
  return (at < 0 ? message : message.slice(at + 3)).trim();
}

const quiet = () => {};

/** knex prints connection failures by itself; they reach the user as coded errors instead. */
export const silentLog: Knex.Logger = { warn: quiet, error: quiet, deprecate: quiet, debug: quiet };
