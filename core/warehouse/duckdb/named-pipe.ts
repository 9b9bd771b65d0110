// Owns feeding a stream of bytes to a program that reads a named pipe. Node has no call that makes one: `mkfifo` does.
import { execFile } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { problems } from "../../errors/index.ts";
import { unlessAborted } from "../../util/index.ts";

const POLL_MS = 1;

/** Makes a pipe in a temporary folder, which is gone afterwards. */
export async function withNamedPipe<T>(use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "mesh-pipe-"));
  try {
    const path = join(folder, "rows.csv");
    await promisify(execFile)("mkfifo", ["-m", "600", path]).catch((error: NodeJS.ErrnoException) => {
      throw problems.mkfifoFailed({
        reason: error.code === "ENOENT" ? "there is no program mkfifo on the path" : error.message,
      });
    });
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Writes the stream into the pipe while `reading`, the reader's work, goes on. Resolves when every byte is in the pipe
 * and it is closed. Rejects with the stream's error, the signal's reason, the reader's error when it fails first, or EPIPE
 * when the reader closed the pipe and its error is not known yet.
 * The pipe is closed in any case, which the reader sees as the end of its input.
 */
export async function feedPipe(
  path: string,
  stream: AsyncIterable<Uint8Array>,
  reading: Promise<unknown>,
  options: {
    readonly signal?: AbortSignal | undefined /** Sees each chunk before it is written; may refuse by throwing. */;
    readonly onChunk?: ((chunk: Uint8Array) => void) | undefined;
  },
): Promise<void> {
  const iterator = stream[Symbol.asyncIterator]();
  const stop = new AbortController();
  const onAbort = () => stop.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", onAbort, { once: true });
  if (options.signal?.aborted) onAbort();
  let socket: Socket | undefined;
  let ended = false;
  reading.then(
    () => !ended && stop.abort(new Error("the reader ended before the rows did")),
    (error) => stop.abort(error),
  );
  try {
    const open = await openWriter(path, stop.signal);
    socket = open;
    open.on("error", (error) => stop.abort(error));
    for (;;) {
      const next = await unlessAborted(stop.signal, iterator.next());
      if (next.done) break;
      options.onChunk?.(next.value);
      if (!open.write(next.value)) {
        await unlessAborted(stop.signal, new Promise<void>((resolve) => open.once("drain", resolve)));
      }
    }
    ended = true;
    const closed = new Promise<void>((resolve) => open.once("close", () => resolve()));
    open.end();
    await unlessAborted(stop.signal, closed);
  } finally {
    options.signal?.removeEventListener("abort", onAbort);
    socket?.destroy();
    // Not awaited: a generator that waits for its store answers only when the store does.
    if (!ended) void iterator.return?.().then(undefined, () => undefined);
  }
}

/**
 * Opens the pipe for writing once somebody reads it. Opening the usual way would block a thread of Node's small pool,
 * for ever if the reader fails first; and the socket writes without that pool, which waiting queries can use up.
 */
async function openWriter(path: string, signal: AbortSignal): Promise<Socket> {
  for (;;) {
    signal.throwIfAborted();
    try {
      const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
      try {
        return new Socket({ fd, readable: false, writable: true });
      } catch (error) {
        closeSync(fd);
        throw error;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENXIO") throw error;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}
