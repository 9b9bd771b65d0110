// Owns the description of the commands about backfills.
import { byOption, type CommandSpec, meshOptions } from "./command-spec.ts";

export const backfillCommands: readonly CommandSpec[] = [
  {
    name: "backfill",
    summary: "Read a range of a snapshot's source again",
    description:
      "Reads the rows from --from (inclusive) to --to (exclusive) again and puts them onto the published build: by key for the strategies incremental and timestamp, in place of the range for append. Tests and publishes as `mesh run` does. How far the source has been read stays as it was. With --every or --schedule the range is cut into windows, each read by a run of its own: here one after another, or with --detach by schedulers and workers.",
    arguments: [{ name: "snapshot", summary: "`orders` or `bookings.orders`" }],
    options: [
      {
        name: "from",
        value: "value",
        summary: "First value of the cursor, or of updated_at; from the beginning unless told",
      },
      { name: "to", value: "value", summary: "Value before which it ends; to the end unless told" },
      { name: "every", value: "step", summary: "Cut the range into windows: 1d, 12h, or 100000 of an integer" },
      { name: "schedule", value: "id", summary: "Cut it at the ticks of a schedule, such as bookings.hourly" },
      { name: "timezone", value: "zone", summary: "Whose days 1d means, for times with a zone; UTC unless told" },
      {
        name: "reprocess",
        value: "which",
        summary: "Windows to read: missing (never read), failed (those too), all (the default)",
      },
      { name: "order", value: "order", summary: "Begin with the oldest window (the default) or the newest" },
      { name: "dry-run", summary: "Show the windows and what would be done; do nothing" },
      { name: "detach", summary: "Leave it to schedulers and workers and come back at once" },
      { name: "max-active", value: "n", summary: "With --detach: how many windows at once; 1 unless told" },
      { name: "why", value: "text", summary: "Shown with the backfill" },
      ...meshOptions,
    ],
    examples: [
      { command: "mesh backfill orders --from 2024-01-01 --to 2024-02-01", does: "one month again" },
      { command: "mesh backfill clicks --from 1200000", does: "an integer cursor, from there on" },
      {
        command: "mesh backfill orders --from 2024-01-01 --to 2025-01-01 --every 1d --reprocess failed --detach",
        does: "a year, day by day, by the workers; days that were read are left out",
      },
    ],
    onlyHere: "Its bounds are read by the warehouse, as the type of the column writes them, and the API opens none.",
    load: () => import("./commands/backfill.ts"),
  },
  {
    name: "backfills",
    summary: "List backfills, show one with its windows, cancel one",
    description:
      "Without arguments lists backfills, newest first, with how far they are. With an id shows its windows and the run of each. `cancel` and an id: no window begins any more, runs that wait or go on are stopped, what is published stays. Its windows can be read by another backfill.",
    arguments: [
      { name: "what", summary: "A backfill's id, or `cancel`", optional: true },
      { name: "backfill", summary: "cancel: the backfill's id", optional: true },
    ],
    options: [
      { name: "open", summary: "Only those that are not over" },
      { name: "limit", value: "n", summary: "At most this many; 20 unless told" },
      { name: "why", value: "text", summary: "cancel: the reason, shown with the backfill and its runs" },
      byOption("cancel: who does it; MESH_ACTOR or the user unless told"),
      ...meshOptions,
    ],
    examples: [
      { command: "mesh backfills", does: "all backfills and how far they are" },
      { command: "mesh backfills 01jb2m0qv9", does: "one, window by window; the start of its id is enough" },
      { command: 'mesh backfills cancel 01jb2m0qv9 --why "wrong month"', does: "stop it and all its runs" },
    ],
    remote: true,
    load: () => import("./commands/backfills.ts"),
  },
];
