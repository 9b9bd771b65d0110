// Owns how often progress is told: at most five times a second for each step.

const INTERVAL_MS = 200;

/** Passes on the first call and then at most one per interval. */
export function throttle<T>(tell: (value: T) => void): (value: T) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (value) => {
    const now = performance.now();
    if (now - last < INTERVAL_MS) return;
    last = now;
    tell(value);
  };
}
