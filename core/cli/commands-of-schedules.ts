// Owns the description of the commands about schedules and the runs that schedulers and workers make.
import { byOption, type CommandSpec, fullRefresh, meshOptions, selection } from "./command-spec.ts";

export const scheduleCommands: readonly CommandSpec[] = [
  {
    name: "schedules",
    summary: "List schedules: when they are due next, and what became of their last run",
    description:
      "Lists the schedules of what is deployed, each with its next tick in its own zone, its last run, what becomes of missed ticks and of overlapping runs, and who holds it back. Schedules come into force when a scheduler sees the deployment.",
    arguments: [],
    options: [
      { name: "why", value: "schedule", summary: "Why this one is due or not: what it waits for, since when" },
      ...meshOptions,
    ],
    examples: [
      { command: "mesh schedules", does: "what runs when" },
      { command: "mesh schedules --why finance.on_orders", does: "why does it not run?" },
    ],
    remote: true,
    load: () => import("./commands/schedules.ts"),
  },
  {
    name: "trigger",
    summary: "Ask schedulers and workers for a run now",
    description:
      "Records a run of what is deployed, which a scheduler begins and workers do: the models of a schedule, or those selected. It comes before the runs of schedules, and neither waits for them nor holds them up. `mesh run` runs the working folder in its own process instead.",
    arguments: [{ name: "schedule", summary: "Such as bookings.hourly: the models of this schedule", optional: true }],
    options: [
      ...selection,
      fullRefresh,
      { name: "why", value: "text", summary: "Shown with the run, and kept in the audit log" },
      { name: "watch", summary: "Follow the run to its end, as `mesh watch` does" },
      byOption("Who asks; MESH_ACTOR or this machine's user unless told"),
      ...meshOptions,
    ],
    examples: [
      { command: 'mesh trigger bookings.hourly --why "the store was repaired"', does: "the hourly models, now" },
      { command: "mesh trigger --select daily_bookings+", does: "a model and what reads it" },
    ],
    remote: true,
    load: () => import("./commands/trigger.ts"),
  },
];
