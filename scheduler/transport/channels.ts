// Owns messages from process to process by Redis' channels. Whoever is away misses them: nothing may depend on them but speed.
import type { Redis } from "ioredis";
import type { Complaints } from "./complaints.ts";
import { within } from "./within.ts";

export interface Channels {
  /** Resolves when the channel is heard, or after a moment when Redis is away: it is heard from when Redis is back. */
  listen(channel: string, listener: (text: string) => void): Promise<() => Promise<void>>;
  close(): void;
}

const SUBSCRIBE_MS = 2_000;
const ALIVE_MS = 10_000;

/** `open` makes the connection; it is made when first listened. */
export function openChannels(open: () => Redis, complaints: Complaints): Channels {
  const listeners = new Map<string, Set<(text: string) => void>>();
  let client: Redis | undefined;
  let alive: NodeJS.Timeout | undefined;

  const connect = (): Redis => {
    if (client !== undefined) return client;
    const opened = open();
    client = opened;
    opened.on("error", (error) => complaints.report("listening to Redis", error));
    opened.on("ready", () => subscribe(opened));
    opened.on("message", (channel: string, text: string) => {
      for (const listener of listeners.get(channel) ?? []) {
        try {
          listener(text);
        } catch (error) {
          complaints.report(`a listener of ${channel}`, error);
        }
      }
    });
    // A connection on which nothing is ever asked would not notice that its other end is gone.
    alive = setInterval(() => {
      if (opened.status === "ready") subscribe(opened);
    }, ALIVE_MS);
    alive.unref();
    return opened;
  };

  // Asked on every new connection and then again: ioredis forgets what it was to hear when a connection breaks while it is asking.
  const subscribe = (to: Redis): void => {
    const channels = [...listeners.keys()];
    to.subscribe(...channels).then(
      () => complaints.settle("listening to Redis"),
      (error: unknown) => complaints.report("listening to Redis", error),
    );
  };

  return {
    async listen(channel, listener) {
      const known = listeners.get(channel);
      if (known !== undefined) known.add(listener);
      else listeners.set(channel, new Set([listener]));
      const subscribed = connect().subscribe(channel);
      await within(SUBSCRIBE_MS, "subscribing", subscribed).catch((error) =>
        complaints.report("listening to Redis", error),
      );
      return async () => {
        listeners.get(channel)?.delete(listener);
      };
    },
    close() {
      clearInterval(alive);
      listeners.clear();
      client?.disconnect();
    },
  };
}
