// Owns the description of the commands about promises: how they stand, incidents, attainment, mutes.
import { type CommandSpec, meshOptions, selection } from "./command-spec.ts";

export const levelCommands: readonly CommandSpec[] = [
  {
    name: "freshness",
    summary: "Show whether the promises about the age of data are kept",
    description:
      "Judges every `sla` now: state, age of the oldest rows read, deadline, and what is to blame. Needs no scheduler and records nothing. Exit code 1 when a promise is broken.",
    arguments: [],
    options: [...selection, ...meshOptions],
    examples: [
      { command: "mesh freshness", does: "every promise of the mesh" },
      { command: "mesh freshness --select project:finance --json", does: "those of one project, as data" },
    ],
    remote: true,
    load: () => import("./commands/freshness.ts"),
  },
  {
    name: "incidents",
    summary: "List incidents, show one, acknowledge or resolve it",
    description:
      "Without an incident lists those that are open, newest first. With one shows what is affected, what was told to whom, and deliveries that failed. `ack` and `resolve` need --why. An incident ends by itself when its promises are kept again; one resolved while they are not opens again.",
    arguments: [
      { name: "incident", summary: "An incident; the start of its id is enough", optional: true },
      { name: "action", summary: "What to do", choices: ["ack", "resolve"], optional: true },
    ],
    options: [
      { name: "why", value: "text", summary: "ack, resolve: kept with the incident and in the audit log" },
      { name: "all", summary: "Also those that are over" },
      { name: "limit", value: "n", summary: "At most this many; 20 unless told" },
      ...meshOptions,
    ],
    examples: [
      { command: "mesh incidents", does: "what is wrong now, and whose" },
      { command: 'mesh incidents 01jb2m ack --why "calling the store team"', does: "say that somebody looks at it" },
    ],
    remote: true,
    load: () => import("./commands/incidents.ts"),
  },
  {
    name: "slo",
    summary: "Show how well promises were kept in a month",
    description:
      "For each promise: the share of minutes or slots in which it was kept, what may be missed by its `target`, and how much of that is used up. Closed days of its calendar do not count.",
    arguments: [],
    options: [
      { name: "month", value: "month", summary: "Such as 2026-11, in UTC; the present one unless told" },
      { name: "project", value: "name", summary: "Only the promises of this project" },
      ...meshOptions,
    ],
    examples: [{ command: "mesh slo --month 2026-11 --project finance", does: "one project in one month" }],
    remote: true,
    load: () => import("./commands/slo.ts"),
  },
  {
    name: "mute",
    summary: "Tell nobody about a model, source or project for a while",
    description:
      "Promises are judged and incidents recorded as before, but nobody is told until it ends; what is still broken then is told. --end ends it now.",
    arguments: [
      { name: "subject", summary: "`bookings`, `bookings.orders` or a source such as `bookings.bookings_db.orders`" },
    ],
    options: [
      { name: "for", value: "duration", summary: "How long, such as 2h" },
      { name: "why", value: "text", summary: "Shown by `mesh mutes` and kept in the audit log" },
      { name: "end", summary: "End the mutes of the subject" },
      ...meshOptions,
    ],
    examples: [
      { command: 'mesh mute bookings --for 2h --why "bookings_db moves"', does: "two hours of silence" },
      { command: "mesh mute bookings --end", does: "tell again" },
    ],
    remote: true,
    load: () => import("./commands/mute.ts"),
  },
  {
    name: "mutes",
    summary: "List what nobody is told about: by whom, why, until when",
    description: "Lists the mutes in force; with --all also those that are over, newest first.",
    arguments: [],
    options: [
      { name: "all", summary: "Also those that are over" },
      { name: "limit", value: "n", summary: "With --all at most this many; 50 unless told" },
      ...meshOptions,
    ],
    examples: [{ command: "mesh mutes", does: "why is it so quiet?" }],
    remote: true,
    load: () => import("./commands/mutes.ts"),
  },
];
