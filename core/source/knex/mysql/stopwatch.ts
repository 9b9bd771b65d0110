// Owns measuring how long the store has worked.

/** Runs from the start. */
export function stopwatch() {
  let since: number | undefined = performance.now();
  let total = 0;
  return {
    start() {
      since ??= performance.now();
    },
    stop() {
      if (since !== undefined) total += performance.now() - since;
      since = undefined;
    },
    elapsed: () => total + (since === undefined ? 0 : performance.now() - since),
  };
}
