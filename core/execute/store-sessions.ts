// Owns the run's one consistent session per store: opened when first needed, shared by its tables, closed when the last is done.
import type { ConsistentSession, StoreConnection } from "../source/index.ts";

export interface StoreSessions {
  /** All callers of one run see the store at the same instant. A failed opening is remembered: one store, one answer. */
  session(store: string): Promise<ConsistentSession>;
  /** The store is needed no more. */
  release(store: string): Promise<void>;
  closeAll(): Promise<void>;
}

interface Opened {
  readonly connection: StoreConnection;
  readonly session: ConsistentSession;
}

export function createStoreSessions(
  connect: (store: string) => Promise<StoreConnection>,
  signal: AbortSignal,
): StoreSessions {
  const opened = new Map<string, Promise<Opened>>();
  const open = async (store: string): Promise<Opened> => {
    const connection = await connect(store);
    try {
      return { connection, session: await connection.openConsistentSession(signal) };
    } catch (error) {
      await connection.close().catch(() => undefined);
      throw error;
    }
  };
  const release = async (store: string): Promise<void> => {
    const pending = opened.get(store);
    opened.delete(store);
    if (!pending) return;
    // A session that never opened has nothing to close; its error has gone to those who asked for it.
    const found = await pending.catch(() => undefined);
    if (!found) return;
    // Whatever was read is complete and judged by now; a store that is gone when it is let go spoils nothing.
    await found.session.close().catch(() => undefined);
    await found.connection.close().catch(() => undefined);
  };
  return {
    async session(store) {
      let pending = opened.get(store);
      if (!pending) {
        pending = open(store);
        opened.set(store, pending);
      }
      return (await pending).session;
    },
    release,
    async closeAll() {
      await Promise.allSettled([...opened.keys()].map(release));
    },
  };
}
