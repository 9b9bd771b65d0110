// Owns taking one consistent point of a MySQL or MariaDB store, on one connection or on several at the same instant.
import type { Connection } from "mysql2";
import { problems } from "../../../errors/index.ts";
import type { ReadingPolicy } from "../../../manifest/index.ts";
import { CONNECTING } from "../../network-failure.ts";
import type { StorePlace } from "../../store-place.ts";
import type { RawConnections } from "../raw-connections.ts";
import { mysqlFailure } from "./failures.ts";
import { SAVEPOINT } from "./lanes.ts";
import { queryRows } from "./query.ts";

export interface Server {
  readonly isMariadb: boolean;
}

export interface Point {
  /** Each in a transaction that sees the same instant. */
  readonly connections: readonly Connection[];
  readonly server: Server;
  readonly asOf: Date;
  readonly position: string | undefined;
}

/** Writers wait behind a lock that is waited for, so it is not waited for longer than this, whatever the store's lock timeout. */
const LONGEST_LOCK_WAIT_S = 5;
/** And once held, it is let go after this, started or not. */
const LONGEST_HOLD_MS = 2_000;
/** An aborted start waits so long for a server that says nothing. */
const ABORT_WAIT_MS = 1_000;
const CLOCK = "SELECT date_format(utc_timestamp(3), '%Y-%m-%dT%H:%i:%s.%fZ')";
const START = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

export async function takePoint(
  pool: RawConnections<Connection>,
  count: number,
  reading: ReadingPolicy,
  at: StorePlace,
  signal: AbortSignal | undefined,
): Promise<Point> {
  signal?.throwIfAborted();
  const opened: Connection[] = [];
  const open = async () => {
    const connection = await pool.acquire().catch((error: unknown) => {
      throw mysqlFailure(error, at, CONNECTING);
    });
    opened.push(connection);
    return connection;
  };
  let silent: NodeJS.Timeout | undefined;
  const abandon = () => {
    silent = setTimeout(() => {
      for (const connection of opened) connection.destroy();
    }, ABORT_WAIT_MS);
  };
  signal?.addEventListener("abort", abandon, { once: true });
  try {
    const first = await open();
    const server = await askServer(first);
    const lanes = [first];
    // One after another: what is wrong with one login is wrong with all.
    while (lanes.length < count) lanes.push(await open());
    await Promise.all(lanes.map((connection) => prepare(connection, server, reading)));
    signal?.throwIfAborted();
    const { asOf, position } =
      count === 1
        ? await startAlone(first, server)
        : await startTogether(lanes, await open(), server, reading, at, signal);
    await Promise.all(lanes.map((connection) => queryRows(connection, SAVEPOINT)));
    signal?.throwIfAborted();
    for (const connection of opened) if (!lanes.includes(connection)) await pool.release(connection);
    return { connections: lanes, server, asOf, position };
  } catch (error) {
    await Promise.all(opened.map((connection) => pool.release(connection, true)));
    if (signal?.aborted) throw signal.reason;
    throw mysqlFailure(error, at, "taking a consistent point");
  } finally {
    signal?.removeEventListener("abort", abandon);
    clearTimeout(silent);
  }
}

async function askServer(connection: Connection): Promise<Server> {
  const text = (await queryRows(connection, "SELECT version()"))[0]?.[0] ?? "";
  return { isMariadb: text.includes("MariaDB") };
}

