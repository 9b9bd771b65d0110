// Owns adding up how long a store worked, over spans that may overlap.

export interface WorkClock {
  /** Begins a span and gives the function that ends it. */
  start(): () => void;
  /** Of all spans, those still open included. */
  totalMs(): number;
}

export function createWorkClock(): WorkClock {
  const open = new Set<{ readonly began: number }>();
  let ended = 0;
  return {
    start() {
      const span = { began: performance.now() };
      open.add(span);
      return () => {
        if (open.delete(span)) ended += performance.now() - span.began;
      };
    },
    totalMs() {
      const now = performance.now();
      return [...open].reduce((sum, { began }) => sum + (now - began), ended);
    },
  };
}
