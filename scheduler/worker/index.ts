// The worker: takes tasks, and performs each in a child process. May not decide what is due, nor run a model itself.
export { runWorker, type WorkerOptions } from "./run-worker.ts";
export type { WorkerStart } from "./worker-main.ts";
export { startWorkerProcesses } from "./worker-processes.ts";
