// Owns the loop of a consumer: fetches while it has room, at once when it is told to and now and then unasked, backs off when fetching fails.
// Knows no Redis.
import type { Complaints } from "./complaints.ts";

export interface Fetched {
  /** Does the work and gives the job back; never throws. */
  work(): Promise<void>;
}

export interface Pump {
  /** There may be work: in these sources, by their place, or in any. */
  wake(places?: readonly number[]): void;
  /** Fetches no more and waits for what is at work. */
  close(): Promise<void>;
}

export interface PumpOptions {
  /** Asked in turns, so that none waits for another to be empty. Undefined: it has nothing, and is not asked before it may have something. */
  readonly sources: readonly (() => Promise<Fetched | undefined>)[];
  readonly concurrency: number;
  /** How often it looks unasked: what was lost on the way is found then. */
  readonly pollMs: number;
  readonly complaints: Complaints;
  readonly what: string;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

export function createPump({ sources, concurrency, pollMs, complaints, what }: PumpOptions): Pump {
  const working = new Set<Promise<void>>();
  /** How often each source was said to have work, and as of when it had none. */
  const calls = sources.map(() => 0);
  const empty = sources.map(() => ({ asOf: -1, atMs: 0 }));
  let closed = false;
  let failures = 0;
  let turn = 0;
  let woken = false;
  let wakeUp: (() => void) | undefined;

  /** Not for longer than it looks unasked: a call that was lost must not wait for an idle moment. */
  const isEmpty = (place: number): boolean => {
    const found = empty[place];
    return found !== undefined && found.asOf === calls[place] && performance.now() - found.atMs < pollMs;
  };
  const call = (places: Iterable<number>) => {
    for (const place of places) calls[place] = (calls[place] ?? 0) + 1;
  };
  /** Looks at what may have work. */
  const look = () => {
    woken = true;
    // A fetch that failed is not tried again before its pause is over, however much is asked for.
    if (failures === 0 || closed) wakeUp?.();
  };
  const rest = (ms: number) =>
    new Promise<void>((done) => {
      const timer = setTimeout(() => {
        call(sources.keys());
        done();
      }, ms);
      wakeUp = () => {
        clearTimeout(timer);
        done();
      };
      if ((woken && failures === 0) || closed) wakeUp();
    }).finally(() => {
      wakeUp = undefined;
    });

  /** One job of the first source, from the one whose turn it is, that has any. */
  const fetchOne = async (): Promise<boolean> => {
    const first = turn++;
    for (let i = 0; i < sources.length; i++) {
      const place = (first + i) % sources.length;
      if (isEmpty(place)) continue;
      const asOf = calls[place] ?? 0;
      const fetched = await sources[place]?.();
      if (fetched === undefined) {
        empty[place] = { asOf, atMs: performance.now() };
        continue;
      }
      const work = fetched.work().finally(() => {
        working.delete(work);
        look();
      });
      working.add(work);
      return true;
    }
    return false;
  };

  /** Asks for one, then for twice as many at once while all are given: an idle queue is asked little, a far one is not asked one by one. */
  const fill = async (): Promise<void> => {
    for (let batch = 1; !closed && working.size < concurrency; batch *= 2) {
      const asked = Math.min(batch, concurrency - working.size);
      const outcomes = await Promise.allSettled(Array.from({ length: asked }, fetchOne));
      for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
      if (outcomes.some((outcome) => outcome.status === "fulfilled" && !outcome.value)) return;
    }
  };

  const loop = async () => {
    while (!closed) {
      woken = false;
      try {
        await fill();
        failures = 0;
        complaints.settle(what);
      } catch (error) {
        failures++;
        // What a failed fetch was given is given back, and nobody calls for it.
        call(sources.keys());
        complaints.report(what, error);
      }
      const pauseMs = failures === 0 ? pollMs : Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
      // Spread, so that a fleet does not ask in step.
      if (!closed) await rest(pauseMs * (0.75 + Math.random() / 2));
    }
  };
  const looping = loop();

  return {
    wake(places = [...sources.keys()]) {
      call(places);
      look();
    },
    async close() {
      closed = true;
      wakeUp?.();
      await looping;
      while (working.size > 0) await Promise.all(working);
    },
  };
}
