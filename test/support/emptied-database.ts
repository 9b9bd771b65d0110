// Owns making a Postgres database that a test is done with as good as new, which costs a tenth of a new one, and seeing when it cannot be.
import type { Writer } from "./stores.ts";

/** Counts those that did not end. In a condition of WHERE the call could come before the others, for any process. */
const END_OTHERS = `SELECT count(*) FILTER (WHERE NOT pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type <> 'autovacuum worker'`;

/** What is in a schema goes with it, extensions too. */
const DROP_SCHEMAS = `DO $$ DECLARE name name; BEGIN
  FOR name IN SELECT nspname FROM pg_namespace WHERE nspname = 'public' OR (oid >= 16384 AND nspname !~ '^pg_') LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', name);
  END LOOP;
END $$`;
const CREATE_PUBLIC = "CREATE SCHEMA public AUTHORIZATION pg_database_owner; GRANT USAGE ON SCHEMA public TO PUBLIC";

/** Numbers from here on are of what did not come with the server. */
const MADE = "oid >= 16384";
const MAY_BE_MADE = [
  ...["am", "cast", "class", "collation", "conversion", "extension", "language", "opclass", "operator", "opfamily"],
  ...["proc", "transform", "ts_config", "ts_dict", "ts_parser", "ts_template", "type"],
];
const EMPTY_WHEN_NEW = [
  ...["default_acl", "event_trigger", "foreign_data_wrapper", "foreign_server", "largeobject_metadata"],
  ...["publication", "user_mapping"],
];
/** Of what came with the server, a row younger than its database was changed there, by a GRANT or an ALTER. */
const MAY_BE_CHANGED = ["class", "language", "namespace", "proc", "type"];

const LEFT = [
  ...MAY_BE_MADE.map((of) => `SELECT '${of}' AS what FROM pg_${of} WHERE ${MADE}`),
  ...EMPTY_WHEN_NEW.map((of) => `SELECT '${of}' FROM pg_${of}`),
  ...MAY_BE_CHANGED.map(
    (of) => `SELECT 'changed ${of}' FROM pg_${of} o JOIN here ON age(o.xmin) < age(here.xmin) WHERE NOT o.${MADE}`,
  ),
  `SELECT 'schema' FROM pg_namespace WHERE ${MADE} AND nspname <> 'public'`,
  "SELECT 'database' FROM here WHERE datacl IS NOT NULL OR datconnlimit <> -1 OR NOT datallowconn OR datistemplate",
  "SELECT 'setting' FROM pg_db_role_setting JOIN here ON setdatabase = here.oid",
  "SELECT 'subscription' FROM pg_subscription JOIN here ON subdbid = here.oid",
];
const WHAT_IS_LEFT = `WITH here AS (SELECT xmin, * FROM pg_database WHERE datname = current_database())
  SELECT coalesce(string_agg(DISTINCT what, ', '), '') FROM (${LEFT.join(" UNION ALL ")}) AS found`;

/** False when something of the test would stay: the database is no use for another. Nobody but `writer` may use it. */
export async function emptyDatabase(writer: Writer): Promise<boolean> {
  if ((await writer.value(END_OTHERS)) !== "0") return false;
  await writer.exec(`${DROP_SCHEMAS}; ${CREATE_PUBLIC}`);
  return (await whatIsLeft(writer)) === "";
}

/** What the schemas hold, and what beside them is not as in a new database. */
export function whatIsLeft(writer: Writer): Promise<string> {
  return writer.value(WHAT_IS_LEFT);
}
