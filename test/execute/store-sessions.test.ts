// One consistent session per store and run, let go as soon as it is needed no more.
import { describe, expect, it } from "vitest";
import { createStoreSessions } from "../../core/execute/store-sessions.ts";
import type { StoreConnection } from "../../core/source/index.ts";

/** A store that answers nothing but counts what is opened and closed. */
function countingStore(closing: () => Promise<void> = async () => undefined) {
  const count = { opened: 0, closed: 0, disconnected: 0 };
  const connect = async (): Promise<StoreConnection> => ({
    async openConsistentSession() {
      count.opened++;
      return {
        asOf: new Date(count.opened),
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

describe("store sessions", () => {
  it("are one per store, shared by all who ask, and closed with their connection", async () => {
    const { count, connect } = countingStore();
    const stores = createStoreSessions(connect, new AbortController().signal);
    const sessions = await Promise.all([stores.session("a.db"), stores.session("a.db"), stores.session("a.db")]);
    expect(new Set(sessions.map((session) => session.asOf.getTime())).size).toBe(1);
    await stores.release("a.db");
    await stores.closeAll();
    expect(count).toEqual({ opened: 1, closed: 1, disconnected: 1 });
  });

  it("end quietly when the store is gone by the time they are closed", async () => {
    const { count, connect } = countingStore(() => Promise.reject(new Error("the store went away")));
    const stores = createStoreSessions(connect, new AbortController().signal);
    await stores.session("a.db");
    await expect(stores.release("a.db")).resolves.toBeUndefined();
    expect(count).toEqual({ opened: 1, closed: 1, disconnected: 1 });
  });
});
