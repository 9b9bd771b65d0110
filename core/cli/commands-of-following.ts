// Owns the description of the commands that follow runs, stop them, and do what they left undone.
import { type CommandSpec, meshOptions, type OptionSpec } from "./command-spec.ts";

const why: OptionSpec = { name: "why", value: "text", summary: "Why, for people and for the audit log" };
const RUN = { name: "run", summary: "A run, as `mesh runs` lists it; the start of its id is enough" } as const;

export const followingCommands: readonly CommandSpec[] = [
  {
    name: "watch",
    summary: "Follow a run to its end",
    description:
      "Prints what happens to a run: its steps, what it publishes, workers lost. Ends with the run: exit code 0 when it succeeded, 130 when it was cancelled, else 1. Ctrl-C ends the watching, not the run.",
    arguments: [RUN],
    options: [...meshOptions],
    examples: [
      { command: "mesh watch 01jb2m0qv9", does: "from its beginning to its end" },
      { command: "mesh watch 01jb2m0qv9 --json", does: "events as lines of JSON" },
    ],
    remote: true,
    load: () => import("./commands/watch.ts"),
  },
  {
    name: "cancel",
    summary: "End a run",
    description:
      "What has not begun never does; what goes on is stopped, and nothing more of it is published. What it published stays. A run of `mesh run` on this machine is ended with Ctrl-C or by this as well.",
    arguments: [RUN],
    options: [why, ...meshOptions],
    examples: [{ command: 'mesh cancel 01jb2m0qv9 --why "wrong data"', does: "end it" }],
    remote: true,
    load: () => import("./commands/cancel.ts"),
  },
  {
    name: "resume",
    summary: "Do what an ended run left undone",
    description:
      "Runs what failed or never ran, reading the builds that the run had read, so that all of it shows one state of the world. --fresh plans the same models anew, by what is published now; of a backfill's run it reads the range again. A run of `mesh run` is resumed here, one of workers by workers.",
    arguments: [RUN],
    options: [
      { name: "fresh", summary: "Read what is published now instead of what the run read" },
      why,
      ...meshOptions,
    ],
    examples: [
      { command: "mesh resume 01jb2m0qv9", does: "the rest of it, with the same inputs" },
      { command: "mesh resume 01jb2m0qv9 --fresh", does: "the rest of it, with what is there now" },
    ],
    remote: true,
    load: () => import("./commands/resume.ts"),
  },
];
