// Owns bringing a state store's schema up to date, from many processes at once. What changes is in `migrations/`.
import type { Knex } from "knex";
import { problems } from "../../errors/index.ts";
import { type Database, from, inTransaction, now } from "./database.ts";
import { migrations as all, type Migration } from "./migrations/index.ts";

/** Applies what is missing, all in one transaction. Throws `state/newer-schema` when the store knows more than this mesh. */
export async function migrate(database: Database, migrations: readonly Migration[] = all): Promise<void> {
  const known = migrations.length;
  // The usual case, and the only one that needs no lock.
  if ((await schemaVersion(database, database.knex, known)) === known) return;
  await database.patiently(() => migrateAll(database, migrations));
}

function migrateAll(database: Database, migrations: readonly Migration[]): Promise<void> {
  const known = migrations.length;
  return inTransaction(database, async (trx) => {
    await database.lock(trx, "state");
    await database.prepare?.(trx);
    const schema = () => (database.schema === undefined ? trx.schema : trx.schema.withSchema(database.schema));
    if (!(await hasMigrationTable(database, trx))) {
      await schema().createTable("migration", (t) => {
        t.integer("version").primary();
        t.text("name").notNullable();
        t.specificType("applied_at", database.instantType).notNullable();
      });
    }
    // Another process may have migrated while this one waited for the lock.
    const found = await schemaVersion(database, trx, known);
    for (const migration of migrations.slice(found)) {
      await migration.up(schema, database, trx);
      await from(database, "migration", trx).insert({
        version: migration.version,
        name: migration.name,
        applied_at: now(database),
      });
    }
  });
}

async function hasMigrationTable(database: Database, on: Knex): Promise<boolean> {
  return database.schema === undefined
    ? on.schema.hasTable("migration")
    : on.schema.withSchema(database.schema).hasTable("migration");
}

async function schemaVersion(database: Database, on: Knex, known: number): Promise<number> {
  if (!(await hasMigrationTable(database, on))) return 0;
  const row = await from(database, "migration", on).max({ version: "version" }).first();
  const found = Number(row?.version ?? 0);
  if (found > known) throw problems.stateNewer({ store: database.name, found, known });
  return found;
}
