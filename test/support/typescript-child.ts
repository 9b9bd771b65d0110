// Owns starting a TypeScript file of the tests in a process of its own, which can be killed.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const JITI = fileURLToPath(new URL("../../node_modules/jiti/lib/jiti-cli.mjs", import.meta.url));

export interface TypeScriptChild {
  readonly process: ChildProcess;
  /** Lines written to standard output so far. */
  readonly lines: readonly string[];
  /** Resolves when standard output has this many lines, or rejects when the process ended before. */
  untilLines(count: number): Promise<void>;
  /** Resolves when it has ended and its output was read. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly errors: string }>;
}

/** `file` is relative to `test/support`. `within`: a program with its arguments that starts it. */
export function startTypeScript(
  file: string,
  args: readonly string[],
  within: readonly string[] = [],
): TypeScriptChild {
  const script = fileURLToPath(new URL(file, import.meta.url));
  const [program = "", ...all] = [...within, process.execPath, JITI, script, ...args];
  const child = spawn(program, all, { stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let rest = "";
  let errors = "";
  let over = false;
  const wake = () => {
    for (const check of [...waiting]) check();
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
    wake();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const ended = once(child, "close").then(([code, signal]) => {
    over = true;
    wake();
    return { code: code as number | null, signal: signal as string | null, errors };
  });
  const untilLines = (count: number) =>
    new Promise<void>((resolve, reject) => {
      const check = () => {
        if (lines.length < count && !over) return;
        waiting.delete(check);
        if (lines.length >= count) resolve();
        else reject(new Error(`${file} ended after ${lines.length} of ${count} lines: ${errors}`));
      };
      waiting.add(check);
      check();
    });
  return { process: child, lines, untilLines, ended };
}
