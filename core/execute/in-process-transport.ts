// Owns the transport of a single process: queues in memory, in the order offered. Knows nothing of what tickets mean.
import type { Ticket, WorkerClass } from "../state/index.ts";
import { type Consumer, SIGNAL_TOPICS, type Signal, type Transport } from "./transport.ts";

interface Reader {
  readonly classes: ReadonlySet<WorkerClass>;
  readonly concurrency: number;
  readonly take: (ticket: Ticket) => Promise<void>;
  active: number;
  closed: boolean;
  idle: (() => void) | undefined;
}

export interface InProcessOptions {
  /** What a handler threw. */
  readonly onError?: (error: unknown) => void;
}

export function createInProcessTransport({ onError }: InProcessOptions = {}): Transport {
  const waiting = new Map<string, Ticket>();
  const readers: Reader[] = [];
  const listeners = new Map<(signal: Signal) => void, ReadonlySet<Signal["topic"]>>();
  let closed = false;

  const nextFor = ({ classes }: Reader): [string, Ticket] | undefined => {
    for (const entry of waiting) if (classes.has(entry[1].workerClass)) return entry;
    return undefined;
  };
  const pump = (reader: Reader): void => {
    while (!reader.closed && reader.active < reader.concurrency) {
      const next = nextFor(reader);
      if (!next) break;
      waiting.delete(next[0]);
      reader.active++;
      reader
        .take(next[1])
        .catch((error: unknown) => onError?.(error))
        .finally(() => {
          reader.active--;
          pump(reader);
        });
    }
    if (reader.closed && reader.active === 0) reader.idle?.();
  };

  return {
    kind: "in-process",
    async offer(tickets) {
      if (closed) throw new Error("the transport is closed");
      // A ticket that still waits is not doubled.
      for (const ticket of tickets) waiting.set(`${ticket.runId} ${ticket.task} ${ticket.fence}`, ticket);
      for (const reader of readers) pump(reader);
    },
    async consume(classes, concurrency, take): Promise<Consumer> {
      const reader: Reader = {
        classes: new Set(classes),
        concurrency,
        take,
        active: 0,
        closed: false,
        idle: undefined,
      };
      readers.push(reader);
      pump(reader);
      const close = async () => {
        reader.closed = true;
        readers.splice(readers.indexOf(reader), 1);
        if (reader.active === 0) return;
        await new Promise<void>((resolve) => {
          reader.idle = resolve;
        });
      };
      let closing: Promise<void> | undefined;
      return { close: () => (closing ??= close()) };
    },
    async signal(signal) {
      for (const [listener, topics] of listeners) {
        if (!topics.has(signal.topic)) continue;
        try {
          listener(signal);
        } catch (error) {
          onError?.(error);
        }
      }
    },
    async onSignal(listener, topics = SIGNAL_TOPICS) {
      listeners.set(listener, new Set(topics));
      return async () => void listeners.delete(listener);
    },
    async close() {
      closed = true;
      waiting.clear();
      listeners.clear();
    },
  };
}
