// Owns letting at most so many callers in at once, in the order they came.

export interface Gate {
  /** Waits for a place and gives the function that leaves it. Throws the signal's reason when aborted while waiting. */
  enter(signal?: AbortSignal): Promise<() => void>;
  /** True while nobody is in. */
  idle(): boolean;
}

export function createGate(places: number): Gate {
  let free = places;
  const waiting: (() => void)[] = [];
  const leaveOnce = () => {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = waiting.shift();
      if (next) next();
      else free++;
    };
  };
  return {
    idle: () => free === places,
    async enter(signal) {
      signal?.throwIfAborted();
      if (free > 0) {
        free--;
        return leaveOnce();
      }
      await new Promise<void>((resolve, reject) => {
        const abandon = () => {
          waiting.splice(waiting.indexOf(admit), 1);
          reject(signal?.reason);
        };
        const admit = () => {
          signal?.removeEventListener("abort", abandon);
          resolve();
        };
        signal?.addEventListener("abort", abandon, { once: true });
        waiting.push(admit);
      });
      return leaveOnce();
    },
  };
}
