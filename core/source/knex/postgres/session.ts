// Owns one consistent point of a Postgres store: the leader that exported the snapshot and keeps it alive, and its readers.
import type { Client } from "pg";
import { problems } from "../../../errors/index.ts";
import type { ConsistentSession, SourceTable } from "../../types.ts";
import { createGate } from "../gate.ts";
import { CONNECTING } from "../network-failure.ts";
import type { RawConnections } from "../raw-connections.ts";
import type { StorePlace } from "../store-place.ts";
import { tableName } from "../table-name.ts";
import { type CatalogTable, findTable, listTables } from "./catalog.ts";
import { exactType } from "./column-types.ts";
import { extractTable } from "./extract.ts";
import { postgresFailure } from "./failures.ts";
import { createReaders, SESSION_SETTINGS } from "./readers.ts";

// The statement's time is taken before its snapshot: whatever was committed by then is seen.
const POINT = `
SELECT pg_export_snapshot() AS snapshot, (extract(epoch FROM statement_timestamp()) * 1000)::text AS ms,
  CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text AS lsn`;
/** Well under the idle limit of the session's settings: the server ends a leader whose process is gone, never a living one. */
const HEARTBEAT_MS = 60_000;
const CANCEL_WAIT_MS = 2_000;

interface Point {
  readonly snapshot: string;
  readonly ms: string;
  readonly lsn: string | null;
}

export async function openPostgresSession(
  connections: RawConnections<Client>,
  concurrency: number,
  at: StorePlace,
  signal?: AbortSignal,
): Promise<ConsistentSession> {
  signal?.throwIfAborted();
  const leader = await connections.acquire().catch((error: unknown) => {
    throw postgresFailure(error, at, CONNECTING);
  });
  try {
    await leader.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;${SESSION_SETTINGS}`);
    const point = (await leader.query<Point>(POINT)).rows[0];
    signal?.throwIfAborted();
    if (!point) throw new Error("no snapshot was exported");
    return lead(connections, concurrency, at, leader, point);
  } catch (error) {
    await connections.release(leader, true);
    if (signal?.aborted) throw signal.reason;
    throw postgresFailure(error, at, "taking a consistent point");
  }
}

function lead(
  connections: RawConnections<Client>,
  concurrency: number,
  at: StorePlace,
  leader: Client,
  point: Point,
): ConsistentSession {
  const heartbeat = setInterval(() => leader.query("SELECT 1").catch(() => undefined), HEARTBEAT_MS).unref();
  const cancel = async (backend: number) => {
    const asked = leader.query("SELECT pg_cancel_backend($1)", [backend]).catch(() => undefined);
    await Promise.race([asked, new Promise((done) => setTimeout(done, CANCEL_WAIT_MS).unref())]);
  };
  const readers = createReaders({ at, connections, gate: createGate(concurrency), snapshot: point.snapshot, cancel });
  const known = new Map<string, Promise<CatalogTable | undefined>>();
  const find = (table: SourceTable): Promise<CatalogTable | undefined> => {
    const name = tableName(table);
    const key = JSON.stringify([table.schema, table.identifier]);
    const found =
      known.get(key) ??
      findTable(leader, table).catch((error: unknown) =>
        Promise.reject(postgresFailure(error, at, `looking up \`${name}\``)),
      );
    known.set(key, found);
    return found;
  };
  let closing: Promise<void> | undefined;

  return {
    asOf: new Date(Math.floor(Number(point.ms))),
    ...(point.lsn !== null && { position: point.lsn }),
    async columns(table) {
      const found = await find(table);
      if (found && !found.readable) {
        const name = tableName(table);
        throw problems.storePermissionDenied({ ...at, what: `\`${name}\``, reason: `permission denied for ${name}` });
      }
      return found?.columns.map((column) => ({
        name: column.name,
        storeType: column.storeType,
        type: exactType(column),
        nullable: column.nullable,
      }));
    },
    async tables() {
      return listTables(leader).catch((error: unknown) =>
        Promise.reject(postgresFailure(error, at, "listing the tables")),
      );
    },
    async extract(request) {
      request.signal?.throwIfAborted();
      const found = await find(request.table);
      if (!found) {
        const name = tableName(request.table);
        throw problems.storeQueryFailed({ ...at, what: `reading \`${name}\``, reason: "there is no such table" });
      }
      return extractTable(readers, found, request);
    },
    close() {
      closing ??= (async () => {
        clearInterval(heartbeat);
        try {
          await readers.disposeAll();
        } finally {
          const ended = await leader.query("ROLLBACK").then(
            () => true,
            () => false,
          );
          await connections.release(leader, !ended);
        }
      })();
      return closing;
    },
  };
}
