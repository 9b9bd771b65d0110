// Owns who is told of an incident: the owner of its cause, by the channels of the configuration.
import type { AlertsConfig } from "../config/index.ts";
import type { IncidentCause, NewAlert } from "../state/index.ts";

/** Empty when there is no channel for it: the incident is recorded all the same. */
export function routeAlert({ project, owner }: IncidentCause, config: AlertsConfig): NewAlert["deliveries"] {
  const to = (name: string) => {
    const channel = config.channels[name];
    if (channel?.kind === "email") {
      const recipient = channel.to ?? owner.email;
      return recipient === undefined ? [] : [{ channel: name, recipient }];
    }
    return channel ? [{ channel: name, recipient: channel.kind === "webhook" ? (owner.slack ?? "") : "" }] : [];
  };
  const routed = config.routes[project];
  const own = [
    ...(config.owners.slack !== undefined && owner.slack !== undefined ? to(config.owners.slack) : []),
    ...(config.owners.email !== undefined && owner.email !== undefined ? to(config.owners.email) : []),
  ];
  const chosen = routed ? routed.flatMap(to) : own;
  const found = chosen.length > 0 ? chosen : config.default.flatMap(to);
  return found.filter(
    (one, i) =>
      found.findIndex(({ channel, recipient }) => channel === one.channel && recipient === one.recipient) === i,
  );
}
