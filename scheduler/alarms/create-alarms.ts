// Owns the alarm clocks of schedules: BullMQ job schedulers that say *look now* when a cron is due. Which runs are due is the state store's to
// say, and the sweep looks without them too: an alarm that is late, doubled or lost changes nothing but how soon.
import type { Job, Queue } from "bullmq";
import type { Transport } from "../../core/execute/index.ts";
import type { Log } from "../duty.ts";
import { COMMAND_TIMEOUT_MS, type FoundRedis, openClient } from "../redis/index.ts";
import { createComplaints, createPump, openJobSource, openQueues, prefixOf, within } from "../transport/index.ts";

/** A schedule that is due by the clock. */
export interface Alarm {
  /** `project.schedule`. */
  readonly id: string;
  readonly cron: string;
  readonly timezone: string;
}

export interface Reconciled {
  readonly set: number;
  readonly removed: number;
  readonly kept: number;
}

export interface Alarms {
  /** Sets what is missing, changed or dead, removes what is not among these. Call it at boot and every five minutes. Throws when Redis is away. */
  reconcile(alarms: readonly Alarm[]): Promise<Reconciled>;
  close(): Promise<void>;
}

export interface AlarmsOptions {
  readonly redis: Pick<FoundRedis, "address" | "secrets">;
  /** As the transport's. */
  readonly meshName: string;
  readonly log: Log;
  /** Where `look` is signalled. */
  readonly transport: Pick<Transport, "signal">;
  /** How often it is looked for alarms that are due. Default: 250 ms. */
  readonly pollMs?: number;
  /** Told of each alarm that rang. */
  readonly onRing?: (schedule: string, dueAt: Date) => void;
}

const QUEUE = "ticks";
const POLL_MS = 250;
/** Alarms that ring together are one look. */
const GATHER_MS = 100;
/** An alarm that should have rung this long ago has lost its next job. */
const DEAD_MS = 60_000;
const BATCH = 50;
const RECONCILE_MS = 60_000;
/** BullMQ starts a job of a job scheduler again without end when its process dies; a tick is worth less. */
const MAX_STARTED = 3;

export function createAlarms(options: AlarmsOptions): Alarms {
  const { redis, meshName, log, transport } = options;
  const redact = (text: string) => redis.secrets.reduce((out, secret) => out.replaceAll(secret, "***"), text);
  const complaints = createComplaints(log, redact);
  const client = openClient(redis.address, { name: prefixOf(meshName), use: "commands" });
  client.on("error", (error) => complaints.report("the alarms' connection to Redis", error));
  client.on("ready", () => complaints.settle("the alarms' connection to Redis"));
  const queues = openQueues(client, meshName, complaints);

  let rung: string[] = [];
  let gathering: NodeJS.Timeout | undefined;
  const look = () => {
    gathering = undefined;
    const [first = "", ...others] = rung;
    rung = [];
    const why = `the clock: ${first}${others.length === 0 ? "" : ` and ${others.length} more`}`;
    transport.signal({ topic: "look", why }).catch((error) => complaints.report("signalling", error));
  };
  const ring = async (job: Job) => {
    const { schedule } = job.data as { readonly schedule: string };
    // Its id ends in the instant it is due; its delay is nothing any more.
    options.onRing?.(schedule, new Date(Number(job.id?.split(":").at(-1))));
    rung.push(schedule);
    gathering ??= setTimeout(look, GATHER_MS);
  };

  const source = openJobSource({
    client,
    meshName,
    queue: QUEUE,
    complaints,
    take: ring,
    maxStartedAttempts: MAX_STARTED,
  });
  const pump = createPump({
    sources: [source.fetch],
    concurrency: 8,
    pollMs: options.pollMs ?? POLL_MS,
    complaints,
    what: "fetching alarms",
  });

  const reconcile = async (alarms: readonly Alarm[]): Promise<Reconciled> => {
    const queue = queues.queue(QUEUE);
    const known = new Map((await queue.getJobSchedulers(0, -1)).map((scheduler) => [scheduler.key, scheduler]));
    const wanted = new Map(alarms.map((alarm) => [alarm.id, alarm]));
    const stale = [...known.keys()].filter((key) => !wanted.has(key));
    // Setting one that is as it should be could schedule its next tick twice.
    const due = [...wanted].filter(([key, { cron, timezone }]) => {
      const found = known.get(key);
      const dead = found?.next === undefined || found.next < Date.now() - DEAD_MS;
      return found === undefined || found.pattern !== cron || found.tz !== timezone || dead;
    });
    for (let from = 0; from < stale.length; from += BATCH)
      await Promise.all(stale.slice(from, from + BATCH).map((key) => queue.removeJobScheduler(key)));
    for (let from = 0; from < due.length; from += BATCH)
      await Promise.all(due.slice(from, from + BATCH).map(([, alarm]) => setAlarm(queue, alarm)));
    return { set: due.length, removed: stale.length, kept: wanted.size - due.length };
  };

  return {
    reconcile: (alarms) => within(RECONCILE_MS, "setting the alarms", reconcile(alarms)),
    async close() {
      await pump.close();
      clearTimeout(gathering);
      await source.close();
      await within(COMMAND_TIMEOUT_MS, "closing", queues.close()).catch(() => undefined);
      client.disconnect();
    },
  };
}

async function setAlarm(queue: Queue, { id, cron, timezone }: Alarm): Promise<void> {
  const template = { name: "tick", data: { schedule: id } };
  try {
    await queue.upsertJobScheduler(id, { pattern: cron, tz: timezone }, template);
  } catch (error) {
    // Its next job is there after all: another process was faster, or the note of it was older than the job.
    if (!/already exists/.test(String(error))) throw error;
  }
}
