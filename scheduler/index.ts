// What commands load of the scheduler. May not be imported but dynamically: nothing here may cost `mesh --help` or `mesh run` anything.
import type { SchedulerOptions } from "./run-scheduler.ts";
import type { WorkerOptions } from "./worker/index.ts";

export { redisChecks } from "./redis/index.ts";

/** See `run-scheduler.ts`. */
export const runScheduler = async (options: SchedulerOptions): Promise<void> =>
  (await import("./run-scheduler.ts")).runScheduler(options);

/** See `worker/run-worker.ts`. */
export const runWorker = async (options: WorkerOptions): Promise<void> =>
  (await import("./worker/index.ts")).runWorker(options);
