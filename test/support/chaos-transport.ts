// Owns a transport that does its worst on purpose: doubles, delays, reorders and drops tickets by a seed, and counts what it did. Wraps any other.
import type { Transport } from "../../core/execute/index.ts";
import type { Ticket } from "../../core/state/index.ts";

export interface ChaosCounts {
  offered: number;
  doubled: number;
  delayed: number;
  reordered: number;
  dropped: number;
}

export interface ChaosOptions {
  readonly seed: number;
  /** Of 1, each. Default: 0.1. */
  readonly share?: number;
  /** Longest delay of a ticket. Default: 500 ms. */
  readonly delayMs?: number;
}

export interface ChaosTransport extends Transport {
  readonly counts: Readonly<ChaosCounts>;
}

/** mulberry32: the same numbers for the same seed on every machine. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A doubled ticket comes a second time later, with the same fence: as when a message is delivered twice. */
export function withChaos(inner: Transport, { seed, share = 0.1, delayMs = 500 }: ChaosOptions): ChaosTransport {
  const random = randomOf(seed);
  const counts: ChaosCounts = { offered: 0, doubled: 0, delayed: 0, reordered: 0, dropped: 0 };
  const pending = new Set<NodeJS.Timeout>();
  const later = (ticket: Ticket) => {
    const timer = setTimeout(() => {
      pending.delete(timer);
      // What cannot be delivered late is lost, as everything here may be.
      inner.offer([ticket]).catch(() => undefined);
    }, random() * delayMs);
    pending.add(timer);
  };
  return {
    ...inner,
    kind: `${inner.kind} with chaos`,
    counts,
    async offer(tickets, how) {
      const now: Ticket[] = [];
      for (const ticket of tickets) {
        counts.offered++;
        const fate = random();
        if (fate < share) counts.dropped++;
        else if (fate < 2 * share) {
          counts.delayed++;
          later(ticket);
        } else {
          if (fate < 3 * share) {
            counts.doubled++;
            later(ticket);
          }
          if (fate > 1 - share && now.length > 0) {
            counts.reordered++;
            now.splice(Math.floor(random() * now.length), 0, ticket);
          } else now.push(ticket);
        }
      }
      await inner.offer(now, how);
    },
    async close() {
      for (const timer of pending) clearTimeout(timer);
      await inner.close();
    },
  };
}

/** `seed 7: offered 300, doubled 31, …`, for the test to print. */
export function describeChaos(seed: number, counts: ChaosCounts): string {
  return `seed ${seed}: ${Object.entries(counts)
    .map(([what, count]) => `${what} ${count}`)
    .join(", ")}`;
}
