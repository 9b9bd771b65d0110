// One consistent session per store and run: shared, let go as soon as it is needed no more, begun anew only when nothing is kept of it.
import { describe, expect, it } from "vitest";
import { problems } from "../../core/errors/index.ts";
import { createStoreSessions } from "../../core/execute/store-sessions.ts";
import type { ConsistentSession, StoreConnection } from "../../core/source/index.ts";

/** A store that answers nothing but counts what is opened and closed. The instant of a session is its number. */
function countingStore(
  { closing = async () => undefined, opening = async () => undefined } = {} as {
    closing?: () => Promise<void>;
    opening?: (number: number) => Promise<void>;
  },
) {
  const count = { opened: 0, closed: 0, disconnected: 0 };
  const connect = async (): Promise<StoreConnection> => ({
    async openConsistentSession() {
      const number = ++count.opened;
      await opening(number);
      return {
        asOf: new Date(number),
        columns: async () => [],
        tables: async () => [],
        extract: async () => {
          throw new Error("nothing is read here");
        },
        async close() {
          count.closed++;
          await closing();
        },
      };
    },
    async close() {
      count.disconnected++;
    },
  });
  return { count, connect };
}

const cut = () =>
  problems.storeConnectionLost({ store: "a.db", place: "p", what: "reading", reason: "cut" }, { retryable: true });
const point = async (session: ConsistentSession) => session.asOf.getTime();
const never = new AbortController().signal;

describe("store sessions", () => {
  it("are one per store, shared by all who read, and closed with their connection", async () => {
    const { count, connect } = countingStore();
    const stores = createStoreSessions(connect, never);
    expect(await Promise.all(["a.db", "a.db", "b.db"].map((store) => stores.read(store, point)))).toEqual([1, 1, 2]);
    await stores.release("a.db");
    await stores.closeAll();
    expect(count).toEqual({ opened: 2, closed: 2, disconnected: 2 });
  });

  it("end quietly when the store is gone by the time they are closed", async () => {
    const { count, connect } = countingStore({ closing: () => Promise.reject(new Error("the store went away")) });
    const stores = createStoreSessions(connect, never);
    await stores.read("a.db", point);
    await expect(stores.release("a.db")).resolves.toBeUndefined();
    expect(count).toEqual({ opened: 1, closed: 1, disconnected: 1 });
  });

  it("give everybody the answer of a store that is not there, without asking twice", async () => {
    const { count, connect } = countingStore({ opening: () => Promise.reject(cut()) });
    const stores = createStoreSessions(connect, never);
    for (let i = 0; i < 2; i++)
      await expect(stores.read("a.db", point)).rejects.toMatchObject({ code: "store/connection-lost" });
    expect(count).toEqual({ opened: 1, closed: 0, disconnected: 1 });
  });

  it("begin anew for a reading that was cut, when nobody else read", async () => {
    const { count, connect } = countingStore();
    const stores = createStoreSessions(connect, never);
    const seen: number[] = [];
    const result = await stores.read("a.db", async (session) => {
      seen.push(await point(session));
      if (seen.length === 1) throw cut();
      return "read";
    });
    expect([result, seen]).toEqual(["read", [1, 2]]);
    expect(count).toEqual({ opened: 2, closed: 1, disconnected: 1 });
  });

  it("begin anew for all readings together, when all were cut", async () => {
    const { connect } = countingStore();
    const stores = createStoreSessions(connect, never);
    const seen: Record<string, number[]> = { x: [], y: [], z: [] };
    const read = (name: string) =>
      stores.read("a.db", async (session) => {
        const at = await point(session);
        seen[name]?.push(at);
        for (let turns = 0; turns < name.charCodeAt(0) % 7; turns++) await new Promise((next) => setImmediate(next));
        if (at === 1) throw cut();
        return at;
      });
    expect(await Promise.all(Object.keys(seen).map(read))).toEqual([2, 2, 2]);
    expect(seen).toEqual({ x: [1, 2], y: [1, 2], z: [1, 2] });
  });

  it("never mix two instants: once a reading is kept, one that was cut fails", async () => {
    const { count, connect } = countingStore();
    const stores = createStoreSessions(connect, never);
    let finish: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const kept = stores.read("a.db", async (session) => {
      await held;
      return point(session);
    });
    const failed = stores.read("a.db", async () => {
      throw cut();
    });
    const late = new Promise((next) => setImmediate(next)).then(() => stores.read("a.db", point));
    await new Promise((next) => setImmediate(next));
    finish();
    expect(await kept).toBe(1);
    await expect(failed).rejects.toMatchObject({ code: "store/connection-lost" });
    expect(await late).toBe(1);
    expect(count.opened).toBe(1);
  });

  it("do not begin anew for a failure that would come back, nor for ever", async () => {
    const { count, connect } = countingStore();
    const stores = createStoreSessions(connect, never);
    const broken = problems.storeQueryFailed({ store: "a.db", place: "p", what: "reading", reason: "no such table" });
    await expect(stores.read("a.db", () => Promise.reject(broken))).rejects.toBe(broken);
    expect(count.opened).toBe(1);
    let tried = 0;
    await expect(
      stores.read("a.db", () => {
        tried++;
        return Promise.reject(cut());
      }),
    ).rejects.toMatchObject({ code: "store/connection-lost" });
    expect([tried, count.opened]).toEqual([3, 3]);
  });

  it("stop trying when the run is cancelled", async () => {
    const { count, connect } = countingStore();
    const abort = new AbortController();
    const stores = createStoreSessions(connect, abort.signal);
    const reading = stores.read("a.db", () => {
      setImmediate(() => abort.abort());
      return Promise.reject(cut());
    });
    await expect(reading).rejects.toThrow();
    await stores.closeAll();
    expect(count).toEqual({ opened: 1, closed: 1, disconnected: 1 });
  });
});
