// Owns the BullMQ queues of a mesh: one for each class of workers, opened when first used. Puts jobs in; taking them out is in `take-jobs.ts`.
import { createRedisBackend, Queue, type Telemetry } from "bullmq";
import type { Redis } from "ioredis";
import type { Complaints } from "./complaints.ts";
import { prefixOf } from "./names.ts";

export interface QueueSet {
  queue(name: string): Queue;
  close(): Promise<void>;
}

/** Events are for live views; a ticket's life is in the state store. */
const KEPT_EVENTS = 1_000;

export function openQueues(client: Redis, meshName: string, complaints: Complaints, telemetry?: Telemetry): QueueSet {
  const queues = new Map<string, Queue>();
  return {
    queue(name) {
      const known = queues.get(name);
      if (known !== undefined) return known;
      const queue = new Queue(
        name,
        {
          connection: client,
          prefix: prefixOf(meshName),
          // The version was looked at when the Redis was found; asked here, a connection cut at this instant would break the queue for good.
          skipVersionCheck: true,
          ...(telemetry && { telemetry }),
          streams: { events: { maxLen: KEPT_EVENTS } },
        },
        createRedisBackend,
      );
      queue.on("error", (error) => complaints.report(`queue ${name}`, error));
      queues.set(name, queue);
      return queue;
    },
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close().catch(() => undefined)));
      queues.clear();
    },
  };
}
