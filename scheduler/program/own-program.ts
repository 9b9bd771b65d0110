// Owns noticing that mesh was installed anew, or removed, in the place that this process was started from: what it has not loaded by then is
// gone. What becomes of the process is its caller's to decide.
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { sha256Hex } from "../../core/util/index.ts";

/** Each names the files that it loads, whose names change with what is in them: with any change of mesh one of these is another. */
export const PROGRAMS: readonly string[] = ["start.js", "task-child.js", "worker-main.js"];

export interface OwnProgram {
  /** Also while the files are just being written. */
  replaced(): boolean;
}

/** As it is in `folder` now. As source, or as part of a program that has mesh as a library, it is never replaced. */
export function openOwnProgram(folder: string = dirname(fileURLToPath(import.meta.url))): OwnProgram {
  const began = look(folder);
  if (began === undefined) return { replaced: () => false };
  let known = began;
  return {
    replaced() {
      const now = look(folder, known);
      // Written again with what it had.
      if (now?.hash === began.hash) known = now;
      return now?.hash !== began.hash;
    },
  };
}

interface Look {
  /** Of files as they are on the disk. */
  readonly marks: string;
  readonly hash: string;
}

/** undefined when a file is not there. Reads only when a file is another than in `known`. */
function look(folder: string, known?: Look): Look | undefined {
  const files = PROGRAMS.map((name) => join(folder, name));
  try {
    const stats = files.map((file) => statSync(file));
    const marks = stats.map(({ ino, mtimeMs, size }) => `${ino} ${mtimeMs} ${size}`).join("\n");
    if (marks === known?.marks) return known;
    return { marks, hash: sha256Hex(files.map((file) => readFileSync(file, "utf8")).join("\0")) };
  } catch {
    return undefined;
  }
}

/** Aborted when the program was seen to be replaced twice running: files that are just being written do not count. */
export function watchOwnProgram(program: OwnProgram, everyMs: number): { readonly signal: AbortSignal; stop(): void } {
  const found = new AbortController();
  let seen = 0;
  const timer = setInterval(() => {
    seen = program.replaced() ? seen + 1 : 0;
    if (seen < 2) return;
    clearInterval(timer);
    found.abort();
  }, everyMs);
  timer.unref();
  return { signal: found.signal, stop: () => clearInterval(timer) };
}
