// Owns how the end of a child process is told to people: the most likely cause first, then its own last words. Pure.
import type { Death } from "./child.ts";

const SAID = 3;

/** Such as `it ran out of memory (SIGABRT): FATAL ERROR: …`. Not redacted. */
export function describeDeath({ code, signal, exception, lastLines }: Death): string {
  const memory = lastLines.find((line) => /heap out of memory|Reached heap limit|allocation failed/i.test(line));
  const how = memory
    ? `it ran out of memory (${signal ?? `exit code ${code}`})`
    : exception !== undefined
      ? `an exception that nobody caught: ${exception}`
      : signal === "SIGKILL"
        ? "it was killed from outside (SIGKILL), as the system does when memory runs out"
        : signal !== null
          ? `it was ended by ${signal}`
          : `it exited with code ${code}`;
  const words = memory ? [memory] : exception === undefined ? lastLines.filter(tellsSomething).slice(-SAID) : [];
  return words.length === 0 ? how : `${how}; it last wrote: ${words.map((line) => line.trim()).join(" | ")}`;
}

/** Frames of a stack, in JavaScript and native, say nothing to whoever reads a message. */
const tellsSomething = (line: string): boolean => !/^\s*(at\s|\d+: 0x|-+|Node\.js v|#\d)/.test(line);
