// Starts BI readers as processes of their own and keeps what they saw. How a reader reads is in reader.mjs.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** What a reader saw: how often it queried, its errors, and the first cells in order, each once while it stays the same. */
export interface Seen {
  readonly reads: number;
  readonly errors: readonly string[];
  readonly values: readonly string[];
}

export interface Reader {
  readonly seen: Seen;
  /** Resolves once what the reader saw is as wanted; rejects when the reader is gone before that. */
  until(wanted: (seen: Seen) => boolean): Promise<void>;
  /** Resolves once the reader has opened the file anew after this call and read it. */
  readAgain(): Promise<void>;
  /** Ends the reader. */
  stop(): Promise<Seen>;
}

/** A reader that opens `file` again and again, as soon as it is there, and queries it. */
export function startReader(file: string, query: string): Reader {
  const child: ChildProcessByStdio<null, Readable, null> = spawn(
    process.execPath,
    [join(import.meta.dirname, "reader.mjs"), file, query],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const seen = { reads: 0, errors: [] as string[], values: [] as string[] };
  const looks = new Set<() => void>();
  const lines = createInterface({ input: child.stdout });
  const ended = Promise.all([once(child, "exit"), once(lines, "close")]);
  lines.on("line", (line) => {
    const { values = [], error } = JSON.parse(line) as { values?: string[]; error?: string };
    if (error) seen.errors.push(error);
    for (const value of values) {
      if (seen.values.at(-1) !== value) seen.values.push(value);
      seen.reads++;
    }
    for (const look of looks) look();
  });
  const until = async (wanted: (seen: Seen) => boolean) => {
    let look = () => {};
    const come = new Promise<void>((resolve) => {
      look = () => wanted(seen) && resolve();
      looks.add(look);
      look();
    });
    const gone = ended.then(() => {
      throw new Error("the reader ended before it saw what was waited for");
    });
    await Promise.race([come, gone]).finally(() => looks.delete(look));
  };
  return {
    seen,
    until,
    // The look that is under way may have opened the file before the call.
    async readAgain() {
      const before = seen.reads;
      await until(({ reads }) => reads > before + 2);
    },
    async stop() {
      child.kill("SIGKILL");
      await ended;
      return seen;
    },
  };
}
