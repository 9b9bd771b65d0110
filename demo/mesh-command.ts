// Owns running the `mesh` command the way a person at a terminal would.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../bin/mesh.cjs", import.meta.url));

export interface MeshCommands {
  /** Prints the command, runs it and gives its exit code. */
  run(...args: readonly string[]): Promise<number>;
  /** Passes a signal on to the command that is running, if one is, and starts no more. */
  interrupt(signal: NodeJS.Signals): void;
  /** Resolves when no command is running. */
  idle(): Promise<void>;
}

export function meshCommands(
  root: string,
  env: Readonly<Record<string, string>>,
  say: (line: string) => void,
): MeshCommands {
  let running: { readonly kill: (signal: NodeJS.Signals) => void; readonly ended: Promise<unknown> } | undefined;
  let stopped = false;
  return {
    async run(...args) {
      if (stopped) throw new Error("interrupted");
      say(`\n$ mesh ${args.map((arg) => (/[\s"]/.test(arg) ? `'${arg}'` : arg)).join(" ")}`);
      // In a group of its own, so that Ctrl-C reaches it once, through us, and never twice.
      const child = spawn(process.execPath, [MAIN, ...args], {
        cwd: root,
        env: { ...process.env, ...env },
        stdio: "inherit",
        detached: true,
      });
      const ended = once(child, "exit");
      running = { kill: (signal) => child.kill(signal), ended };
      const [code, signal] = await ended;
      running = undefined;
      return code ?? (signal === null ? 1 : 130);
    },
    interrupt(signal) {
      stopped = true;
      running?.kill(signal);
    },
    idle: async () => {
      await running?.ended;
    },
  };
}
