// Owns the description of the commands about what is deployed.
import { byOption, type CommandSpec, meshOptions, type OptionSpec } from "./command-spec.ts";

const by = byOption("Who does it, for the history; MESH_ACTOR or this machine's user unless told");
const allowBreaking: OptionSpec = {
  name: "allow-breaking",
  summary: "Although consumers of public models would break; needs --why",
};

export const deploymentCommands: readonly CommandSpec[] = [
  {
    name: "deploy",
    summary: "Register projects for schedulers and workers",
    description:
      "Compiles projects over what is deployed of all others and registers those that changed: their models, schedules and the files that models need when they run. Runs under way keep what they began with; the next ones go by the new deployment. A change of a public model that breaks those who read it is refused, naming them and their owners. Exit code 1 when a project was refused or does not compile.",
    arguments: [],
    options: [
      {
        name: "project",
        value: "name",
        many: true,
        summary: "Only these, all or none; every project that can be deployed unless told",
      },
      { name: "note", value: "text", summary: "What it is, for the history" },
      by,
      allowBreaking,
      { name: "why", value: "text", summary: "Why a contract may break; kept with the deployment" },
      { name: "dry-run", summary: "Compile and judge, and register nothing" },
      ...meshOptions,
    ],
    examples: [
      { command: "mesh deploy --project bookings", does: "from the CI of one team: register its own project" },
      { command: "mesh deploy --project bookings --dry-run", does: "in a pull request: would it be refused?" },
      { command: "mesh deploy --note 'release 42'", does: "every project that changed" },
    ],
    load: () => import("./commands/deploy.ts"),
  },
  {
    name: "deployments",
    summary: "Show what is deployed, go back, or retire a project",
    description:
      "Without a word: the deployment in force of each project. With a project: its history, newest first. `rollback` puts an earlier deployment in force again; `retire` takes the project out, and what is published of it stays. Both are judged as `mesh deploy` is.",
    arguments: [
      { name: "what", summary: "A project, `rollback` or `retire`", optional: true },
      { name: "project", summary: "rollback, retire: the project", optional: true },
    ],
    options: [
      {
        name: "to",
        value: "deployment",
        summary: "rollback: the deployment, or the start of its id; the one before unless told",
      },
      { name: "why", value: "text", summary: "rollback, retire: why; kept in the history" },
      by,
      allowBreaking,
      { name: "limit", value: "n", summary: "At most this many; 20 unless told" },
      ...meshOptions,
    ],
    examples: [
      { command: "mesh deployments", does: "what is deployed now" },
      { command: "mesh deployments bookings", does: "the history of one project" },
      { command: "mesh deployments rollback bookings --why 'wrong join'", does: "back to the deployment before" },
      { command: "mesh deployments retire bookings --why 'moved to sales'", does: "no longer scheduled or built" },
    ],
    remote: true,
    load: () => import("./commands/deployments.ts"),
  },
];
