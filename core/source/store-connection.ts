// Owns closing: a connection that is closed first closes every session it opened.
import type { ConsistentSession, StoreConnection } from "./types.ts";

export function createStoreConnection(
  openSession: (signal?: AbortSignal) => Promise<ConsistentSession>,
  end: () => Promise<void>,
): StoreConnection {
  const sessions = new Set<ConsistentSession>();
  let closing: Promise<void> | undefined;
  return {
    async openConsistentSession(signal) {
      const session = await openSession(signal);
      sessions.add(session);
      return {
        ...session,
        async close() {
          sessions.delete(session);
          await session.close();
        },
      };
    },
    close() {
      closing ??= (async () => {
        await Promise.allSettled([...sessions].map((session) => session.close()));
        await end();
      })();
      return closing;
    },
  };
}
