// Owns that a child process does not outlive its parent, whatever it is doing: busy JavaScript and native SQL hold the main thread, not this one.
import { Worker } from "node:worker_threads";

/**
 * A text and not a file, so that it runs the same compiled and from source. The parent's id changes when it dies (POSIX); where ids do not
 * change it no longer exists. SIGKILL, because nothing softer ends a process whose main thread never comes back.
 */
const WATCH = `
const { workerData } = require("node:worker_threads");
const gone = () => {
  if (process.ppid !== workerData.parent) return true;
  try { process.kill(workerData.parent, 0); return false; } catch (error) { return error.code === "ESRCH"; }
};
setInterval(() => { if (gone()) process.kill(process.pid, "SIGKILL"); }, workerData.everyMs);
`;

const EVERY_MS = 100;

/** Kills this process within a moment of its parent's death. `parent`: the id of the process that started this one, as that one knows it. */
export function dieWithParent(parent: number): void {
  const watcher = new Worker(WATCH, {
    eval: true,
    workerData: { parent, everyMs: EVERY_MS },
    // Not what the process was started with: a limit on its heap or a loader is not for this thread.
    execArgv: [],
    env: {},
    stdout: false,
    stderr: false,
  });
  watcher.unref();
  // A child that nobody watches would be an orphan one day: better none.
  watcher.on("error", () => process.kill(process.pid, "SIGKILL"));
}
