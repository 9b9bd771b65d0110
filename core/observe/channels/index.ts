// Ways of telling people, opened by the configuration when first used. May not know incidents or the state store's methods.
import { type AlertsConfig, type Environment, resolveConnection } from "../../config/index.ts";
import type { Channel } from "./channel.ts";

export interface ChannelSurroundings {
  readonly root: string;
  readonly env: Environment;
  /** Text of which no secret may be shown from now on. */
  readonly hide: (secret: string) => void;
}

/** The channel of a name; throws MeshError when a variable of its URL is not set, and undefined when there is none. */
export function openChannels({ channels }: AlertsConfig, { root, env, hide }: ChannelSurroundings) {
  const opened = new Map<string, Promise<Channel | undefined>>();
  const open = async (name: string): Promise<Channel | undefined> => {
    const channel = channels[name];
    if (!channel) return undefined;
    const resolve = (url: string) => {
      const place = { what: `the alert channel ${name}`, location: { file: "mesh.config.ts" } };
      const { value, secrets } = resolveConnection(url, env, place);
      // Whoever knows a webhook's address may write to it.
      for (const secret of channel.kind === "webhook" ? [...secrets, value] : secrets) hide(secret);
      return value;
    };
    switch (channel.kind) {
      case "webhook":
        return (await import("./webhook.ts")).createWebhookChannel({ ...channel, url: resolve(channel.url) });
      case "email":
        return (await import("./email.ts")).createEmailChannel({ ...channel, smtp: resolve(channel.smtp) });
      case "command":
        return (await import("./command.ts")).createCommandChannel({ ...channel, root, env });
    }
  };
  return {
    channel(name: string): Promise<Channel | undefined> {
      const known = opened.get(name);
      if (known) return known;
      const made = open(name);
      opened.set(name, made);
      // A variable that is not set may be set the next time.
      made.catch(() => opened.delete(name));
      return made;
    },
    async close(): Promise<void> {
      for (const channel of await Promise.all(opened.values())) channel?.close();
      opened.clear();
    },
  };
}

export type Channels = ReturnType<typeof openChannels>;
