// Owns the injected clock, so that no other file reads the time on its own.

/** A source of the present time. `now()` is wall time, `elapsedMs()` is monotonic milliseconds. */
export interface Clock {
  now(): Date;
  elapsedMs(): number;
}

export const systemClock: Clock = { now: () => new Date(), elapsedMs: () => performance.now() };
