// Problems of a project's folder: its files, names and what two of its files say about one thing.
import { defineProblem } from "../define-problem.ts";

export const noProjects = defineProblem<{ globs: readonly string[] }>(
  { code: "project/none-found", doc: "The `projects` globs of mesh.config.ts match no folder." },
  ({ globs }) => ({
    message: `No project folder matches ${globs.map((g) => `"${g}"`).join(", ")}.`,
    help: "Make one with `mesh new project <name>`, or correct `projects` in mesh.config.ts.",
  }),
);

export const projectFileMissing = defineProblem<{ folder: string; near: string | undefined }>(
  { code: "project/no-project-file", doc: "A project's folder has no project.yml." },
  ({ folder, near }) => ({
    message: `${folder} has no project.yml.${near === undefined ? "" : ` Rename ${near} to project.yml.`}`,
    help: "Every project needs a project.yml with at least `name` and `owner`. To leave a folder out, add `!folder` to `projects` in mesh.config.ts.",
  }),
);

export const projectNameTaken = defineProblem<{ name: string; other: string }>(
  { code: "project/duplicate-project", doc: "Two folders declare the same project name." },
  ({ name, other }) => ({
    message: `The project name "${name}" is also declared in ${other}.`,
    help: "Give one of the two another name.",
  }),
);

export const modelDefinedTwice = defineProblem<{ model: string; other: string }>(
  {
    code: "project/duplicate-model",
    doc: "Two files of a project define a model of the same name: SQL, TypeScript, seed or snapshot.",
  },
  ({ model, other }) => ({
    message: `The model "${model}" is also defined in ${other}.`,
    help: "Rename or remove one of the two.",
  }),
);

export const testDefinedTwice = defineProblem<{ test: string; other: string }>(
  { code: "project/duplicate-test", doc: "Two files under tests/ have the same name." },
  ({ test, other }) => ({
    message: `The test "${test}" is also defined in ${other}.`,
    help: "Rename or remove one of the two.",
  }),
);

export const declaredTwice = defineProblem<{ what: string; name: string; other: string }>(
  {
    code: "project/duplicate-declaration",
    doc: "Two YAML entries describe the same model, seed, source table, column or report, so one of them would be lost.",
  },
  ({ what, name, other }) => ({
    message: `The ${what} "${name}" is also declared at ${other}.`,
    help: "Keep one of the two entries.",
  }),
);

export const keyInTwoPlaces = defineProblem<{ key: string; place: string; other: string }>(
  {
    code: "project/key-in-two-places",
    doc: "A key is given in two places that mean the same, such as on a model and under its `config`.",
  },
  ({ key, place, other }) => ({
    message: `"${key}" of ${place} is given twice; the other is at ${other}.`,
    help: "A key has one home: keep one of the two.",
  }),
);

export const nameInvalid = defineProblem<{ what: string; name: string }>(
  {
    code: "project/invalid-name",
    doc: "A name is not lower-case letters, digits and underscores, starting with a letter or underscore, or is too long.",
  },
  ({ what, name }) => ({
    message: `"${name}" cannot be the name of a ${what}.`,
    help: "Use lower-case letters, digits and underscores, starting with a letter or underscore, at most 100 characters.",
  }),
);

export const nameReserved = defineProblem<{ what: string; name: string }>(
  { code: "project/reserved-name", doc: "A name is taken by the warehouse or by mesh itself." },
  ({ what, name }) => ({
    message: `"${name}" is reserved and cannot be the name of a ${what}.`,
    help: "Choose another name.",
  }),
);

export const scheduleInvalid = defineProblem<{ schedule: string; reason: string; expected: string }>(
  { code: "project/bad-schedule", doc: "A schedule's cron expression or timezone is not valid." },
  ({ schedule, reason, expected }) => ({
    message: `The schedule "${schedule}" ${reason}.`,
    help: `Write ${expected}.`,
  }),
);

export const testEntryUnclear = defineProblem<{ reason: string }>(
  { code: "project/unclear-test", doc: "An entry under `data_tests` is in none of the forms dbt knows." },
  ({ reason }) => ({
    message: `This data test is not understood: ${reason}.`,
    help: "Write `- unique`, `- accepted_values: { arguments: { values: [a, b] } }`, or `- { test_name: unique, name: my_name }`.",
  }),
);

export const fileUnreadable = defineProblem<{ file: string; reason: string }>(
  { code: "project/unreadable-file", doc: "A file or folder of a project cannot be read." },
  ({ file, reason }) => ({
    message: `${file} cannot be read: ${reason}.`,
    help: "Check its permissions and that it is UTF-8 text.",
  }),
);

export const storeSettingUnsupported = defineProblem<{
  store: string;
  client: string;
  setting: string;
  reason: string;
}>(
  {
    code: "project/store-setting-unsupported",
    doc: "A key of a store in project.yml has no meaning for its kind of store: `readers` of a SQLite file, a time limit of connections where nothing connects.",
  },
  ({ store, client, setting, reason }) => ({
    message: `The store \`${store}\` sets \`${setting}\`, which a store of client \`${client}\` cannot have: ${reason}.`,
    help: `Leave \`${setting}\` out.`,
  }),
);
