// Owns what commands exist and what they take: help, parsing and the reference page are all made from this table.
// Loads descriptions only, because `mesh --help` must start as fast as Node itself.
import { type CommandSpec, discardHistory, fullRefresh, meshOptions, selection } from "./command-spec.ts";
import { accessCommands } from "./commands-of-access.ts";
import { backfillCommands } from "./commands-of-backfills.ts";
import { deploymentCommands } from "./commands-of-deployments.ts";
import { followingCommands } from "./commands-of-following.ts";
import { holdingCommands } from "./commands-of-holding.ts";
import { levelCommands } from "./commands-of-levels.ts";
import { processCommands } from "./commands-of-processes.ts";
import { scheduleCommands } from "./commands-of-schedules.ts";

export { type CommandSpec, globalOptions, type OptionSpec } from "./command-spec.ts";

export const commands: readonly CommandSpec[] = [
  {
    name: "init",
    summary: "Make a new mesh in an empty folder",
    description:
      "Writes a small mesh that runs at once and needs no store: a project with a seed, SQL models, a TypeScript model and tests. A store with a snapshot is there as a commented example.",
    arguments: [{ name: "folder", summary: "Empty or new folder; the present one unless told", optional: true }],
    options: [],
    examples: [
      { command: "mesh init my-mesh", does: "make my-mesh/, ready for `mesh run`" },
      { command: "mesh init", does: "make it in the present folder" },
    ],
    load: () => import("./commands/init.ts"),
  },
  {
    name: "new",
    summary: "Write a new project, model or snapshot",
    description:
      "Writes the files in the right place with their YAML entry. Comments and order of existing YAML stay; nothing is ever overwritten.",
    arguments: [
      { name: "kind", summary: "What to make", choices: ["project", "model", "snapshot"] },
      { name: "name", summary: "`bookings` for a project; `bookings.daily_bookings` for a model or snapshot" },
    ],
    options: [
      { name: "owner", value: "team", summary: "project: the team that owns it" },
      { name: "email", value: "address", summary: "project: where its alerts go" },
      { name: "folder", value: "path", summary: "model: folder under models/; `marts` unless told" },
      { name: "typescript", summary: "model: a TypeScript model instead of SQL" },
      {
        name: "from",
        value: "store.table",
        summary: "snapshot: the table to copy, such as bookings_db.orders; its columns are read from the store",
      },
      { name: "store", value: "name", summary: "snapshot: the store to read; the project's only one unless told" },
      { name: "table", value: "name", summary: "snapshot: the store's table; the snapshot's name unless told" },
      {
        name: "columns",
        value: "list",
        summary: "snapshot: columns to copy instead of the store's, as 'id bigint, created_at timestamp'",
      },
    ],
    examples: [
      {
        command: "mesh new project bookings --owner Bookings --email bookings-data@example.com",
        does: "make projects/bookings/",
      },
      { command: "mesh new model bookings.daily_bookings", does: "add a SQL model and its YAML entry" },
      {
        command: "mesh new snapshot bookings.orders --from bookings_db.orders",
        does: "declare a table with the columns it has in the store, and snapshot it",
      },
      {
        command: "mesh new snapshot bookings.orders --store bookings_db --columns 'id bigint, amount decimal(12,2)'",
        does: "the same with columns of your own",
      },
    ],
    load: () => import("./commands/new.ts"),
  },
  {
    name: "compile",
    summary: "Check all projects and write the manifest",
    description:
      "Compiles every project and shows every problem at once, by project. Needs no store and no warehouse. Exit code 1 when there is an error.",
    arguments: [],
    options: [{ name: "sql", value: "model", summary: "Print this model's compiled SQL instead" }, ...meshOptions],
    examples: [
      { command: "mesh compile", does: "check everything and write .mesh/manifest.json" },
      { command: "mesh compile --sql daily_bookings", does: "print the SQL of one model" },
      { command: "mesh compile --json", does: "every problem as data, for an editor or CI" },
    ],
    load: () => import("./commands/compile.ts"),
  },
  {
    name: "ls",
    summary: "List models",
    description: "Lists the selected models, in the order in which they are built.",
    arguments: [],
    options: [
      ...selection,
      {
        name: "output",
        value: "keys",
        summary: "Columns to show, comma-separated: id, kind, materialized, access, owner, path, tags, description",
      },
      ...meshOptions,
    ],
    examples: [
      { command: "mesh ls --select project:bookings", does: "the models of one project" },
      { command: "mesh ls -s +daily_bookings --output id", does: "ids of a model and all it reads, one a line" },
    ],
    load: () => import("./commands/ls.ts"),
  },
  {
    name: "plan",
    summary: "Show what a run would do, why, and whom it affects",
    description:
      "Shows each model that would be made with the reason, what is up to date or blocked, and the public models and downstream teams affected. Changes nothing.",
    arguments: [],
    options: [...selection, fullRefresh, discardHistory, ...meshOptions],
    examples: [
      { command: "mesh plan", does: "plan the whole mesh" },
      { command: "mesh plan --select stg_orders+", does: "one model and everything that reads it" },
    ],
    load: () => import("./commands/plan.ts"),
  },
  {
    name: "run",
    summary: "Snapshot, build, test and publish",
    description:
      "Runs the plan. Every build is tested before anyone can read it; a failure leaves the build published before in place. Ctrl-C stops cleanly, a second one at once.",
    arguments: [],
    options: [
      ...selection,
      fullRefresh,
      discardHistory,
      { name: "fail-fast", summary: "Stop at the first failure; unless told, everything that can run does" },
      { name: "threads", value: "n", summary: "Steps at once" },
      ...meshOptions,
    ],
    examples: [
      { command: "mesh run", does: "run the whole mesh" },
      { command: "mesh run --select daily_bookings+", does: "one model and everything that reads it" },
      { command: "mesh run -s tag:hourly --exclude project:finance", does: "by tag, without one project" },
      { command: "mesh run --json", does: "events as lines of JSON, then the result" },
    ],
    load: () => import("./commands/run.ts"),
  },
  ...backfillCommands,
  {
    name: "test",
    summary: "Run the tests on the published builds",
    description: "Runs the tests of the selected models on what readers see now. Publishes and changes nothing.",
    arguments: [],
    options: [...selection, ...meshOptions],
    examples: [{ command: "mesh test --select daily_bookings", does: "the tests of one model" }],
    load: () => import("./commands/test.ts"),
  },
  {
    name: "show",
    summary: "Show rows of a published model or of a query",
    description: "Prints rows as a table. In an inline query ref() works as in a model.",
    arguments: [{ name: "model", summary: "A model: `daily_bookings` or `bookings.daily_bookings`", optional: true }],
    options: [
      { name: "inline", value: "sql", summary: "A query instead of a model" },
      { name: "limit", value: "n", summary: "At most this many rows; 10 unless told" },
      ...meshOptions,
    ],
    examples: [
      { command: "mesh show daily_bookings --limit 5", does: "the first rows of a model" },
      { command: `mesh show --inline "select count(*) from {{ ref('orders') }}"`, does: "any query" },
    ],
    load: () => import("./commands/show.ts"),
  },
  {
    name: "builds",
    summary: "List builds, newest first",
    description: "Lists the builds that are kept, of one model or of all, and which of them are published.",
    arguments: [{ name: "model", summary: "Only the builds of this model", optional: true }],
    options: [{ name: "limit", value: "n", summary: "At most this many; 20 unless told" }, ...meshOptions],
    examples: [{ command: "mesh builds daily_bookings", does: "what rollback can go back to" }],
    remote: true,
    load: () => import("./commands/builds.ts"),
  },
  {
    name: "runs",
    summary: "List runs, newest first, or show one",
    description:
      "Lists the recorded runs with status, what caused them, logical date, start and duration. With a run's id, or the start of it: what it is, what it waits for, its tasks, and attempts that failed.",
    arguments: [{ name: "run", summary: "Show this run with its tasks", optional: true }],
    options: [
      { name: "schedule", value: "name", summary: "Only runs of this schedule, such as bookings.hourly" },
      { name: "limit", value: "n", summary: "At most this many; 20 unless told" },
      ...meshOptions,
    ],
    examples: [
      { command: "mesh runs --limit 5", does: "the last five runs" },
      { command: "mesh runs --schedule bookings.hourly", does: "the history of a schedule" },
      { command: "mesh runs 01kb2x", does: "one run: why does it wait, which task failed?" },
    ],
    remote: true,
    load: () => import("./commands/runs.ts"),
  },
  {
    name: "diff",
    summary: "Compare two builds of a model by key",
    description:
      "Counts the rows that were inserted, updated and deleted between two builds, and shows the first keys of each with the names of the columns that changed. Values of classified columns are masked. Any model with a unique_key, or with --key, can be compared.",
    arguments: [
      { name: "model", summary: "The model" },
      {
        name: "before",
        summary: "A build, as `mesh builds` lists it; the one published before unless told",
        optional: true,
      },
      { name: "after", summary: "A build; the published one unless told", optional: true },
    ],
    options: [
      {
        name: "key",
        value: "columns",
        summary: "Columns that tell rows apart, comma-separated; unique_key unless told",
      },
      { name: "rows", value: "n", summary: "Keys to show of each change; 10 unless told" },
      ...meshOptions,
    ],
    examples: [
      { command: "mesh diff orders", does: "what the last published build changed" },
      {
        command: "mesh diff daily_bookings 01jb2m0qv9 --key day --json",
        does: "a named build against the published one",
      },
    ],
    load: () => import("./commands/diff.ts"),
  },
  {
    name: "rollback",
    summary: "Publish an earlier build again",
    description:
      "Points the model's stable name at an earlier build that passed its tests: the one before the published one, or the one named.",
    arguments: [{ name: "model", summary: "The model" }],
    options: [
      { name: "to", value: "build", summary: "The build to publish, as `mesh builds` lists it" },
      { name: "why", value: "text", summary: "Kept in the audit log" },
      ...meshOptions,
    ],
    examples: [
      { command: "mesh rollback daily_bookings", does: "back to the build before" },
      { command: "mesh rollback daily_bookings --to 01jb2m0qv9", does: "to one build; the start of its id is enough" },
    ],
    load: () => import("./commands/rollback.ts"),
  },
  {
    name: "clean",
    summary: "Remove what crashed runs left and builds past retention",
    description:
      "Removes builds past retention and everything no live build claims. What is published is never touched.",
    arguments: [],
    options: [...meshOptions],
    examples: [{ command: "mesh clean", does: "make room" }],
    load: () => import("./commands/clean.ts"),
  },
  {
    name: "check-store",
    summary: "Tell what a store's schema would break",
    description:
      "For the CI of a service, after its migrations ran: compares every source declared of the store with the database or with a file of its schema. Exit code 1 when something breaks, naming products, owners and columns; 0 when only undeclared things differ; 2 when nothing was judged, because the store cannot be reached for example. Needs no state and no warehouse.",
    arguments: [{ name: "store", summary: "`bookings.bookings_db`, or the store's name alone" }],
    options: [
      { name: "connection", value: "url", summary: "The migrated database, instead of the declared connection" },
      {
        name: "schema",
        value: "file",
        summary: "A file instead: of --write-schema, or what pg_dump --schema-only, mysqldump --no-data, .schema wrote",
      },
      { name: "write-schema", value: "file", summary: "Write the store's schema to a file and compare nothing" },
      ...meshOptions,
    ],
    examples: [
      {
        command: 'mesh check-store bookings.bookings_db --connection "$CI_DATABASE_URL"',
        does: "does the migrated database still have all that was declared?",
      },
      { command: "mesh check-store bookings.bookings_db --schema structure.sql --json", does: "the same of a dump" },
    ],
    load: () => import("./commands/check-store.ts"),
  },
  {
    name: "doctor",
    summary: "Check that everything mesh needs is in order",
    description:
      "Checks the machine, the configuration, the state store, the warehouse and every store. Changes nothing.",
    arguments: [],
    options: [...meshOptions],
    examples: [{ command: "mesh doctor", does: "check; exit code 1 when something is wrong" }],
    load: () => import("./commands/doctor.ts"),
  },
  ...deploymentCommands,
  ...followingCommands,
  ...accessCommands,
  ...holdingCommands,
  ...processCommands,
  ...levelCommands,
  ...scheduleCommands,
];
