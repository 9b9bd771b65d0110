// Owns reading the state store's events once for all who listen in this process, in order, and none left out: a number that is missing
// below the greatest may belong to a transaction that has not ended yet, so it is looked for again for a while. Knows nothing of HTTP.
import type { Signal, StepProgress, Transport } from "../../core/execute/index.ts";
import type { StateEvent, StateStore } from "../../core/state/index.ts";
import type { Log } from "../duty.ts";
import { cursorText, type EventCursor, hasSeen } from "./event-cursor.ts";

export type Told =
  | { readonly type: "event"; readonly event: StateEvent; readonly id: string }
  /** Not kept: whoever misses it sees the next. */
  | { readonly type: "progress"; readonly runId: string; readonly steps: readonly StepProgress[] }
  /** Events after the cursor have been removed, or it is of another state store: what is known must be read anew. */
  | { readonly type: "reset" };

export interface Listener {
  /** The next, or undefined after so many milliseconds without any. Throws nothing; `ended` says that no more will come. */
  next(withinMs: number): Promise<Told | undefined>;
  readonly ended: boolean;
  close(): void;
}

export interface EventHub {
  /** From the cursor on, or from now on. Of one run when told. */
  listen(options: { readonly runId?: string; readonly from?: EventCursor }): Promise<Listener>;
  readonly listeners: number;
  close(): Promise<void>;
}

interface HubOptions {
  readonly state: StateStore;
  readonly transport: Transport;
  readonly log: Log;
  readonly pollMs?: number;
  /** A listener that is so far behind is let go: it comes back with its cursor. */
  readonly queueLimit?: number;
}

const POLL_MS = 300;
const PAGE = 500;
/** No transaction of the state store lasts so long. */
const LATE_MS = 60_000;
/** Gaps are looked for in so many numbers; a wider one is of events that were removed. */
const LATE_WINDOW = 1_000;
const QUEUE_LIMIT = 20_000;

interface Ear {
  readonly runId: string | undefined;
  readonly from: EventCursor;
  hear(told: Told): void;
  end(): void;
}

