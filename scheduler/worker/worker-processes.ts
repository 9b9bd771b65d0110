// Owns the workers that a scheduler starts for itself on one machine: as many as asked for, started again when they die, ended with it.
import { type ChildProcess, fork } from "node:child_process";
import type { Log } from "../duty.ts";
import { programOf } from "../program/index.ts";
import { PARENT_PID } from "./serve-parent.ts";

export interface WorkerProcesses {
  /** Asks them to drain and waits. */
  close(): Promise<void>;
}

export interface WorkerProcessesOptions {
  readonly count: number;
  /** What each is started with, as plain data; see `WorkerStart` of `worker-main.ts`. */
  readonly start: object;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly log: Log;
}

const LONGEST_PAUSE_MS = 30_000;
/** Who lived so long had not failed at its start. */
const SETTLED_MS = 60_000;

export function startWorkerProcesses({ count, start, env, cwd, log }: WorkerProcessesOptions): WorkerProcesses {
  const { file, args } = programOf("./worker-main", import.meta.url, [JSON.stringify(start)]);
  const running = new Map<ChildProcess, Promise<void>>();
  const timers = new Set<NodeJS.Timeout>();
  let closing = false;

  const launch = (failures: number): void => {
    const startedMs = performance.now();
    // A process group of its own: Ctrl-C in a terminal is for the scheduler, which tells its workers itself.
    const worker = fork(file, args, {
      cwd,
      env: { ...env, [PARENT_PID]: String(process.pid) },
      detached: true,
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const gone = new Promise<void>((resolve) => {
      worker.once("error", (error) => log.error({ error }, "a worker could not be started"));
      worker.once("close", (code, signal) => {
        running.delete(worker);
        resolve();
        if (closing) return;
        const again = performance.now() - startedMs > SETTLED_MS ? 0 : failures + 1;
        log.error({ worker: worker.pid, code, signal }, "a worker ended and is started again");
        const timer = setTimeout(
          () => {
            timers.delete(timer);
            launch(again);
          },
          Math.min(LONGEST_PAUSE_MS, 500 * 2 ** Math.min(again, 8)),
        );
        timers.add(timer);
      });
    });
    running.set(worker, gone);
  };
  for (let i = 0; i < count; i++) launch(0);

  return {
    async close() {
      closing = true;
      for (const timer of timers) clearTimeout(timer);
      for (const worker of running.keys()) if (worker.connected) worker.send("drain", () => undefined);
      await Promise.all(running.values());
    },
  };
}
