// Owns the connections of one consistent point: each holds the same snapshot and does one thing at a time. One that breaks takes the
// point with it, because a new connection would see another instant.
import { setTimeout as pause } from "node:timers/promises";
import type { Connection } from "mysql2";
import { createGate } from "../../../util/index.ts";
import type { RawConnections } from "../raw-connections.ts";
import { type LineStream, streamLines } from "./line-stream.ts";
import { queryRows, whenClosed } from "./query.ts";
import type { FieldKind } from "./row-fields.ts";

export interface Lane {
  readonly connection: Connection;
  /** A SELECT of fields of these kinds, whose rows become lines. */
  stream(sql: string, kinds: readonly FieldKind[]): LineStream;
  /** Stops the stream in the server, when it has not ended. The lane can then be asked something else. */
  stop(): Promise<void>;
  /** Stops the stream too. Safe to call twice. */
  giveBack(): Promise<void>;
}

export interface Lanes {
  readonly count: number;
  /**
   * Waits for a free lane. Once it is given back, a server without a binary log, and MySQL, locks no table for it any more: a
   * migration waits for the reader of its table, not for the end of the point. Throws when the point is lost.
   */
  take(signal: AbortSignal | undefined): Promise<Lane>;
  /** With a lane for so long as the questions take; aborting stops the one that runs. */
  use<Result>(signal: AbortSignal | undefined, ask: (connection: Connection) => Promise<Result>): Promise<Result>;
  /** Cuts off whoever still reads, and ends all connections. */
  close(): Promise<void>;
}

/** Set after the snapshot is taken; going back to it gives up the locks on tables read since. */
export const SAVEPOINT = "SAVEPOINT mesh_point";
const GIVE_UP_LOCKS = "ROLLBACK TO SAVEPOINT mesh_point";

/** How long a server is waited for that is asked to stop a query. */
const CANCEL_WAIT_MS = 2_000;
/** And one that has nothing left to do but to say so. */
const GIVE_BACK_WAIT_MS = 5_000;
const atMost = (work: Promise<unknown>) => Promise.race([work, pause(CANCEL_WAIT_MS, undefined, { ref: false })]);

export function createLanes(
  connections: RawConnections<Connection>,
  held: readonly Connection[],
  heartbeatMs: number,
): Lanes {
  const gate = createGate(held.length);
  const free = [...held];
  let lost: Error | undefined;
  let closing: Promise<void> | undefined;

  const lose = (error: Error) => {
    lost ??= error;
    for (const connection of held) connection.destroy();
  };
  for (const connection of held) whenClosed(connection, lose);

  const cancel = async (connection: Connection) => {
    try {
      const other = await connections.acquire();
      await queryRows(other, `KILL QUERY ${Number(connection.threadId)}`).finally(() => connections.release(other));
    } catch {
      // A server that cannot be asked to stop has no query to stop, or ends it when the connection ends.
      connection.destroy();
    }
  };
  /** Until the server has said its last word on the query, or the connection is given up because it says nothing. */
  const stopQuery = async (connection: Connection, ended: Promise<unknown>) => {
    const overdue = setTimeout(() => connection.destroy(), CANCEL_WAIT_MS);
    await Promise.all([ended, atMost(cancel(connection))]);
    clearTimeout(overdue);
    // A KILL that came too late for its query may meet the next one: this one.
    if (lost === undefined) await queryRows(connection, "DO 0").catch(() => undefined);
  };
  const take: Lanes["take"] = async (signal) => {
    const leave = await gate.enter(signal);
    const connection = free.pop();
    if (lost !== undefined || connection === undefined) {
      if (connection !== undefined) free.push(connection);
      leave();
      throw lost ?? new Error("Connection lost: the session was closed");
    }
    let running: LineStream | undefined;
    let stopping: Promise<void> | undefined;
    let giving: Promise<void> | undefined;
    const stop = () => {
      stopping ??=
        running === undefined || running.ended() ? Promise.resolve() : stopQuery(connection, running.drain());
      return stopping;
    };
    return {
      connection,
      stream(sql, kinds) {
        running = streamLines(connection, sql, kinds);
        return running;
      },
      stop,
      giveBack() {
        giving ??= (async () => {
          const overdue = setTimeout(() => connection.destroy(), GIVE_BACK_WAIT_MS);
          try {
            await stop();
            if (lost === undefined) await queryRows(connection, GIVE_UP_LOCKS);
          } catch (error) {
            lose(error as Error);
          } finally {
            clearTimeout(overdue);
            free.push(connection);
            leave();
          }
        })();
        return giving;
      },
    };
  };
  const use: Lanes["use"] = async (signal, ask) => {
    const lane = await take(signal);
    let cancelling: Promise<void> | undefined;
    let asking: Promise<unknown> = Promise.resolve();
    const stop = () => {
      const ended = asking.catch(() => undefined);
      cancelling = stopQuery(lane.connection, ended);
    };
    signal?.addEventListener("abort", stop, { once: true });
    try {
      signal?.throwIfAborted();
      const answer = ask(lane.connection);
      asking = answer;
      return await answer;
    } finally {
      signal?.removeEventListener("abort", stop);
      await cancelling;
      await lane.giveBack();
    }
  };
  // The server ends connections of which nothing is heard.
  const heartbeat = setInterval(() => {
    for (const connection of [...free]) if (lost === undefined) connection.ping();
  }, heartbeatMs).unref();

  return {
    count: held.length,
    take,
    use,
    close() {
      closing ??= (async () => {
        clearInterval(heartbeat);
        lost ??= new Error("Connection lost: the session was closed");
        const busy = held.filter((connection) => !free.includes(connection));
        await atMost(Promise.all(busy.map(cancel)));
        await Promise.all(held.map((connection) => connections.release(connection, true)));
      })();
      return closing;
    },
  };
}
