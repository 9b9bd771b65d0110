// Problems of using the command line.
import { defineProblem } from "../define-problem.ts";

const see = (command: string) => `See: mesh ${command} --help`;

export const commandMissing = defineProblem<Record<never, never>>(
  { code: "cli/command-missing", doc: "Options were given without a command." },
  () => ({ message: "No command was given.", help: "See: mesh --help" }),
);

export const unknownCommand = defineProblem<{ command: string; near: string | undefined }>(
  { code: "cli/unknown-command", doc: "mesh has no command of this name." },
  ({ command, near }) => ({
    message: `There is no command \`${command}\`.`,
    help: near === undefined ? "See: mesh --help" : `Did you mean: mesh ${near}`,
  }),
);

export const unknownOption = defineProblem<{ option: string; command: string; near: string | undefined }>(
  { code: "cli/unknown-option", doc: "The command has no option of this name." },
  ({ option, command, near }) => ({
    message: `\`mesh ${command}\` has no option \`${option}\`.`,
    help: near === undefined ? see(command) : `Did you mean \`${near}\`? ${see(command)}`,
  }),
);

export const optionNeedsValue = defineProblem<{ option: string; value: string }>(
  { code: "cli/option-needs-value", doc: "An option that takes a value stands without one." },
  ({ option, value }) => ({ message: `\`${option}\` needs a value.`, help: `Write it as: ${option} <${value}>` }),
);

export const optionTakesNoValue = defineProblem<{ option: string; value: string }>(
  { code: "cli/option-takes-no-value", doc: "A flag was given a value." },
  ({ option, value }) => ({
    message: `\`${option}\` takes no value, but was given \`${value}\`.`,
    help: `Write it as: ${option}`,
  }),
);

export const optionGivenTwice = defineProblem<{ option: string }>(
  { code: "cli/option-given-twice", doc: "An option that has one value was given more than once." },
  ({ option }) => ({ message: `\`${option}\` is given twice.`, help: "Leave one of the two." }),
);

export const noSuchTable = defineProblem<{ store: string; table: string; near: string | undefined }>(
  { code: "cli/no-such-table", doc: "The store has no table of that name that its user may read." },
  ({ store, table, near }) => ({
    message: `The store \`${store}\` has no table \`${table}\` that its user may read.`,
    help: near === undefined ? "Check the name, and that SELECT on it is granted." : `Did you mean \`${near}\`?`,
  }),
);

export const optionsExclude = defineProblem<{ option: string; other: string }>(
  { code: "cli/options-exclude", doc: "Two options were given of which only one can be meant." },
  ({ option, other }) => ({
    message: `\`${option}\` and \`${other}\` cannot be given together.`,
    help: "Leave one of the two.",
  }),
);

export const badOptionValue = defineProblem<{ option: string; value: string; expected: string }>(
  { code: "cli/bad-value", doc: "The value of an option has the wrong form." },
  ({ option, value, expected }) => ({
    message: `\`${option}\` cannot be \`${value}\`.`,
    help: `Expected ${expected}.`,
  }),
);

export const argumentMissing = defineProblem<{
  command: string;
  argument: string;
  choices: readonly string[] | undefined;
}>(
  { code: "cli/argument-missing", doc: "The command needs an argument that was not given." },
  ({ command, argument, choices }) => ({
    message: `\`mesh ${command}\` needs <${argument}>${choices ? `: ${choices.join(", ")}` : ""}.`,
    help: see(command),
  }),
);

export const badChoice = defineProblem<{
  argument: string;
  value: string;
  choices: readonly string[];
  near: string | undefined;
}>(
  { code: "cli/bad-choice", doc: "An argument is not one of the words allowed." },
  ({ argument, value, choices, near }) => ({
    message: `<${argument}> cannot be \`${value}\`.${near === undefined ? "" : ` Did you mean \`${near}\`?`}`,
    help: `Expected one of: ${choices.join(", ")}`,
  }),
);

export const tooManyArguments = defineProblem<{ command: string; extra: string; selects: boolean }>(
  { code: "cli/too-many-arguments", doc: "More arguments were given than the command takes." },
  ({ command, extra, selects }) => ({
    message: `\`mesh ${command}\` has no place for \`${extra}\`.`,
    help: selects ? `To choose models: mesh ${command} --select ${extra}` : see(command),
  }),
);

export const conflictingUse = defineProblem<{ what: string; expected: string }>(
  {
    code: "cli/conflicting-use",
    doc: "The command was given things that exclude each other, or none of several of which it needs one.",
  },
  ({ what, expected }) => ({ message: what, help: expected }),
);

export const folderNotEmpty = defineProblem<{ folder: string; found: readonly string[] }>(
  {
    code: "cli/folder-not-empty",
    doc: "`mesh init` writes only into an empty or new folder, or one that holds no more than an npm package installed into it.",
  },
  ({ folder, found }) => ({
    message: `${folder} is not empty: it has ${found.slice(0, 3).join(", ")}${found.length > 3 ? ` and ${found.length - 3} more` : ""}.`,
    help: "Name a new folder: mesh init my-mesh",
  }),
);

export const alreadyExists = defineProblem<{ what: string }>(
  { code: "cli/already-exists", doc: "What `mesh new` would write is there already; it never overwrites." },
  ({ what }) => ({ message: `${what} exists already.`, help: "Choose another name, or edit what is there." }),
);

export const badName = defineProblem<{ name: string; expected: string }>(
  {
    code: "cli/bad-name",
    doc: "A name for something new is not usable: names are lower-case letters, digits and underscores.",
  },
  ({ name, expected }) => ({ message: `\`${name}\` cannot be the name.`, help: `Expected ${expected}.` }),
);

export const noSuchProject = defineProblem<{ project: string; near: string | undefined; projects: readonly string[] }>(
  { code: "cli/no-such-project", doc: "The project named on the command line does not exist." },
  ({ project, near, projects }) => ({
    message: `There is no project \`${project}\`.${near === undefined ? "" : ` Did you mean \`${near}\`?`}`,
    help:
      projects.length === 0
        ? `Make it first: mesh new project ${project}`
        : `Projects: ${projects.join(", ")}. Make a new one: mesh new project ${project}`,
  }),
);

export const noSuchStore = defineProblem<{ project: string; store: string | undefined; stores: readonly string[] }>(
  { code: "cli/no-such-store", doc: "A snapshot needs a store that its project declares in project.yml." },
  ({ project, store, stores }) => ({
    message:
      store === undefined
        ? `${project} declares ${stores.length === 0 ? "no store" : "several stores"}.`
        : `${project} declares no store \`${store}\`.`,
    help:
      stores.length === 0
        ? `Add one under \`stores:\` in the project.yml of ${project}.`
        : `Say which: ${stores.map((name) => `--store ${name}`).join(" or ")}`,
  }),
);

export const buildNotClear = defineProblem<{ model: string; wanted: string; matches: readonly string[] }>(
  {
    code: "cli/build-not-clear",
    doc: "The start of a build's id fits no build of the model, or several.",
  },
  ({ model, wanted, matches }) => ({
    message:
      matches.length === 0
        ? `${model} has no build whose id starts with \`${wanted}\`.`
        : `\`${wanted}\` fits ${matches.length} builds of ${model}: ${matches.join(", ")}.`,
    help: `See them with: mesh builds ${model}`,
  }),
);
