// Owns telling a program: the alert as JSON on its standard input. What it prints is its own affair.
import { spawn } from "node:child_process";
import { alertDocument, type Channel, codeOf } from "./channel.ts";

export interface CommandSettings {
  readonly command: readonly string[];
  /** Where it starts. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

export function createCommandChannel({ command, root, env, timeoutMs }: CommandSettings): Channel {
  return {
    send: (delivery, signal) =>
      new Promise((resolve, reject) => {
        const [program = "", ...args] = command;
        // A group of its own: what it started dies with it.
        const child = spawn(program, args, { cwd: root, env, detached: true, stdio: ["pipe", "ignore", "ignore"] });
        let late = false;
        const kill = () => {
          if (child.pid === undefined) return;
          try {
            process.kill(-child.pid, "SIGKILL");
          } catch {
            // It has ended meanwhile.
          }
        };
        const timer = setTimeout(() => {
          late = true;
          kill();
        }, timeoutMs);
        signal.addEventListener("abort", kill, { once: true });
        const done = (problem?: string) => {
          clearTimeout(timer);
          signal.removeEventListener("abort", kill);
          if (problem === undefined) resolve();
          else reject(new Error(problem));
        };
        child.once("error", (error) => done(`the command cannot be started (${codeOf(error)})`));
        child.once("exit", (code, killedBy) => {
          if (late) done(`the command was killed after ${timeoutMs} ms`);
          else if (code === 0) done();
          else done(`the command ended with ${code === null ? killedBy : `exit code ${code}`}`);
        });
        // A program may end without reading what it is told.
        child.stdin.once("error", () => undefined);
        child.stdin.end(`${JSON.stringify(alertDocument(delivery))}\n`);
      }),
    close() {},
  };
}
