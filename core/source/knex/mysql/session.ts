// Owns one consistent point of a MySQL or MariaDB store as a session: its lanes, what is known of its tables, and their extraction.
import type { Connection } from "mysql2";
import { problems } from "../../../errors/index.ts";
import type { ReadingPolicy } from "../../../manifest/index.ts";
import type { StorePlace } from "../../store-place.ts";
import { tableName } from "../../table-name.ts";
import type { ConsistentSession, SourceTable } from "../../types.ts";
import type { RawConnections } from "../raw-connections.ts";
import { type CatalogTable, findTable, isConsistent, listTables } from "./catalog.ts";
import { exactType } from "./column-types.ts";
import { describeQuery, isSelect } from "./describe-query.ts";
import { extractTable } from "./extract.ts";
import { mysqlFailure } from "./failures.ts";
import { createLanes } from "./lanes.ts";
import { takePoint } from "./point.ts";

/** How many connections share a point. More than one can only start together behind a lock. */
export function laneCount(reading: ReadingPolicy): number {
  return reading.lockAndStart ? Math.max(reading.readers, reading.concurrency) : 1;
}

export async function openMysqlSession(
  connections: RawConnections<Connection>,
  reading: ReadingPolicy,
  at: StorePlace,
  signal?: AbortSignal,
): Promise<ConsistentSession> {
  const point = await takePoint(connections, laneCount(reading), reading, at, signal);
  const { server, asOf, position } = point;
  const lanes = createLanes(connections, point.connections, reading.idleTimeoutMs / 4);
  const known = new Map<string, Promise<CatalogTable | undefined>>();

  const ask = async <Result>(what: string, question: (connection: Connection) => Promise<Result>): Promise<Result> => {
    try {
      return await lanes.use(undefined, question);
    } catch (error) {
      throw mysqlFailure(error, at, what);
    }
  };
  const find = (table: SourceTable): Promise<CatalogTable | undefined> => {
    const key = JSON.stringify([table.schema, table.identifier, table.query]);
    const found =
      known.get(key) ??
      ask(`looking up \`${tableName(table)}\``, (connection) => {
        if (table.query === undefined) return findTable(connection, table, server.isMariadb);
        if (!isSelect(table.query)) throw new Error("the query is not a SELECT");
        return describeQuery(connection, table.query);
      });
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
    tables: () => ask("listing the tables", listTables),
    async extract(request) {
      request.signal?.throwIfAborted();
      const name = tableName(request.table);
      const found = await find(request.table);
      if (!found)
        throw problems.storeQueryFailed({ ...at, what: `reading \`${name}\``, reason: "there is no such table" });
      if (found.engine !== undefined && !isConsistent(found.engine)) {
        throw problems.storeNotConsistent({ ...at, table: name, engine: found.engine });
      }
      return extractTable({ at, lanes, reading }, found, request);
    },
    close: () => lanes.close(),
  };
}
