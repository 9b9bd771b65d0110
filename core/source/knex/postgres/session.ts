// Owns one consistent point of a Postgres store as a session: its leader, its readers, what is known of its tables, and their extraction.
import type { Client } from "pg";
import { problems } from "../../../errors/index.ts";
import type { ReadingPolicy } from "../../../manifest/index.ts";
import { createGate } from "../../../util/index.ts";
import { CONNECTING } from "../../network-failure.ts";
import type { StorePlace } from "../../store-place.ts";
import { tableName } from "../../table-name.ts";
import type { ConsistentSession, ExtractRequest, SourceTable } from "../../types.ts";
import type { RawConnections } from "../raw-connections.ts";
import { type CatalogTable, findTable, listTables } from "./catalog.ts";
import { exactType } from "./column-types.ts";
import { planCopy } from "./copy-plan.ts";
import { describeQuery } from "./describe-query.ts";
import { extractTable } from "./extract.ts";
import { postgresFailure } from "./failures.ts";
import { type Leader, type Server, takePoint } from "./leader.ts";
import { createReaders } from "./readers.ts";
import { shareOut } from "./share-out.ts";
import { tableSize } from "./table-size.ts";

const OLDEST = 120_000;

/** Readers of all tables that may be read at once, and one place so that an account never waits for a stream to end. */
export function readerCount({ concurrency, readers }: ReadingPolicy): number {
  return concurrency * readers + 1;
}

export async function openPostgresSession(
  connections: RawConnections<Client>,
  reading: ReadingPolicy,
  at: StorePlace,
  signal?: AbortSignal,
): Promise<ConsistentSession> {
  signal?.throwIfAborted();
  const client = await connections.acquire().catch((error: unknown) => {
    throw postgresFailure(error, at, CONNECTING);
  });
  let released: Promise<void> | undefined;
  const giveUp = () => {
    released ??= connections.release(client, true);
    return released;
  };
  // Waiting for a serializable snapshot may take long.
  signal?.addEventListener("abort", giveUp, { once: true });
  try {
    signal?.throwIfAborted();
    const leader = await takePoint(client, reading, (server) => judgeServer(server, reading, at));
    signal?.throwIfAborted();
    return sessionOf(connections, reading, at, client, leader);
  } catch (error) {
    await giveUp();
    if (signal?.aborted) throw signal.reason;
    throw postgresFailure(error, at, "taking a consistent point");
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }
}

function judgeServer({ version, standby }: Server, { isolation }: ReadingPolicy, at: StorePlace): void {
  if (version < OLDEST) {
    const reason = `the server is version ${Math.floor(version / 10_000)}, and mesh reads Postgres 12 and later`;
    throw problems.storeQueryFailed({ ...at, what: "taking a consistent point", reason });
  }
  if (isolation === "serializable" && standby)
    throw problems.storeIsolationUnavailable({ ...at, reason: "it is a standby" });
}

function sessionOf(
  connections: RawConnections<Client>,
  reading: ReadingPolicy,
  at: StorePlace,
  client: Client,
  leader: Leader,
): ConsistentSession {
  const { point } = leader;
  const gate = createGate(readerCount(reading));
  const readers = createReaders({ at, connections, gate, reading, snapshot: point.snapshot, cancel: leader.cancel });
  const utf8 = point.encoding === "UTF8" || point.encoding === "SQL_ASCII";
  const known = new Map<string, Promise<CatalogTable | undefined>>();

  const ask = async <Result>(what: string, question: (client: Client) => Promise<Result>): Promise<Result> => {
    try {
      return await leader.ask(question);
    } catch (error) {
      throw postgresFailure(error, at, what);
    }
  };
  const find = (table: SourceTable): Promise<CatalogTable | undefined> => {
    const name = tableName(table);
    const key = JSON.stringify([table.schema, table.identifier, table.query]);
    const { query } = table;
    const found =
      known.get(key) ??
      ask(`looking up \`${name}\``, (asked) =>
        query === undefined ? findTable(asked, table) : describeQuery(asked, at, name, query),
      );
    known.set(key, found);
    return found;
  };
  const measure = async ({ storedId }: CatalogTable, { window, table }: ExtractRequest) => {
    if (storedId === undefined || window !== undefined) return undefined;
    return ask(`measuring \`${tableName(table)}\``, (asked) => tableSize(asked, storedId));
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
    tables: () => ask("listing the tables", listTables),
    async extract(request) {
      request.signal?.throwIfAborted();
      const name = tableName(request.table);
      const found = await find(request.table);
      if (!found)
        throw problems.storeQueryFailed({ ...at, what: `reading \`${name}\``, reason: "there is no such table" });
      const plan = planCopy(at, found, request);
      const size = await measure(found, request);
      const { storedId: tableId } = found;
      const large = size !== undefined && tableId !== undefined && size.bytes >= reading.splitAboveBytes;
      const shares =
        large && reading.readers > 1
          ? await ask(`sharing out \`${name}\``, (asked) =>
              shareOut(asked, { table: found, tableId, size, shares: reading.readers, version: point.version }),
            )
          : [];
      request.signal?.throwIfAborted();
      const rows = size?.rows;
      const estimate = size && { bytes: size.bytes, ...(rows !== undefined && { rows }) };
      return extractTable({ readers, plan, name, shares, estimate, utf8, signal: request.signal });
    },
    close() {
      closing ??= (async () => {
        try {
          await readers.disposeAll();
        } finally {
          await connections.release(client, !(await leader.end()));
        }
      })();
      return closing;
    },
  };
}
