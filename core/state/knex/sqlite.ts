// Owns opening a SQLite state file and naming what SQLite's errors mean.
import { accessSync, constants } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import createKnex, { type Knex } from "knex";
import { type MeshError, problems } from "../../errors/index.ts";
import { type Database, driverMessage, silentLog } from "./database.ts";
import { isBusy, LibsqlClient } from "./libsql-dialect.ts";

/** Opens or creates the file and its folder. Nothing is read or written before the first query. */
export async function openSqlite(path: string, busyTimeoutMs: number): Promise<Database> {
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw problems.stateNotWritable({ store: path, reason: folderReason(error) }, { cause: error });
  }
  const knex = createKnex({
    client: LibsqlClient as unknown as typeof Knex.Client,
    connection: { filename: path, busyTimeoutMs } as object,
    useNullAsDefault: true,
    compileSqlOnError: false,
    log: silentLog,
    // One connection: writers of one process queue here instead of fighting for the file's lock.
    pool: { min: 0, max: 1, idleTimeoutMillis: 3_600_000 },
    acquireConnectionTimeout: 600_000,
  });
  return {
    kind: "sqlite",
    knex,
    name: path,
    now: "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
    after: (ms) => `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '${(Math.round(ms) / 1_000).toFixed(3)} seconds')`,
    lock: async () => undefined,
    inList: "in (select value from json_each(?))",
    list: (values) => JSON.stringify(values),
    instantType: "text",
    patiently: (body) => body(),
    async durably(body) {
      await knex.raw("PRAGMA synchronous = FULL");
      try {
        return await body();
      } finally {
        await knex.raw("PRAGMA synchronous = NORMAL");
      }
    },
    explain: (error) => explainSqlite(error, path, busyTimeoutMs),
  };
}

function folderReason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOTDIR" || code === "EEXIST") return "a part of its path is a file, not a folder";
  return `its folder cannot be created (${code ?? "unknown reason"})`;
}

/** SQLite keeps files beside its own, so it cannot even read where it may not write, unless another process has them there. */
function whyNotOpened(path: string): string {
  try {
    accessSync(path, constants.R_OK);
  } catch {
    return "the file or its folder cannot be opened or created";
  }
  try {
    accessSync(path, constants.W_OK);
    accessSync(dirname(path), constants.W_OK);
  } catch {
    return "it is read-only";
  }
  return "the file or its folder cannot be opened or created";
}

function explainSqlite(error: unknown, store: string, waitedMs: number): MeshError {
  const code = String((error as { code?: unknown } | null)?.code ?? "");
  const reason = driverMessage(error);
  const context = { cause: error };
  if (isBusy(error)) return problems.stateLocked({ store, waitedMs }, { ...context, retryable: true });
  if (code.startsWith("SQLITE_READONLY"))
    return problems.stateNotWritable({ store, reason: "it is read-only" }, context);
  // libsql reports a failed open without a code, with SQLite's number at the end: 14 is CANTOPEN.
  if (code.startsWith("SQLITE_CANTOPEN") || /^ConnectionFailed\(.*: 14"\)$/s.test(reason))
    return problems.stateNotWritable({ store, reason: whyNotOpened(store) }, context);
  if (code.startsWith("SQLITE_NOTADB") || code.startsWith("SQLITE_CORRUPT"))
    return problems.stateCorrupt({ store, reason }, context);
  if (code.startsWith("SQLITE_FULL")) return problems.stateDiskFull({ store }, context);
  if (/no such table/.test(reason)) return problems.stateNotMigrated({ store }, context);
  return problems.stateFailed({ store, reason }, context);
}