/** What makes values come out the same on every server, and what keeps a forgotten session from holding the store. */
async function prepare(connection: Connection, { isMariadb }: Server, reading: ReadingPolicy): Promise<void> {
  const seconds = (ms: number) => Math.max(1, Math.ceil(ms / 1_000));
  const idle = seconds(reading.idleTimeoutMs);
  const settings = [
    "time_zone = '+00:00'",
    "sql_mode = ''",
    `lock_wait_timeout = ${seconds(reading.lockTimeoutMs)}`,
    `wait_timeout = ${idle}`,
    // A reader that is slow at times: the server's own minute would end the connection.
    `net_write_timeout = ${Math.max(60, idle)}`,
    // A limit of the user's own that is shorter stands.
    isMariadb
      ? shorter("max_statement_time", reading.statementTimeoutMs / 1_000)
      : shorter("max_execution_time", reading.statementTimeoutMs),
    ...(isMariadb ? [`idle_readonly_transaction_timeout = ${idle}`, `idle_transaction_timeout = ${idle}`] : []),
  ];
  await queryRows(connection, `SET SESSION ${settings.join(", ")}`);
  // Whatever the policy says: another level has no snapshot here, and SERIALIZABLE would lock every row that is read.
  await queryRows(connection, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
}

function shorter(variable: string, limit: number): string {
  return `${variable} = IF(@@${variable} = 0, ${limit}, LEAST(@@${variable}, ${limit}))`;
}

interface Instant {
  readonly asOf: Date;
  readonly position: string | undefined;
}

async function startAlone(connection: Connection, server: Server): Promise<Instant> {
  // Asked before the point: whatever was committed by then is seen.
  const asOf = await clock(connection);
  await queryRows(connection, START);
  return { asOf, position: await positionOf(connection, server) };
}

/** Nothing commits while the lock is held, so whatever starts meanwhile sees the same. */
async function startTogether(
  lanes: readonly Connection[],
  locker: Connection,
  server: Server,
  reading: ReadingPolicy,
  at: StorePlace,
  signal: AbortSignal | undefined,
): Promise<Instant> {
  await lockAll(locker, lanes[0] as Connection, reading, at, signal);
  let hold: NodeJS.Timeout | undefined;
  try {
    const overdue = new Promise<never>((_, reject) => {
      hold = setTimeout(() => reject(new Error("the readers did not start in time")), LONGEST_HOLD_MS);
    });
    const started = Promise.all([clock(locker), gtid(locker, server), ...lanes.map((lane) => queryRows(lane, START))]);
    started.catch(() => undefined);
    const [asOf, executed] = await Promise.race([started, overdue]);
    await queryRows(locker, "UNLOCK TABLES");
    const positions = server.isMariadb ? await Promise.all(lanes.map((lane) => positionOf(lane, server))) : [executed];
    if (new Set(positions).size > 1)
      throw problems.storeConflict(
        { ...at, what: "taking a consistent point", reason: "its readers started at different positions" },
        { retryable: true },
      );
    return { asOf, position: positions[0] };
  } catch (error) {
    // Ends the lock whatever state the connection is in.
    locker.destroy();
    throw error;
  } finally {
    clearTimeout(hold);
  }
}

async function lockAll(
  locker: Connection,
  other: Connection,
  reading: ReadingPolicy,
  at: StorePlace,
  signal: AbortSignal | undefined,
): Promise<void> {
  const wait = Math.max(1, Math.min(LONGEST_LOCK_WAIT_S, Math.ceil(reading.lockTimeoutMs / 1_000)));
  await queryRows(locker, `SET SESSION lock_wait_timeout = ${wait}`);
  // Closing the connection would not do: the server notices only when the wait is over.
  const stop = () => void queryRows(other, `KILL ${Number(locker.threadId)}`).catch(() => undefined);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    await queryRows(locker, "FLUSH TABLES WITH READ LOCK");
    signal?.throwIfAborted();
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code === "ER_SPECIFIC_ACCESS_DENIED_ERROR") throw problems.storeLockNotAllowed(at, { cause: error });
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

async function clock(connection: Connection): Promise<Date> {
  const text = (await queryRows(connection, CLOCK))[0]?.[0] ?? "";
  return new Date(text.replace(/(\.\d{3})\d*Z$/, "$1Z"));
}

/** MariaDB: the binary log's position of exactly this snapshot. MySQL tells none of a snapshot: the transactions done just after it. */
async function positionOf(connection: Connection, server: Server): Promise<string | undefined> {
  if (!server.isMariadb) return gtid(connection, server);
  const rows = await queryRows(connection, "SHOW STATUS LIKE 'binlog_snapshot_%'");
  const status = new Map(rows.map(([name, value]) => [name?.toLowerCase(), value]));
  const file = status.get("binlog_snapshot_file");
  return file ? `${file}:${status.get("binlog_snapshot_position")}` : undefined;
}

async function gtid(connection: Connection, { isMariadb }: Server): Promise<string | undefined> {
  if (isMariadb) return undefined;
  return (await queryRows(connection, "SELECT @@global.gtid_executed"))[0]?.[0] || undefined;
}
