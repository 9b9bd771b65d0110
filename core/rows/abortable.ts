// Owns stopping an iteration at once when a signal says so, even while the producer is waiting for something.
import { unlessAborted } from "../util/index.ts";

/** The same items. On abort it throws the signal's reason and tells the producer to return, without waiting for it. */
export async function* abortable<T>(items: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  if (!signal) {
    yield* items;
    return;
  }
  signal.throwIfAborted();
  const iterator = items[Symbol.asyncIterator]();
  let finished = false;
  try {
    while (true) {
      const next = await unlessAborted(signal, iterator.next());
      if (next.done) {
        finished = true;
        return;
      }
      yield next.value;
      signal.throwIfAborted();
    }
  } finally {
    if (!finished) {
      const returned = Promise.resolve(iterator.return?.()).catch(() => undefined);
      if (!signal.aborted) await returned;
    }
  }
}
