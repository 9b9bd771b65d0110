// Owns the description of the commands about who may do what, and who did what.
import { type CommandSpec, meshOptions } from "./command-spec.ts";

export const accessCommands: readonly CommandSpec[] = [
  {
    name: "audit",
    summary: "Show who did what, newest first",
    description:
      "Shows the audit log: who asked, stopped, paused, published or deployed what, from where, and why. Entries are never changed; each carries a hash of itself and of the one before. --verify computes them all again and exits with 1 at the first that does not fit.",
    arguments: [],
    options: [
      { name: "subject", value: "name", summary: "Only what was done to this run, schedule, model or token" },
      { name: "actor", value: "name", summary: "Only what this user or token did" },
      { name: "since", value: "time", summary: "Only from then on: `24h`, `7d`, or a date such as 2026-03-01" },
      { name: "limit", value: "n", summary: "At most this many; 50 unless told" },
      { name: "verify", summary: "Check that no entry was changed, removed or put in" },
      ...meshOptions,
    ],
    examples: [
      { command: "mesh audit --since 7d", does: "what was done in the last week" },
      { command: "mesh audit --subject bookings.hourly", does: "what was done to one schedule" },
      { command: "mesh audit --verify", does: "is the log what was written?" },
    ],
    remote: true,
    load: () => import("./commands/audit.ts"),
  },
  {
    name: "token",
    summary: "Make, list and revoke tokens of the API",
    description:
      "A token lets a program or a person use the API and `--remote`. `create` prints it once; only a hash of it is stored. A token reads, or also operates (asks for runs, stops them, pauses schedules). Its name is written in the audit log with everything it does.",
    arguments: [
      { name: "action", summary: "What to do", choices: ["create", "list", "revoke"] },
      { name: "token", summary: "revoke: the token's name or id", optional: true },
    ],
    options: [
      { name: "name", value: "name", summary: "create: who or what uses it, such as ci" },
      { name: "role", value: "role", summary: "create: read (the default) or operate" },
      {
        name: "expires",
        value: "duration",
        summary: "create: how long it is good for, such as 90d; for ever unless told",
      },
      ...meshOptions,
    ],
    examples: [
      { command: "mesh token create --name ci --role operate --expires 90d", does: "make a token and print it, once" },
      { command: "mesh token list", does: "all tokens, and when each was used last" },
      { command: "mesh token revoke ci", does: "the token is good for nothing from now on" },
    ],
    load: () => import("./commands/token.ts"),
  },
];
