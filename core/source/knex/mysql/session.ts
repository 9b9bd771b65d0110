// Owns one consistent point of a MySQL or MariaDB store: one transaction on one connection, tables read one after another.
import type { Connection } from "mysql2";
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
import { mysqlFailure } from "./failures.ts";
import { queryRows } from "./query.ts";

/** Ten minutes for a reader that is slow at times: the server's own minute would end the connection. */
const SETTINGS =
  "time_zone = '+00:00', sql_mode = '', net_write_timeout = 600, wait_timeout = 3600, lock_wait_timeout = 60";
const TIME_LIMIT = {
  mariadb: "SET SESSION max_statement_time = IF(@@max_statement_time = 0, 14400, @@max_statement_time)",
  mysql: "SET SESSION max_execution_time = IF(@@max_execution_time = 0, 14400000, @@max_execution_time)",
};
/** The engines whose reads START TRANSACTION WITH CONSISTENT SNAPSHOT covers. */
const CONSISTENT_ENGINES = new Set(["innodb", "rocksdb", "tokudb"]);

export async function openMysqlSession(
  connections: RawConnections<Connection>,
  at: StorePlace,
  signal?: AbortSignal,
): Promise<ConsistentSession> {
  signal?.throwIfAborted();
  const connection = await connections.acquire().catch((error: unknown) => {
    throw mysqlFailure(error, at, CONNECTING);
  });
  try {
    const isMariadb = ((await queryRows(connection, "SELECT version()"))[0]?.[0] ?? "").includes("MariaDB");
    await queryRows(connection, `SET SESSION ${SETTINGS}`);
    await queryRows(connection, isMariadb ? TIME_LIMIT.mariadb : TIME_LIMIT.mysql);
    await queryRows(connection, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    // Asked before the point: whatever was committed by then is seen.
    const asOf =
      (await queryRows(connection, "SELECT date_format(utc_timestamp(3), '%Y-%m-%dT%H:%i:%s.%fZ')"))[0]?.[0] ?? "";
    await queryRows(connection, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
    const position = isMariadb ? await mariadbPosition(connection) : await mysqlPosition(connection);
    signal?.throwIfAborted();
    return readThrough(
      connections,
      connection,
      at,
      isMariadb,
      new Date(asOf.replace(/(\.\d{3})\d*Z$/, "$1Z")),
      position,
    );
  } catch (error) {
    await connections.release(connection, true);
    if (signal?.aborted) throw signal.reason;
    throw mysqlFailure(error, at, "taking a consistent point");
  }
}

/** The position of exactly this snapshot, when the server writes a binary log. */
async function mariadbPosition(connection: Connection): Promise<string | undefined> {
  const status = new Map(
    (await queryRows(connection, "SHOW STATUS LIKE 'binlog_snapshot_%'")).map(([name, value]) => [
      name?.toLowerCase(),
      value,
    ]),
  );
  const file = status.get("binlog_snapshot_file");
  return file ? `${file}:${status.get("binlog_snapshot_position")}` : undefined;
}

/** MySQL tells no position of a snapshot; this one is read just after it. */
async function mysqlPosition(connection: Connection): Promise<string | undefined> {
  return (await queryRows(connection, "SELECT @@global.gtid_executed"))[0]?.[0] || undefined;
}

function readThrough(
  connections: RawConnections<Connection>,
  connection: Connection,
  at: StorePlace,
  isMariadb: boolean,
  asOf: Date,
  position: string | undefined,
): ConsistentSession {
  const lane = createGate(1);
  let closing: Promise<void> | undefined;

  const cancel = async () => {
    try {
      const other = await connections.acquire();
      await queryRows(other, `KILL QUERY ${Number(connection.threadId)}`).finally(() => connections.release(other));
    } catch {
      // A server that cannot be asked to stop has no query to stop, or ends it when the connection ends.
      connection.destroy();
    }
  };
  const inLane = async <Result>(what: string, ask: () => Promise<Result>): Promise<Result> => {
    const leave = await lane.enter();
    try {
      return await ask();
    } catch (error) {
      throw mysqlFailure(error, at, what);
    } finally {
      leave();
    }
  };
  const known = new Map<string, Promise<CatalogTable | undefined>>();
  const find = (table: SourceTable): Promise<CatalogTable | undefined> => {
    const key = JSON.stringify([table.schema, table.identifier]);
    const found =
      known.get(key) ?? inLane(`looking up \`${tableName(table)}\``, () => findTable(connection, table, isMariadb));
    known.set(key, found);
    return found;
  };

  return {
    asOf,
    ...(position !== undefined && { position }),
    async columns(table) {
      const found = await find(table);
      return found?.columns.map((column) => ({
        name: column.name,
        storeType: column.storeType,
        type: exactType(column),
        nullable: column.nullable,
      }));
    },
    tables: () => inLane("listing the tables", () => listTables(connection)),
    async extract(request) {
      request.signal?.throwIfAborted();
      const name = tableName(request.table);
      const found = await find(request.table);
      if (!found)
        throw problems.storeQueryFailed({ ...at, what: `reading \`${name}\``, reason: "there is no such table" });
      if (found.engine !== undefined && !CONSISTENT_ENGINES.has(found.engine.toLowerCase())) {
        throw problems.storeNotConsistent({ ...at, table: name, engine: found.engine });
      }
      return extractTable({ connection, at, lane, cancel }, found, request);
    },
    close() {
      closing ??= (async () => {
        // Whoever still reads is cut off; the server ends the transaction with the connection.
        if (!lane.idle()) await cancel();
        await connections.release(connection, true);
      })();
      return closing;
    },
  };
}
