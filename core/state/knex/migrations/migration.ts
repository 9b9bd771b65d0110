// Owns the form of one schema change.
import type { Knex } from "knex";
import type { Database } from "../database.ts";

export interface Migration {
  /** Counts up from 1 without gaps. */
  readonly version: number;
  readonly name: string;
  /** Runs in the migration's transaction. Each call of `schema` starts a statement in the store's schema. */
  up(schema: () => Knex.SchemaBuilder, database: Database, trx: Knex.Transaction): Promise<void>;
}
