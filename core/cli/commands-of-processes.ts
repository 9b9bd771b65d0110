// Owns the description of the commands that run until they are told to end.
import { type CommandSpec, meshOptions, type OptionSpec } from "./command-spec.ts";

const processOptions: readonly OptionSpec[] = [
  { name: "port", value: "n", summary: "Port of /healthz, /readyz and /metrics; any free one unless told" },
  { name: "host", value: "address", summary: "Address they listen on; 127.0.0.1 unless told" },
  {
    name: "grace",
    value: "duration",
    summary: "How long work may go on after the first SIGTERM or Ctrl-C; 60s unless told",
  },
  { name: "log-level", value: "level", summary: "debug, info, warn or error; info unless told" },
];

export const processCommands: readonly CommandSpec[] = [
  {
    name: "scheduler",
    summary: "Run schedules, conditions, deadlines and alerts until told to end",
    description:
      "Looks after everything that has its time: schedules, conditions, backfills, admission of tasks, lost workers, deadlines and alerts. Any number of schedulers may run; none is the leader, and losing all of them loses nothing. It performs no task itself: that is `mesh worker`, or --with-workers on one machine. Logs go to stdout, as JSON unless it is a terminal.",
    arguments: [],
    options: [
      { name: "with-workers", value: "n", summary: "Start so many workers with it, which end with it" },
      { name: "api-port", value: "n", summary: "Serve the HTTP API on this port; it is not served unless told" },
      { name: "api-host", value: "address", summary: "Address the API listens on; 127.0.0.1 unless told" },
      {
        name: "clock",
        value: "time*speed",
        summary:
          "Rehearse, on a state store of its own: schedules and deadlines begin at this time and go so many times as fast",
      },
      ...processOptions,
      ...meshOptions,
    ],
    examples: [
      { command: "mesh scheduler --with-workers 1", does: "all that one machine needs" },
      { command: "mesh scheduler --port 9100 --grace 2m", does: "one of several, watched on a fixed port" },
      { command: "mesh scheduler --clock '2026-10-24T22:00:00Z*240'", does: "a night in minutes, for a rehearsal" },
    ],
    load: () => import("./commands/scheduler.ts"),
  },
  {
    name: "worker",
    summary: "Perform the tasks of scheduled runs until told to end",
    description:
      "Takes tasks and performs each in a child process of its own, so that a model that crashes, hangs or eats memory costs only its own task. SIGTERM or Ctrl-C: it takes nothing more, lets tasks end within --grace and gives the others back, without counting an attempt; a second one ends it at once. Logs go to stdout, as JSON unless it is a terminal.",
    arguments: [],
    options: [
      {
        name: "class",
        value: "list",
        summary: "What it takes, comma-separated: extract, duckdb, ts, bigquery; everything unless told",
      },
      {
        name: "concurrency",
        value: "n",
        summary: "Tasks at once, each in its own process; the number of processors unless told",
      },
      {
        name: "child-memory",
        value: "size",
        summary: "Limit of JavaScript's memory in a child process, such as 2GB; Node's own unless told",
      },
      {
        name: "child-rss",
        value: "size",
        summary: "A child process that holds more after a task is replaced; 2GB unless told",
      },
      { name: "child-tasks", value: "n", summary: "A child process is replaced after so many tasks; 1000 unless told" },
      ...processOptions,
      ...meshOptions,
    ],
    examples: [
      { command: "mesh worker", does: "take everything, with as many processes as there are processors" },
      { command: "mesh worker --class extract --concurrency 8", does: "read stores only, eight at once" },
    ],
    load: () => import("./commands/worker.ts"),
  },
];
