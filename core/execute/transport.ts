// Owns the port between deciding and doing: tickets travel over it, and nothing else that matters. It may lose, double, delay and
// reorder what it is given: the state store decides what a ticket is worth, and the sweep offers again what was lost.
import type { Ticket, WorkerClass } from "../state/index.ts";

/** All there are. */
export const WORKER_CLASSES: readonly WorkerClass[] = ["extract", "duckdb", "ts", "bigquery"];

/** What processes tell each other for speed; whoever misses it learns it from the state store. */
export type Signal =
  /** The run is to end: workers look at their leases at once. */
  | { readonly topic: "stop"; readonly runId: string }
  /** A schedule may be due, a run was asked for, builds were published: schedulers look at once. */
  | { readonly topic: "look"; readonly why: string }
  /** How far steps of a task are, for those who watch. */
  | { readonly topic: "progress"; readonly runId: string; readonly steps: readonly StepProgress[] };

/** Totals so far. */
export interface StepProgress {
  readonly step: string;
  readonly rows?: number;
  readonly bytes?: number;
}

export const SIGNAL_TOPICS: readonly Signal["topic"][] = ["stop", "look", "progress"];

export interface Consumer {
  /** Takes no more tickets and waits for the handlers that are at work. */
  close(): Promise<void>;
}

export interface Transport {
  readonly kind: string;
  /**
   * Hands tickets to whoever consumes their class. Throws when they cannot be taken; the sweep offers them again. `again`: nobody has taken
   * them for so long that whoever was handed one is taken to be dead, and others are handed it too.
   */
  offer(tickets: readonly Ticket[], how?: { readonly again?: boolean }): Promise<void>;
  /** Calls `take` for each ticket of these classes, `concurrency` at once. What `take` throws is reported and changes nothing. */
  consume(
    classes: readonly WorkerClass[],
    concurrency: number,
    take: (ticket: Ticket) => Promise<void>,
  ): Promise<Consumer>;
  signal(signal: Signal): Promise<void>;
  /** Of these topics; of all unless told. Every step of a run is told as `progress`: who does not watch leaves it out. Returns the function that ends it. */
  onSignal(listener: (signal: Signal) => void, topics?: readonly Signal["topic"][]): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
