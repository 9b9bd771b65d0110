// Owns the description of the commands that hold work back and let it go on.
import { byOption, type CommandSpec, meshOptions } from "./command-spec.ts";

const WHAT =
  "`system`, `project:bookings`, `schedule:bookings.hourly`, `model:bookings.orders`, or `pool:` with the pool's name";
const by = byOption("Who does it; MESH_ACTOR or the user unless told");

export const holdingCommands: readonly CommandSpec[] = [
  {
    name: "pause",
    summary: "Hold back everything, a project, a schedule, a model or a pool",
    description:
      "From now on no run of the system, project or schedule begins, no task builds the model, no task takes a slot of the pool. What has begun goes on to its end. Ticks that pass meanwhile are due when it goes on, as the schedule's catch_up says. Pauses add up: what is paused twice goes on when both pauses have ended.",
    arguments: [{ name: "what", summary: WHAT }],
    options: [
      { name: "why", value: "text", summary: "Shown wherever the pause holds something back" },
      { name: "until", value: "duration", summary: "How long, such as 2h or 3d; until unpaused unless told" },
      by,
      ...meshOptions,
    ],
    examples: [
      {
        command: 'mesh pause schedule:bookings.hourly --why "bookings_db moves" --until 2h',
        does: "no hourly run begins for two hours",
      },
      { command: "mesh pause pool:store:bookings.bookings_db", does: "nothing reads the store any more" },
      { command: "mesh pause system", does: "no run of any schedule begins" },
    ],
    remote: true,
    load: () => import("./commands/pause.ts"),
  },
  {
    name: "unpause",
    summary: "Let go on what was paused",
    description: "Ends every pause of just this; a pause of its project or of the system is ended by that name.",
    arguments: [{ name: "what", summary: WHAT }],
    options: [by, ...meshOptions],
    examples: [{ command: "mesh unpause schedule:bookings.hourly", does: "let it go on" }],
    remote: true,
    load: () => import("./commands/unpause.ts"),
  },
  {
    name: "pauses",
    summary: "List what is paused: by whom, why, until when",
    description: "Lists the pauses in force, oldest first; with --all also those that are over.",
    arguments: [],
    options: [
      { name: "all", summary: "Also those that are over" },
      { name: "limit", value: "n", summary: "With --all at most this many; 50 unless told" },
      ...meshOptions,
    ],
    examples: [{ command: "mesh pauses", does: "why does nothing run?" }],
    remote: true,
    load: () => import("./commands/pauses.ts"),
  },
];
