// Owns the file under a Parquet writer. Errors are kept for the caller to raise: the writer drops the promise of its first write.
import type { FileHandle } from "node:fs/promises";

export interface FileSink {
  write(bytes: Uint8Array, done: () => void): void;
  end(done: () => void): void;
  /** Throws the first failure so far. */
  check(): void;
  bytes(): number;
}

export function createFileSink(handle: FileHandle): FileSink {
  let failure: { readonly cause: unknown } | undefined;
  let queue = Promise.resolve();
  let bytes = 0;
  return {
    write(chunk, done) {
      queue = queue
        .then(async () => {
          if (failure) return;
          await handle.writeFile(chunk);
          bytes += chunk.length;
        })
        .catch((cause) => {
          failure ??= { cause };
        })
        .then(done);
    },
    end(done) {
      queue = queue.then(done);
    },
    check() {
      if (failure) throw failure.cause;
    },
    bytes: () => bytes,
  };
}
