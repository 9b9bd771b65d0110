// Owns the connections that read at one exported snapshot: opened one per table, cancelled, and never left behind.
import type { Client } from "pg";
import type { Gate } from "../gate.ts";
import { CONNECTING } from "../network-failure.ts";
import type { RawConnections } from "../raw-connections.ts";
import type { StorePlace } from "../store-place.ts";
import { postgresFailure } from "./failures.ts";

/** What makes values come out the same on every server, and what keeps a forgotten session from holding the store. */
export const SESSION_SETTINGS = `
SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'iso_8601'; SET LOCAL bytea_output = 'hex';
SET LOCAL extra_float_digits = 1; SET LOCAL client_encoding = 'UTF8'; SET LOCAL row_security = off;
SET LOCAL lock_timeout = '60s'; SET LOCAL idle_in_transaction_session_timeout = '10min'`;

// The role's own limit, or the one in the connection, stands; without one a COPY ends some day. Proxies give ids of their own, so the server is asked.
const BACKEND = `
SELECT pg_backend_pid() AS pid, CASE WHEN current_setting('statement_timeout') = '0' THEN set_config('statement_timeout', '4h', true) END`;

export interface Reader {
  readonly client: Client;
  /** Commits. Throws what went wrong with any statement before. */
  finish(): Promise<void>;
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
  readonly snapshot: string;
  /** Asks the server to stop what a backend is doing. Never throws. */
  cancel(backend: number): Promise<void>;
}

export function createReaders({ at, connections, gate, snapshot, cancel }: ReadersOptions): Readers {
  const open = new Set<Reader>();
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
      async finish() {
        await client.query("COMMIT");
        if (state === "reading") state = "finished";
      },
    };
    open.add(reader);
    signal?.addEventListener("abort", dispose, { once: true });
    try {
      signal?.throwIfAborted();
      await client.query(
        `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '${snapshot}';${SESSION_SETTINGS}`,
      );
      backend = (await client.query<{ pid: number }>(BACKEND)).rows[0]?.pid;
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
        if (closed) throw new Error("Connection terminated: the session was closed");
        return await begin(leave, signal);
      } catch (error) {
        leave();
        if (signal?.aborted) throw signal.reason;
        throw postgresFailure(error, at, CONNECTING);
      }
    },
    async disposeAll() {
      closed = true;
      await Promise.all([...open].map((reader) => reader.dispose()));
    },
  };
}
