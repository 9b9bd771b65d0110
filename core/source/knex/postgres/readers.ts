// Owns the connections that read at one exported snapshot: opened one per part, cancelled, and never left behind.
import type { Client, QueryResult } from "pg";
import { problems } from "../../../errors/index.ts";
import type { ReadingPolicy } from "../../../manifest/index.ts";
import type { Gate } from "../../../util/index.ts";
import { CONNECTING } from "../../network-failure.ts";
import type { StorePlace } from "../../store-place.ts";
import type { RawConnections } from "../raw-connections.ts";
import { postgresFailure } from "./failures.ts";

/** What makes values come out the same on every server, and what keeps a forgotten session from holding the store. */
export function sessionSettings({ lockTimeoutMs, idleTimeoutMs }: ReadingPolicy): string {
  const settings: Readonly<Record<string, string | number>> = {
    timezone: "UTC",
    datestyle: "ISO, YMD",
    intervalstyle: "iso_8601",
    bytea_output: "hex",
    extra_float_digits: 1,
    client_encoding: "UTF8",
    standard_conforming_strings: "on",
    row_security: "off",
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleTimeoutMs,
  };
  return Object.entries(settings)
    .map(([name, value]) => ` SET LOCAL ${name} = '${value}';`)
    .join("");
}

// A shorter limit of the role, or in the connection, stands. Proxies give ids of their own, so the server is asked.
const backend = ({ statementTimeoutMs }: ReadingPolicy) => `
SELECT pg_backend_pid() AS pid, CASE WHEN current_setting('statement_timeout') = '0'
  OR current_setting('statement_timeout')::interval > '${statementTimeoutMs}ms'::interval
  THEN set_config('statement_timeout', '${statementTimeoutMs}', true) END`;

export interface Reader {
  readonly client: Client;
  /** Commits, after a last question whose answer it gives. Throws what went wrong with any statement before. */
  finish<Row>(question?: string): Promise<Row | undefined>;
  /** Gives the connection back; one that did not finish is cancelled in the store and ended. Safe to call twice. */
  dispose(): Promise<void>;
}

export interface Readers {
  readonly at: StorePlace;
  /** Waits for a free place, then begins a transaction at the snapshot. Aborting cancels its query. */
  open(signal?: AbortSignal): Promise<Reader>;
  disposeAll(): Promise<void>;
}

export interface ReadersOptions {
  readonly at: StorePlace;
  readonly connections: RawConnections<Client>;
  readonly gate: Gate;
  readonly reading: ReadingPolicy;
  readonly snapshot: string;
  /** Asks the server to stop what a backend is doing. Never throws. */
  cancel(backend: number): Promise<void>;
}

export function createReaders({ at, connections, gate, reading, snapshot, cancel }: ReadersOptions): Readers {
  const open = new Set<Reader>();
  const beginning = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '${snapshot}';${sessionSettings(reading)}${backend(reading)}`;
  let closed = false;

  const begin = async (leave: () => void, signal: AbortSignal | undefined): Promise<Reader> => {
    const client = await connections.acquire();
    let backend: number | undefined;
    let state: "reading" | "finished" | "disposed" = "reading";
    const dispose = async () => {
      if (state === "disposed") return;
      const clean = state === "finished";
      state = "disposed";
      signal?.removeEventListener("abort", dispose);
      open.delete(reader);
      try {
        if (!clean && backend !== undefined) await cancel(backend);
        await connections.release(client, !clean);
      } finally {
        leave();
      }
    };
    const reader: Reader = {
      client,
      dispose,
      async finish<Row>(question = "SELECT") {
        const [answer] = await queries<Row>(client, `${question}; COMMIT`);
        if (state === "reading") state = "finished";
        return answer?.rows[0];
      },
    };
    open.add(reader);
    signal?.addEventListener("abort", dispose, { once: true });
    try {
      signal?.throwIfAborted();
      backend = (await queries<{ pid: number }>(client, beginning)).at(-1)?.rows[0]?.pid;
      if (closed) throw new Error(CLOSED);
      return reader;
    } catch (error) {
      await dispose();
      throw error;
    }
  };

  return {
    at,
    async open(signal) {
      const leave = await gate.enter(signal);
      try {
        if (closed) throw new Error(CLOSED);
        return await begin(leave, signal);
      } catch (error) {
        leave();
        if (signal?.aborted) throw signal.reason;
        throw isGone(error, snapshot) ? leaderLost(at, error) : postgresFailure(error, at, CONNECTING);
      }
    },
    async disposeAll() {
      closed = true;
      await Promise.all([...open].map((reader) => reader.dispose()));
    },
  };
}

const CLOSED = "Connection terminated: the session was closed";

/** The snapshot lives as long as the transaction that exported it. Servers differ in how they say that there is none, and all name it. */
function isGone(error: unknown, snapshot: string): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return (code === "22023" || code === "42704") && String(message).includes(snapshot);
}

function leaderLost(at: StorePlace, cause: unknown): Error {
  const reason = "the connection that holds the consistent point has ended";
  return problems.storeConnectionLost(
    { ...at, what: "taking the consistent point over", reason },
    { cause, retryable: true },
  );
}

/** Several statements in one message: an answer for each. */
async function queries<Row>(client: Client, sql: string): Promise<readonly { readonly rows: readonly Row[] }[]> {
  const answers = (await client.query(sql)) as unknown as QueryResult<never> | QueryResult<never>[];
  return Array.isArray(answers) ? answers : [answers];
}
