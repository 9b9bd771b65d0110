// Owns the process of a worker that a scheduler started: it drains when told by message, and is gone when the scheduler is.

import { dieWithParent } from "./parent-watch.ts";
import { runWorker, type WorkerOptions } from "./run-worker.ts";
import { PARENT_PID } from "./serve-parent.ts";

/** Plain data: everything a worker is started with except what every process has by itself. */
export type WorkerStart = Omit<WorkerOptions, "signal" | "env">;

dieWithParent(Number(process.env[PARENT_PID] ?? process.ppid));
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => undefined);
const drain = new AbortController();
process.on("message", () => drain.abort());
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));

const start = JSON.parse(process.argv.at(-1) ?? "{}") as WorkerStart;
try {
  await runWorker({
    ...start,
    env: process.env,
    signal: drain.signal,
  });
  process.exit(0);
} catch (error) {
  // Told already, as a line of the log.
  process.exit(error instanceof Error ? 1 : 2);
}
