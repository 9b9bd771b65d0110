// Owns opening a Postgres state store and naming what Postgres' errors mean. Never lets a password into a message.
import type { Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import createKnex, { type Knex } from "knex";
import { type MeshError, problems } from "../../errors/index.ts";
import { driverError, networkTrouble, Redactor } from "../../util/index.ts";
import { type Database, driverMessage, quoted, silentLog, TABLES, type TableName } from "./database.ts";

const CONNECT_TIMEOUT_MS = 10_000;

/** Opens nothing before the first query. `connection` is a postgres:// URL with its secrets resolved. */
export function openPostgres(connection: string, schema: string, silentMs: number): Database {
  const url = parseUrl(connection);
  const name = `${url.protocol}//${url.host}${url.pathname}`;
  const redactor = new Redactor();
  redactor.add(connection);
  let patient = 0;
  const knex = createKnex({
    client: "pg",
    connection: {
      connectionString: connection,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      application_name: "mesh",
      keepAlive: true,
    } as Knex.PgConnectionConfig,
    compileSqlOnError: false,
    log: silentLog,
    pool: {
      min: 0,
      max: 4,
      afterCreate: (client: PgClient, done: (error: undefined, client: PgClient) => void) => {
        endWhenSilent(client, silentMs, () => patient > 0);
        done(undefined, client);
      },
    },
    acquireConnectionTimeout: 60_000,
  });
  return {
    kind: "postgres",
    knex,
    name,
    schema,
    now: "clock_timestamp()",
    after: (ms) => `clock_timestamp() + interval '${Math.round(ms)} milliseconds'`,
    inList: "= any(?::text[])",
    list: (values) => [...values],
    instantType: "timestamptz(3)",
    async lock(trx, what) {
      await trx.raw("select pg_advisory_xact_lock(hashtext(?), hashtext(?))", [`mesh-${what}`, schema]);
    },
    async prepare(trx) {
      const found = await trx.raw("select 1 from pg_namespace where nspname = ?", [schema]);
      if (found.rows.length === 0) await trx.raw("create schema ??", [schema]);
      else await takeTables(schema, trx);
    },
    durably: (body) => body(),
    async patiently(body) {
      patient++;
      try {
        return await body();
      } finally {
        patient--;
      }
    },
    explain: (error) => explainPostgres(error, name, (text) => redactor.redact(text)),
  };
}

/** Less than the second after which Postgres looks for a deadlock and fails one of those in it. */
const HOLD_AND_WAIT_MS = 200;
const LOCK_NOT_AVAILABLE = "55P03";

/**
 * All tables, to the end of the transaction. Processes at work hold one table and wait for another, in any order: a migration that took
 * its tables as it came to them would be in a deadlock with them. Whatever cannot be had soon is let go of, and all is asked for again.
 */
async function takeTables(schema: string, trx: Knex.Transaction): Promise<void> {
  const found = await trx.raw("select tablename from pg_tables where schemaname = ? and tablename = any(?)", [
    schema,
    [...TABLES],
  ]);
  const tables = (found.rows as readonly { readonly tablename: TableName }[]).map(({ tablename }) =>
    quoted({ schema }, tablename),
  );
  if (tables.length === 0) return;
  for (;;) {
    try {
      await trx.transaction(async (attempt) => {
        await attempt.raw(`set local lock_timeout = ${HOLD_AND_WAIT_MS}`);
        await attempt.raw(`lock table ${tables.join(", ")} in access exclusive mode`);
        await attempt.raw("set local lock_timeout = 0");
      });
      return;
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
    }
    await setTimeout(HOLD_AND_WAIT_MS);
  }
}

interface PgClient {
  readonly connection: { readonly stream: Socket };
}

/** The other end may be gone without a word, behind a firewall or a machine that lost its power: who waits is told, and so is the pool. */
function endWhenSilent({ connection: { stream } }: PgClient, silentMs: number, patient: () => boolean): void {
  const look = () => {
    if (patient()) stream.setTimeout(silentMs);
    else stream.destroy(new Error(`Connection terminated: no answer in ${Math.ceil(silentMs / 1_000)} s`));
  };
  stream.setTimeout(silentMs);
  stream.on("timeout", look);
}

function parseUrl(connection: string): URL {
  try {
    const url = new URL(connection);
    if (/^postgres(ql)?:$/.test(url.protocol)) return url;
  } catch {
    // The text may be a secret: it is not repeated.
  }
  throw problems.stateConnectionInvalid({ reason: "it does not have the form postgres://…" });
}

const DENIED = new Set(["28P01", "28000", "3D000", "42501"]);

function explainPostgres(error: unknown, store: string, redact: (text: string) => string): MeshError {
  const { code } = driverError(error);
  const reason = redact(driverMessage(error)).replace(/\.$/, "");
  const context = { cause: error };
  if (DENIED.has(code)) return problems.stateAccessDenied({ store, reason }, context);
  // A URL with a user but no password fails in the client, before the server is asked.
  if (/password must be a string|SASL/.test(reason))
    return problems.stateAccessDenied({ store, reason: "no password was given" }, context);
  const unreachable = networkTrouble({ code, message: reason }) !== undefined || /^(08|57P|53)/.test(code);
  if (unreachable && code !== "53100")
    return problems.stateUnreachable({ store, reason }, { ...context, retryable: true });
  if (code === "53100") return problems.stateDiskFull({ store }, context);
  if (code === "42P01" || code === "3F000") return problems.stateNotMigrated({ store }, context);
  return problems.stateFailed({ store, reason }, { ...context, retryable: code === "40P01" || code === "40001" });
}
