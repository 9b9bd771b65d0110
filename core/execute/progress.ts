// Owns how often progress is told: at most five times a second for each step, and the last of it always.

const INTERVAL_MS = 200;

export interface Throttled<T> {
  /** Passes on the first call and then at most one per interval; what is held back is the newest alone. */
  (value: T): void;
  /** Passes on what is held back. */
  flush(): void;
}

export function throttle<T>(tell: (value: T) => void, now = () => performance.now()): Throttled<T> {
  let last = Number.NEGATIVE_INFINITY;
  let held: { readonly value: T } | undefined;
  const pass = (value: T) => {
    last = now();
    held = undefined;
    tell(value);
  };
  const throttled = (value: T) => {
    if (now() - last < INTERVAL_MS) held = { value };
    else pass(value);
  };
  return Object.assign(throttled, {
    flush() {
      if (held) pass(held.value);
    },
  });
}
