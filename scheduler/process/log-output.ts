// Owns where the lines of a log go: standard output, whose disk may be full and whose reader may be slow or gone, which must cost no work. What a
// line says is `log.ts`'s.
import { writeSync } from "node:fs";

export interface LogOutput {
  /** Of whole lines. Never throws, and waits for nobody. */
  write(text: string): void;
}

/** About three thousand lines. */
const KEPT_BYTES = 2 ** 20;
const RETRY_MS = 200;

/**
 * Lines go out at once. Those that cannot are kept, up to a limit, and written in their order when that is possible again; `onLost` is told then
 * how many were more than the limit.
 */
export function openLogOutput(onLost: (lines: number) => void, fd = 1, keptBytes = KEPT_BYTES): LogOutput {
  const waiting: Buffer[] = [];
  let waitingBytes = 0;
  let lost = 0;
  let retry: NodeJS.Timeout | undefined;

  const flush = (): void => {
    clearTimeout(retry);
    try {
      for (let first = waiting[0]; first; first = waiting[0]) {
        const bytes = writeSync(fd, first);
        waitingBytes -= bytes;
        if (bytes === first.length) waiting.shift();
        else waiting[0] = first.subarray(bytes);
      }
    } catch {
      // Whatever it is: there is nowhere to tell it.
      retry = setTimeout(flush, RETRY_MS).unref();
      return;
    }
    if (lost === 0) return;
    const lines = lost;
    lost = 0;
    setImmediate(onLost, lines);
  };
  process.once("exit", flush);

  return {
    write(text) {
      const line = Buffer.from(text);
      if (waitingBytes + line.length > keptBytes) flush();
      if (waitingBytes + line.length > keptBytes) {
        lost++;
        return;
      }
      waiting.push(line);
      waitingBytes += line.length;
      flush();
    },
  };
}
