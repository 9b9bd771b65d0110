// Owns taking jobs out of one BullMQ queue, one at a time and by hand: BullMQ's own loop has no pause after an error, and cannot share one
// limit among several queues.
import { randomUUID } from "node:crypto";
import { createRedisBackend, type Job, type Telemetry, Worker } from "bullmq";
import type { Redis } from "ioredis";
import type { Complaints } from "./complaints.ts";
import { prefixOf } from "./names.ts";
import type { Fetched } from "./pump.ts";
import { within } from "./within.ts";

export interface JobSource {
  fetch(): Promise<Fetched | undefined>;
  /** Waits a bounded time for what is being given back. */
  close(): Promise<void>;
}

export interface JobSourceOptions {
  readonly client: Redis;
  readonly meshName: string;
  readonly queue: string;
  readonly complaints: Complaints;
  /** Called for each job; what it throws is reported and changes nothing. */
  readonly take: (job: Job) => Promise<void>;
  /** How often a job may be begun. Only jobs that job schedulers make need it: BullMQ restarts those without end. */
  readonly maxStartedAttempts?: number;
  readonly lockMs?: number;
  readonly telemetry?: Telemetry | undefined;
}

// Short: a worker that dies between fetching a job and claiming its task holds it for as long. Whose the task is, the state store says.
const LOCK_MS = 15_000;
const STALLED_MS = 5_000;
const FETCH_MS = 10_000;
const CLOSE_MS = 2_000;

export function openJobSource(options: JobSourceOptions): JobSource {
  const { client, meshName, queue, complaints, take, lockMs = LOCK_MS } = options;
  const id = randomUUID();
  const held = new Map<string, string>();
  let fetches = 0;
  let broken = false;
  const worker = new Worker(
    queue,
    async (job: Job) => {
      try {
        await take(job);
      } catch (error) {
        complaints.report(`a consumer of ${queue}`, error);
      }
    },
    {
      connection: client,
      prefix: prefixOf(meshName),
      autorun: false,
      ...(options.telemetry && { telemetry: options.telemetry }),
      skipVersionCheck: true,
      lockDuration: lockMs,
      stalledInterval: STALLED_MS,
      maxStalledCount: 1_000_000,
      runRetryDelay: 1_000,
      ...(options.maxStartedAttempts !== undefined && { maxStartedAttempts: options.maxStartedAttempts }),
      // What is over leaves nothing behind. A job has one attempt unless it says otherwise: attempts are the state store's to count.
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    },
    // No connection of its own to wait on: what wakes a consumer is a message, not a blocking command.
    (name, opts) => createRedisBackend(name, opts, {}),
  );
  const what = `queue ${queue}`;
  worker.on("error", (error) => complaints.report(what, error));
  void worker.startStalledCheckTimer();
  const renewal = setInterval(() => {
    if (held.size === 0) return;
    const [ids, tokens] = [[...held.keys()], [...held.values()]];
    worker.extendJobLocks(ids, tokens, lockMs).catch((error) => complaints.report(`${what}, renewing locks`, error));
  }, lockMs / 3);
  renewal.unref();

  /** A fetch whose answer was lost may have locked a job for nobody: it is given back to all. */
  const giveBackStrays = async () => {
    for (const jobId of await client.lrange(worker.keys.active ?? "", 0, -1)) {
      const token = await client.get(`${worker.toKey(jobId)}:lock`);
      if (token?.startsWith(id) === true && held.get(jobId) !== token)
        await worker.getBackend().moveJobFromActiveToWait(jobId, token);
    }
  };

  return {
    async fetch() {
      const token = `${id}:${fetches++}`;
      let job: Job | undefined;
      try {
        if (broken) await within(FETCH_MS, "giving back", giveBackStrays());
        broken = false;
        job = (await within(FETCH_MS, "fetching", worker.getNextJob(token, { block: false }))) as Job | undefined;
      } catch (error) {
        broken = true;
        throw error;
      }
      const jobId = job?.id;
      if (job === undefined || jobId === undefined) return undefined;
      const taken = job;
      held.set(jobId, token);
      return {
        async work() {
          try {
            await worker.processJob(taken, token, () => false);
            complaints.settle(what);
          } catch (error) {
            complaints.report(what, error);
          } finally {
            if (held.get(jobId) === token) held.delete(jobId);
          }
        },
      };
    },
    async close() {
      clearInterval(renewal);
      await within(CLOSE_MS, "closing", worker.close(true)).catch(() => undefined);
    },
  };
}