export function createEventHub(options: HubOptions): EventHub {
  const { state, transport, log, pollMs = POLL_MS, queueLimit = QUEUE_LIMIT } = options;
  const ears = new Set<Ear>();
  const late = new Map<number, number>();
  let high = 0;
  let closed = false;
  let reading: Promise<void> | undefined;
  let again = false;
  let timer: NodeJS.Timeout | undefined;
  let starting: Promise<void> | undefined;
  let unsubscribe: Promise<(() => Promise<void>) | undefined> | undefined;

  const missBetween = (from: number, to: number, at: number) => {
    for (let sequence = Math.max(from, to - LATE_WINDOW); sequence < to; sequence++) late.set(sequence, at);
  };

  async function start(): Promise<void> {
    const { first, last } = await state.eventRange();
    high = last;
    late.clear();
    const from = Math.max(first, last - LATE_WINDOW);
    const recent = await state.readEvents({ after: from - 1, upTo: last, limit: LATE_WINDOW + 1 });
    const there = new Set(recent.map(({ sequence }) => sequence));
    const at = performance.now();
    for (let sequence = from; sequence < last; sequence++) if (!there.has(sequence)) late.set(sequence, at);
    unsubscribe ??= transport.onSignal(onSignal).catch((error: unknown) => {
      log.warn({ error }, "no signals: events come a little later");
      unsubscribe = undefined;
      return undefined;
    });
    timer = setInterval(() => void look(), pollMs);
  }

  function onSignal(signal: Signal): void {
    if (ears.size === 0) return;
    if (signal.topic !== "progress") return void look();
    for (const ear of ears)
      if (ear.runId === undefined || ear.runId === signal.runId)
        ear.hear({ type: "progress", runId: signal.runId, steps: signal.steps });
  }

  /** One reading at a time; a look asked for meanwhile is taken after it. */
  function look(): Promise<void> {
    again = true;
    reading ??= (async () => {
      try {
        while (again && !closed) {
          again = false;
          await readNew();
        }
      } catch (error) {
        log.warn({ error }, "events could not be read");
      } finally {
        reading = undefined;
      }
    })();
    return reading;
  }

  async function readNew(): Promise<void> {
    for (;;) {
      const events = await state.readEvents({ after: high, late: [...late.keys()], limit: PAGE });
      const at = performance.now();
      for (const event of events) {
        if (event.sequence > high) {
          if (high > 0) missBetween(high + 1, event.sequence, at);
          high = event.sequence;
        } else late.delete(event.sequence);
        for (const ear of ears) give(ear, event, high);
      }
      for (const [sequence, since] of late) if (at - since > LATE_MS) late.delete(sequence);
      if (events.length < PAGE) return;
    }
  }

  const lateBelow = (sequence: number, from: EventCursor) =>
    [...late.keys()].filter((missing) => missing < sequence && !hasSeen(from, missing));

  function give(ear: Ear, event: StateEvent, reached: number): void {
    if (ear.runId !== undefined && ear.runId !== event.runId) return;
    if (hasSeen(ear.from, event.sequence)) return;
    const top = Math.max(reached, ear.from.high);
    ear.hear({ type: "event", event, id: cursorText({ high: top, late: lateBelow(top, ear.from) }) });
  }

  /** What was there before the hub's own place, told to one ear. What the hub has not seen yet, it will tell itself. */
  async function catchUp(ear: Ear, reached: number, hubLate: ReadonlySet<number>, live: () => boolean): Promise<void> {
    const { from, runId } = ear;
    let after = from.high;
    let pending = from.late.filter((sequence) => !hubLate.has(sequence));
    while (live()) {
      const events = await state.readEvents({
        after,
        late: pending,
        upTo: reached,
        limit: PAGE,
        ...(runId !== undefined && { runId }),
      });
      for (const event of events) {
        const { sequence } = event;
        pending = pending.filter((missing) => missing > sequence);
        if (hubLate.has(sequence)) continue;
        after = Math.max(after, sequence);
        ear.hear({
          type: "event",
          event,
          id: cursorText({ high: after, late: [...pending, ...lateBelow(after, from)] }),
        });
      }
      const last = events.at(-1)?.sequence ?? 0;
      after = Math.max(after, last);
      if (events.length < PAGE) return;
    }
  }

  return {
    get listeners() {
      return ears.size;
    },

    async listen({ runId, from: seen }) {
      starting ??= start().catch((error: unknown) => {
        starting = undefined;
        throw error;
      });
      await starting;
      const { first, last } = seen === undefined ? { first: 0, last: 0 } : await state.eventRange();
      // Beyond the newest: of a state store that another has taken the place of, such as a backup of it. Its numbers come again.
      const ahead = seen !== undefined && seen.high > last;
      const from = ahead ? { high: 0, late: [] } : seen;
      const reached = high;
      const hubLate = new Set(late.keys());
      const queue: Told[] = [];
      const held: Told[] = [];
      let catching = from !== undefined;
      let ended = closed;
      let wake: (() => void) | undefined;
      const push = (told: Told) => {
        queue.push(told);
        if (queue.length + held.length > queueLimit) ear.end();
        wake?.();
      };
      const ear: Ear = {
        runId,
        from: from ?? { high: reached, late: [...hubLate] },
        hear: (told) => (catching ? void held.push(told) : push(told)),
        end() {
          ended = true;
          ears.delete(ear);
          wake?.();
          if (ears.size === 0) stopWatching();
        },
      };
      ears.add(ear);
      if (from !== undefined) {
        const past: Ear = { ...ear, hear: push };
        if (ahead || (from.high > 0 && from.high < first - 1)) push({ type: "reset" });
        catchUp(past, reached, hubLate, () => !ended).then(
          () => {
            catching = false;
            // Let go before all of the past was told: with what came since, its cursor would pass over the rest.
            if (ended) return;
            for (const told of held.splice(0)) push(told);
          },
          (error: unknown) => {
            log.warn({ error }, "events could not be read for a listener");
            ear.end();
          },
        );
      }
      return {
        get ended() {
          return ended && queue.length === 0;
        },
        async next(withinMs) {
          if (queue.length === 0 && !ended) {
            let timeout: NodeJS.Timeout | undefined;
            await new Promise<void>((resolve) => {
              wake = resolve;
              timeout = setTimeout(resolve, withinMs);
            });
            clearTimeout(timeout);
            wake = undefined;
          }
          return queue.shift();
        },
        close: () => ear.end(),
      };
    },

    async close() {
      closed = true;
      for (const ear of [...ears]) ear.end();
      stopWatching();
      await reading;
      await (await unsubscribe)?.();
    },
  };

  /** Nobody listens: nothing is read. The next listener starts anew. */
  function stopWatching(): void {
    clearInterval(timer);
    starting = undefined;
  }
}
