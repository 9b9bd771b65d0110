// Owns waiting for something that a signal may end.

/**
 * What the work gives, or the signal's reason as soon as it is aborted. Not by `Promise.race` with a promise that outlives the
 * work: that one would hold the result, such as every chunk of a stream, for as long as it lives.
 */
export function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
    if (signal.aborted) giveUp();
  });
}
