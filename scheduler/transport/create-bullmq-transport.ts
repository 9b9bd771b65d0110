// Owns the transport over BullMQ: tickets as jobs that carry ids only, signals as messages. May lose all of it: the state store is the truth.
import { setMaxListeners } from "node:events";
import type { Job, Telemetry } from "bullmq";
import { problems } from "../../core/errors/index.ts";
import { SIGNAL_TOPICS, type Signal, type Transport } from "../../core/execute/index.ts";
import type { Ticket, WorkerClass } from "../../core/state/index.ts";
import type { Log } from "../duty.ts";
import { COMMAND_TIMEOUT_MS, type FoundRedis, openClient } from "../redis/index.ts";
import { openChannels } from "./channels.ts";
import { type Complaints, createComplaints } from "./complaints.ts";
import { jobIdOf, prefixOf, signalChannelOf, workChannelOf } from "./names.ts";
import { createPump } from "./pump.ts";
import { openQueues } from "./queues.ts";
import { openJobSource } from "./take-jobs.ts";
import { within } from "./within.ts";

export interface BullmqTransportOptions {
  readonly redis: Pick<FoundRedis, "address" | "place" | "secrets">;
  /** Meshes that share a Redis, and targets of one mesh, must not share this name: see `transportNameOf`. */
  readonly meshName: string;
  readonly log: Log;
  /** How often a consumer looks for tickets unasked. Default: 1 s. */
  readonly pollMs?: number;
  /** BullMQ's own spans; see `loadQueueTelemetry`. */
  readonly telemetry?: Telemetry | undefined;
  /** Called for every failure, those that are logged once together included. */
  readonly onFailure?: (doing: TransportDoing) => void;
}

export type TransportDoing = "connect" | "fetch" | "listen" | "offer" | "signal";

const CHUNK = 500;
const POLL_MS = 1_000;

/** Tickets of two state stores must never meet in one Redis. */
export function transportNameOf(config: { readonly name: string; readonly target: { readonly name: string } }): string {
  return `${config.name}-${config.target.name}`;
}

export function createBullmqTransport(options: BullmqTransportOptions): Transport {
  const { redis, meshName, log, pollMs = POLL_MS } = options;
  const redact = (text: string) => redis.secrets.reduce((out, secret) => out.replaceAll(secret, "***"), text);
  const complaints = createComplaints(log, redact);
  const countedAs = (doing: TransportDoing): Complaints => ({
    settle: complaints.settle,
    report(what, error) {
      options.onFailure?.(doing);
      complaints.report(what, error);
    },
  });
  const open = (use: "commands" | "listening") => openClient(redis.address, { name: prefixOf(meshName), use });

  const commands = open("commands");
  setMaxListeners(0, commands);
  commands.on("error", (error) => countedAs("connect").report("the connection to Redis", error));
  commands.on("ready", () => complaints.settle("the connection to Redis"));
  const queues = openQueues(commands, meshName, countedAs("connect"), options.telemetry);
  const channels = openChannels(() => open("listening"), countedAs("listen"));
  const consumers = new Set<{ close(): Promise<void> }>();

  const put = async (workerClass: WorkerClass, tickets: readonly Ticket[], again: boolean) => {
    const queue = queues.queue(workerClass);
    // A job that a dead worker had fetched is locked for a while: beside it goes another.
    const fetched = again ? await queue.getRanges(["active"], 0, -1) : [];
    const jobs = tickets.map(({ runId, task, fence }) => ({
      name: "task",
      data: { runId, task, fence },
      opts: { jobId: jobIdOf({ runId, task, fence }, fetched) },
    }));
    for (let from = 0; from < jobs.length; from += CHUNK) await queue.addBulk(jobs.slice(from, from + CHUNK));
  };

  return {
    kind: "bullmq",

    async offer(tickets, { again = false } = {}) {
      if (tickets.length === 0) return;
      const byClass = new Map<WorkerClass, Ticket[]>();
      for (const ticket of tickets) {
        const own = byClass.get(ticket.workerClass);
        if (own === undefined) byClass.set(ticket.workerClass, [ticket]);
        else own.push(ticket);
      }
      const putAll = async () => {
        for (const [workerClass, own] of byClass) await put(workerClass, own, again);
        await commands.publish(workChannelOf(meshName), [...byClass.keys()].join(" "));
      };
      try {
        // BullMQ waits for a connection without end; what is not connected cannot take anything now.
        if (commands.status === "reconnecting" || commands.status === "close" || commands.status === "end")
          throw new Error("there is no connection to it");
        await within(COMMAND_TIMEOUT_MS * Math.ceil(tickets.length / CHUNK), "offering", putAll());
      } catch (cause) {
        options.onFailure?.("offer");
        const reason = redact(cause instanceof Error ? cause.message : String(cause));
        const what = `${tickets.length} ${tickets.length === 1 ? "ticket" : "tickets"}`;
        throw problems.redisNoAnswer({ place: redis.place, what, reason }, { cause, retryable: true });
      }
    },

    async consume(classes, concurrency, take) {
      const sources = classes.map((workerClass) =>
        openJobSource({
          telemetry: options.telemetry,
          client: commands,
          meshName,
          queue: workerClass,
          complaints: countedAs("fetch"),
          take: (job) => take(ticketOf(job, workerClass)),
        }),
      );
      const pump = createPump({
        sources: sources.map((source) => source.fetch),
        concurrency,
        pollMs,
        complaints: countedAs("fetch"),
        what: `fetching tickets of ${classes.join(", ")}`,
      });
      const deaf = await channels.listen(workChannelOf(meshName), (text) => {
        const named = new Set(text.split(" "));
        const places = classes.flatMap((workerClass, place) => (named.has(workerClass) ? [place] : []));
        if (places.length > 0) pump.wake(places);
      });
      let closing: Promise<void> | undefined;
      const consumer = {
        close: () =>
          (closing ??= (async () => {
            await deaf();
            await pump.close();
            await Promise.all(sources.map((source) => source.close()));
            consumers.delete(consumer);
          })()),
      };
      consumers.add(consumer);
      return consumer;
    },

    async signal(signal) {
      try {
        await commands.publish(signalChannelOf(meshName, signal.topic), JSON.stringify(signal));
        complaints.settle("signalling");
      } catch (error) {
        countedAs("signal").report("signalling", error);
      }
    },

    async onSignal(listener, topics = SIGNAL_TOPICS) {
      const hear = (text: string) => {
        const signal = readSignal(text);
        if (signal !== undefined) listener(signal);
      };
      const ends = await Promise.all(topics.map((topic) => channels.listen(signalChannelOf(meshName, topic), hear)));
      return async () => void (await Promise.all(ends.map((end) => end())));
    },

    async close() {
      await Promise.all([...consumers].map((consumer) => consumer.close()));
      channels.close();
      await within(COMMAND_TIMEOUT_MS, "closing", queues.close()).catch(() => undefined);
      commands.disconnect();
    },
  };
}

function ticketOf(job: Job, workerClass: WorkerClass): Ticket {
  const { runId, task, fence } = job.data as { readonly runId: string; readonly task: string; readonly fence: number };
  return { runId, task, fence, workerClass };
}

const TOPICS: ReadonlySet<unknown> = new Set(SIGNAL_TOPICS);

/** Undefined for what another version of mesh says. */
function readSignal(text: string): Signal | undefined {
  try {
    const signal = JSON.parse(text) as Partial<Signal> | null;
    return TOPICS.has(signal?.topic) ? (signal as Signal) : undefined;
  } catch {
    return undefined;
  }
}
