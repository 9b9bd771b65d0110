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
      fix: () => setOnServer("fsync"),
    },
    full_page_writes: {
      loses: "a power cut can leave pages of the database half written",
      fix: () => setOnServer("full_page_writes"),
    },
  };

function setOnServer(name: string): string {
  return `Set ${name} = on in postgresql.conf or where the server is started, and reload it; off is right only where the storage below it sees to that by itself`;
}

/** Settings of managed services that keep what is committed in a storage of their own. What the server would do for that is theirs to say, not the user's. */
const KEPT_BY_SERVICE = ["neon.timeline_id", "rds.extensions"];
const OF_SERVER = ["fsync", "full_page_writes"];

/** As they are for the role and the database that the store is opened with. None of SQLite: it is opened with what it needs. */
export async function lossySettings({ kind, knex }: Database): Promise<readonly LossySetting[]> {
  if (kind !== "postgres") return [];
  const managed = KEPT_BY_SERVICE.map(() => "nullif(current_setting(?, true), '')").join(", ");
  const { rows } = (await knex.raw(
    `select name, quote_ident(current_user) as role, quote_ident(current_database()) as base from pg_settings
      where name = any(?) and setting = 'off' and not (name = any(?) and coalesce(${managed}) is not null) order by name`,
    [Object.keys(KEEP), OF_SERVER, ...KEPT_BY_SERVICE],
  )) as { readonly rows: readonly { readonly name: string; readonly role: string; readonly base: string }[] };
  return rows.flatMap(({ name, role, base }) => {
    const known = KEEP[name];
    return known ? [{ name, loses: known.loses, fix: known.fix(role, base) }] : [];
  });
}
