// Owns which settings of the database let a power cut forget, or tear, what was committed. Changes none.
import type { LossySetting } from "../types.ts";
import type { Database } from "./database.ts";

/** What is lost when it is `off`, and how it is set. */
const KEEP: Readonly<Record<string, { readonly loses: string; readonly fix: (role: string, name: string) => string }>> =
  {
    synchronous_commit: {
      loses: "a power cut can forget claims and publications that were told as done",
      fix: (role, name) =>
        `As its owner or an administrator: alter role ${role} in database ${name} set synchronous_commit = on`,
    },
    fsync: {
      loses: "a power cut can leave the database without what was committed, or unreadable",
      fix: () => "Set fsync = on in postgresql.conf or where the server is started, and reload it",
    },
    full_page_writes: {
      loses: "a power cut can leave pages of the database half written",
      fix: () => "Set full_page_writes = on in postgresql.conf or where the server is started, and reload it",
    },
  };

/** As they are for the role and the database that the store is opened with. None of SQLite: it is opened with what it needs. */
export async function lossySettings({ kind, knex }: Database): Promise<readonly LossySetting[]> {
  if (kind !== "postgres") return [];
  const { rows } = (await knex.raw(
    "select name, quote_ident(current_user) as role, quote_ident(current_database()) as base from pg_settings where name = any(?) and setting = 'off' order by name",
    [Object.keys(KEEP)],
  )) as { readonly rows: readonly { readonly name: string; readonly role: string; readonly base: string }[] };
  return rows.flatMap(({ name, role, base }) => {
    const known = KEEP[name];
    return known ? [{ name, loses: known.loses, fix: known.fix(role, base) }] : [];
  });
}
