// Owns schema 9: the audit log, which the database itself keeps from being changed, the tokens of the API, and the events of all that
// may be watched.
import { type Database, from, quoted } from "../database.ts";
import { eventTriggers } from "./event-triggers.ts";
import type { Migration } from "./migration.ts";

export const audit: Migration = {
  version: 9,
  name: "audit",
  async up(schema, database, trx) {
    const instant = database.instantType;
    await schema().createTable("audit", (t) => {
      t.bigInteger("sequence").primary();
      t.specificType("at", instant).notNullable();
      t.text("actor").notNullable();
      t.text("via").notNullable();
      t.text("action").notNullable();
      t.text("subject").notNullable();
      t.text("detail").notNullable();
      t.text("hash").notNullable();
      t.index(["subject", "sequence"], "audit_subject");
      t.index(["actor", "sequence"], "audit_actor");
    });
    await from(database, "meta", trx).insert({ key: "audit", value: "0 " });
    for (const statement of appendOnly(database)) await trx.raw(statement);
    await schema().createTable("event", (t) => {
      t.bigIncrements("sequence");
      t.specificType("at", instant).notNullable();
      t.text("kind").notNullable();
      t.text("run_id");
      t.text("subject").notNullable();
      t.text("status").notNullable();
      t.text("detail").notNullable();
      t.index(["run_id", "sequence"], "event_run");
      t.index(["at"], "event_at");
    });
    for (const statement of eventTriggers(database)) await trx.raw(statement);
    await schema().createTable("api_token", (t) => {
      t.text("id").primary();
      t.text("name").notNullable();
      t.text("role").notNullable();
      t.text("hash").notNullable().unique("api_token_hash");
      t.specificType("created_at", instant).notNullable();
      t.text("created_by").notNullable();
      t.specificType("expires_at", instant);
      t.specificType("revoked_at", instant);
      t.text("revoked_by");
      t.specificType("last_used_at", instant);
    });
    // The audit log names a token by its name: two live ones never share it.
    await trx.raw(
      `create unique index "api_token_live_name" on ${quoted(database, "api_token")} (name) where revoked_at is null`,
    );
  },
};

/** Triggers that refuse to change or remove an entry, whoever asks. */
function appendOnly(database: Database): readonly string[] {
  const table = quoted(database, "audit");
  if (database.kind === "sqlite")
    return ["update", "delete"].map(
      (what) =>
        `create trigger audit_no_${what} before ${what} on ${table} begin select raise(abort, 'the audit log is append-only'); end`,
    );
  const refuse = table.replace(/"audit"$/, '"audit_refuse"');
  return [
    `create function ${refuse}() returns trigger language plpgsql as $$ begin raise exception 'the audit log is append-only'; end $$`,
    `create trigger audit_no_change before update or delete or truncate on ${table} for each statement execute function ${refuse}()`,
  ];
}
