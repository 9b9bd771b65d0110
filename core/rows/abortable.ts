// Owns stopping an iteration at once when a signal says so, even while the producer is waiting for something.

/** The same items. On abort it throws the signal's reason and tells the producer to return, without waiting for it. */
export async function* abortable<T>(items: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  if (!signal) {
    yield* items;
    return;
  }
  signal.throwIfAborted();
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason);
  });
  // Nothing may be listening at the moment it happens.
  aborted.catch(() => undefined);
  signal.addEventListener("abort", abort, { once: true });
  const iterator = items[Symbol.asyncIterator]();
  let finished = false;
  try {
    while (true) {
      const next = await Promise.race([iterator.next(), aborted]);
      if (next.done) {
        finished = true;
        return;
      }
      yield next.value;
      signal.throwIfAborted();
    }
  } finally {
    signal.removeEventListener("abort", abort);
    if (!finished) {
      const returned = Promise.resolve(iterator.return?.()).catch(() => undefined);
      if (!signal.aborted) await returned;
    }
  }
}
