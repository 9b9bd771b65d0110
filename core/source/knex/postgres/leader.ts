// Owns the connection that took the consistent point: it keeps the snapshot for the readers, and answers what the catalog knows.
import type { Client } from "pg";
import type { ReadingPolicy } from "../../../manifest/index.ts";
import { sessionSettings } from "./readers.ts";

// The statement's time is taken before its snapshot: whatever was committed by then is seen.
const POINT = `
SELECT pg_export_snapshot() AS snapshot, (extract(epoch FROM statement_timestamp()) * 1000)::text AS ms,
  CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text AS lsn,
  current_setting('server_encoding') AS encoding`;
const SERVER = `
SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS standby,
  (extract(epoch FROM current_setting('statement_timeout')::interval) * 1000)::float8 AS "statementLimitMs"`;
const HEARTBEAT_MS = 60_000;
const ANSWER_WAIT_MS = 2_000;

export interface Point {
  readonly snapshot: string;
  /** Of the store's clock. */
  readonly ms: string;
  readonly lsn: string | null;
  readonly encoding: string;
  /** `server_version_num` */
  readonly version: number;
}

export interface Server {
  readonly version: number;
  readonly standby: boolean;
  /** Of the role or the connection; 0: none. */
  readonly statementLimitMs: number;
}

export interface Leader {
  readonly point: Point;
  /** One question at a time. What it leaves behind, locks and a failed statement included, is undone: the snapshot lives on. */
  ask<Result>(question: (client: Client) => Promise<Result>): Promise<Result>;
  /** Asks the server to stop what a backend is doing. Never throws. */
  cancel(backend: number): Promise<void>;
  /** True when the transaction ended well; a question that still waits for the server is not waited for. */
  end(): Promise<boolean>;
}

/** `judge` sees the server before the point is taken, and throws to refuse it. */
export async function takePoint(
  client: Client,
  reading: ReadingPolicy,
  judge: (server: Server) => void,
): Promise<Leader> {
  const server = (await client.query<Server>(SERVER)).rows[0];
  if (!server) throw new Error("the server does not tell its version");
  judge(server);
  // Deferrable: waits until the snapshot can be part of no anomaly, so that readers need no more than to share it.
  const level =
    reading.isolation === "serializable" ? "SERIALIZABLE READ ONLY DEFERRABLE" : "REPEATABLE READ READ ONLY";
  await client.query(`BEGIN ISOLATION LEVEL ${level};${sessionSettings(reading)}`);
  // The wait for such a snapshot has no limit of its own in Postgres, nor has what is asked of the catalog later.
  const limit = Math.min(server.statementLimitMs || reading.lockTimeoutMs, reading.lockTimeoutMs);
  await client.query(`SET LOCAL statement_timeout = ${Math.ceil(limit)}`);
  const point = (await client.query<Omit<Point, "version">>(POINT)).rows[0];
  if (!point) throw new Error("no snapshot was exported");
  return lead(client, reading, { ...point, version: server.version });
}

function lead(client: Client, reading: ReadingPolicy, point: Point): Leader {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    waiting++;
    const done = last.then(work).finally(() => {
      waiting--;
    });
    last = done.catch(() => undefined);
    return done;
  };
  // Well under the server's limit for idle transactions: it ends a leader whose process is gone, never a living one.
  const beat = Math.max(1, Math.min(HEARTBEAT_MS, reading.idleTimeoutMs / 4));
  const heartbeat = setInterval(() => {
    if (waiting === 0) inTurn(() => client.query("SELECT 1")).catch(() => undefined);
  }, beat).unref();
  return {
    point,
    ask: (question) =>
      inTurn(async () => {
        await client.query("SAVEPOINT question");
        try {
          return await question(client);
        } finally {
          await client.query("ROLLBACK TO SAVEPOINT question; RELEASE SAVEPOINT question").catch(() => undefined);
        }
      }),
    async cancel(backend) {
      await atMost(inTurn(() => client.query("SELECT pg_cancel_backend($1)", [backend])));
    },
    async end() {
      clearInterval(heartbeat);
      return (await atMost(inTurn(() => client.query("ROLLBACK")))) !== undefined;
    },
  };
}

/** undefined when it failed or is not there in time. */
async function atMost<Result>(asked: Promise<Result>): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((done) => {
    timer = setTimeout(() => done(undefined), ANSWER_WAIT_MS).unref();
  });
  const answer = await Promise.race([asked.catch(() => undefined), late]);
  clearTimeout(timer);
  return answer;
}
