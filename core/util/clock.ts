// Owns the injected clock, so that no other file reads the time on its own.

/** A source of the present time. `now()` is wall time, `elapsedMs()` is monotonic milliseconds. */
export interface Clock {
  now(): Date;
  elapsedMs(): number;
}

export const systemClock: Clock = { now: () => new Date(), elapsedMs: () => performance.now() };

/** A clock that stands still until `set` moves it. */
export function fixedClock(start: Date): Clock & { set(time: Date): void } {
  let time = start;
  return {
    now: () => new Date(time),
    elapsedMs: () => time.getTime(),
    set: (next) => {
      time = next;
    },
  };
}
