// Owns the run's one consistent session per store: opened when first needed, shared by its tables, begun anew when a cut left nothing
// of it, closed when the last table is done.
import type { ConsistentSession, StoreConnection } from "../source/index.ts";
import { ATTEMPTS, backOff, isPassing } from "./extract/retry.ts";

export interface StoreSessions {
  /**
   * Reads through the run's one session of the store. A reading that failed for a passing reason is done again at a fresh
   * point, once it is certain that no other reading of the old point is kept: what a run has of a store is of one instant.
   * It waits until the other readings of the old point have ended to know. A failed opening is remembered: one store, one answer.
   */
  read<T>(store: string, read: (session: ConsistentSession) => Promise<T>): Promise<T>;
  /** The store is needed no more. */
  release(store: string): Promise<void>;
  closeAll(): Promise<void>;
}

interface Opened {
  readonly connection: StoreConnection;
  readonly session: ConsistentSession;
}

interface Point {
  readonly opened: Promise<Opened>;
  /** How many times the store has been begun anew for it. */
  readonly renewals: number;
  reading: number;
  /** A reading of it succeeded: the run stays at this instant. */
  kept: boolean;
  /** Readings that want a fresh point, and new ones that wait for what becomes of this one; told whether it was replaced. */
  readonly waiting: ((replaced: boolean) => void)[];
}

export function createStoreSessions(
  connect: (store: string) => Promise<StoreConnection>,
  signal: AbortSignal,
): StoreSessions {
  const points = new Map<string, Point>();

  const open = async (store: string): Promise<Opened> => {
    const connection = await connect(store);
    try {
      return { connection, session: await connection.openConsistentSession(signal) };
    } catch (error) {
      await connection.close().catch(() => undefined);
      throw error;
    }
  };
  const begin = (store: string, renewals: number, opened: Promise<Opened>): Point => {
    opened.catch(() => undefined);
    const point: Point = { opened, renewals, reading: 0, kept: false, waiting: [] };
    points.set(store, point);
    return point;
  };
  const close = async ({ opened }: Point): Promise<void> => {
    // A session that never opened has nothing to close; its error has gone to those who asked for it.
    const found = await opened.catch(() => undefined);
    if (!found) return;
    // Whatever was read is complete and judged by now; a store that is gone when it is let go spoils nothing.
    await found.session.close().catch(() => undefined);
    await found.connection.close().catch(() => undefined);
  };
  const release = async (store: string): Promise<void> => {
    const point = points.get(store);
    points.delete(store);
    if (point) await close(point);
  };
  /** Replaces a point that nobody reads any more and of which nothing is kept, or tells those who wait that it stays. */
  const settle = (store: string, point: Point): void => {
    if (point.waiting.length === 0 || (point.reading > 0 && !point.kept)) return;
    const replaced = !point.kept && points.get(store) === point;
    if (replaced) {
      const renewals = point.renewals + 1;
      const reopened = close(point)
        .then(() => backOff(renewals, signal))
        .then(() => open(store));
      begin(store, renewals, reopened);
    }
    for (const tell of point.waiting.splice(0)) tell(replaced);
  };
  const decided = (point: Point) => new Promise<boolean>((resolve) => point.waiting.push(resolve));
  const enter = async (store: string): Promise<Point> => {
    for (;;) {
      const point = points.get(store) ?? begin(store, 0, open(store));
      if (point.waiting.length === 0) return point;
      await decided(point);
    }
  };

  return {
    async read(store, read) {
      for (;;) {
        const point = await enter(store);
        point.reading++;
        let there = point.renewals > 0;
        let fresh: Promise<void> | undefined;
        try {
          const { session } = await point.opened;
          there = true;
          const result = await read(session);
          point.kept = true;
          return result;
        } catch (error) {
          if (!there || !isPassing(error) || point.renewals + 1 >= ATTEMPTS || signal.aborted) throw error;
          fresh = decided(point).then((replaced) => {
            if (!replaced) throw error;
          });
        } finally {
          point.reading--;
          settle(store, point);
        }
        await fresh;
      }
    },
    release,
    async closeAll() {
      await Promise.allSettled([...points.keys()].map(release));
    },
  };
}
