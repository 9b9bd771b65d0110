// Problems of compiling: references, access, configuration, contracts, and what stands in for what is broken.
import { defineProblem } from "../define-problem.ts";

const didYouMean = (near: string | undefined, otherwise: string) =>
  near === undefined ? otherwise : `Did you mean ${near}? ${otherwise}`;

/** `ref('x')` or `ref('p', 'x')`, as its writer would write it. */
const asRef = (project: string | undefined, name: string) =>
  project === undefined ? `ref('${name}')` : `ref('${project}', '${name}')`;

export const manifestNotWritten = defineProblem<{ path: string; reason: string }>(
  {
    code: "compile/manifest-not-written",
    doc: "`mesh compile` cannot write the manifest: this account may not, or the disk is full.",
  },
  ({ path, reason }) => ({
    message: `The manifest cannot be written to ${path} (${reason}).`,
    help: "Give this account write access to the folder, or compile in a copy of it.",
  }),
);

export const refNotFound = defineProblem<{
  project: string | undefined;
  name: string;
  reader: string;
  /** A name of the same project that is nearly this one. */
  near: string | undefined;
  /** Other projects that have a model of this name. */
  elsewhere: readonly string[];
}>(
  {
    code: "compile/ref-not-found",
    doc: "A `ref()` names a model that its project does not have. `ref('x')` always means the own project.",
  },
  ({ project, name, reader, near, elsewhere }) => {
    const others = elsewhere.map((other) => asRef(other, name)).join(" or ");
    const own = project ?? reader;
    return {
      message:
        elsewhere.length > 0 && project === undefined
          ? `${asRef(project, name)}: the project "${own}" has no model "${name}", but ${elsewhere.join(", ")} ${elsewhere.length === 1 ? "has" : "have"}.`
          : `${asRef(project, name)}: the project "${own}" has no model "${name}".`,
      help:
        elsewhere.length > 0
          ? `Write ${others} to read the other project's model.`
          : didYouMean(
              near === undefined ? undefined : asRef(project, near),
              `\`mesh ls --select project:${own}\` shows its models.`,
            ),
    };
  },
);

export const refProjectNotFound = defineProblem<{
  project: string;
  name: string;
  near: string | undefined;
  known: readonly string[];
}>(
  { code: "compile/project-not-found", doc: "A `ref()` names a project that the mesh does not have." },
  ({ project, name, near, known }) => ({
    message: `${asRef(project, name)}: there is no project "${project}".`,
    help: didYouMean(near === undefined ? undefined : asRef(near, name), `Projects are ${known.join(", ")}.`),
  }),
);

export const refDisabled = defineProblem<{ model: string; at: string }>(
  { code: "compile/ref-disabled", doc: "A `ref()` names a model that is switched off with `enabled: false`." },
  ({ model, at }) => ({
    message: `${model} is switched off by \`enabled: false\` (${at}).`,
    help: "Remove the reference, or enable the model.",
  }),
);

export const refVersioned = defineProblem<{ project: string | undefined; name: string; version: string }>(
  {
    code: "compile/version-not-available",
    doc: "A `ref()` asks for a contract version of a model that has no versions.",
  },
  ({ project, name, version }) => ({
    message: `${asRef(project, name)} asks for version ${version}, but the model has no versions.`,
    help: `Write ${asRef(project, name)}.`,
  }),
);

export const accessDenied = defineProblem<{
  reader: string;
  model: string;
  access: "private" | "protected";
  group: string | undefined;
  owner: string;
}>(
  {
    code: "compile/access-denied",
    doc: "A model reads one that it may not: only public models are read across projects, and private ones only within their group.",
  },
  ({ reader, model, access, group, owner }) => {
    const circle =
      access === "protected"
        ? "only its own project may read it"
        : group === undefined
          ? "it has no group, so nothing may read it"
          : `only models of its project's group "${group}" may read it`;
    return {
      message: `${reader} reads ${model}, which is ${access}: ${circle}.`,
      help:
        access === "protected"
          ? `Read a public model of that project instead, or ask its owner (${owner}) to set \`access: public\`.`
          : `Put both models into one group of the same project, or ask its owner (${owner}) for another access.`,
    };
  },
);

export const sourceStoreNotFound = defineProblem<{
  store: string;
  table: string;
  project: string;
  near: string | undefined;
  known: readonly string[];
}>(
  {
    code: "compile/store-not-found",
    doc: "A `source()` or a `sources:` entry names a store that the project does not declare.",
  },
  ({ store, table, project, near, known }) => ({
    message: `source('${store}', '${table}'): the project "${project}" has no store "${store}".`,
    help: didYouMean(
      near === undefined ? undefined : `"${near}"`,
      known.length === 0 ? "Declare it under `stores:` of project.yml." : `Its stores are ${known.join(", ")}.`,
    ),
  }),
);

export const sourceNotFound = defineProblem<{ store: string; table: string; near: string | undefined }>(
  {
    code: "compile/source-not-found",
    doc: "A `source()` names a table that is not declared. Nothing undeclared is ever copied.",
  },
  ({ store, table, near }) => ({
    message: `source('${store}', '${table}') is not declared.`,
    help: didYouMean(
      near === undefined ? undefined : `source('${store}', '${near}')`,
      `Declare it: sources: [{ name: ${store}, tables: [{ name: ${table}, columns: [ … ] }] }].`,
    ),
  }),
);

export const sourceWithoutSnapshot = defineProblem<{ store: string; table: string }>(
  {
    code: "compile/source-without-snapshot",
    doc: "A query reads a `source()` that no snapshot of the project copies. SQL never reads a store itself: it reads the snapshot.",
  },
  ({ store, table }) => ({
    message: `source('${store}', '${table}') has no snapshot to read.`,
    help: `Add to a YAML file of the project: snapshots: [{ name: ${table}, relation: "source('${store}', '${table}')" }].`,
  }),
);

export const sourceAmbiguous = defineProblem<{ store: string; table: string; snapshots: readonly string[] }>(
  { code: "compile/source-ambiguous", doc: "A query reads a `source()` that several snapshots copy." },
  ({ store, table, snapshots }) => ({
    message: `source('${store}', '${table}') is copied by ${snapshots.join(" and ")}.`,
    help: `Write which one is meant: ${snapshots.map((name) => `ref('${name}')`).join(" or ")}.`,
  }),
);

export const snapshotWithoutRelation = defineProblem<{ snapshot: string }>(
  { code: "compile/snapshot-without-relation", doc: "A snapshot does not say which source it copies." },
  ({ snapshot }) => ({
    message: `The snapshot "${snapshot}" does not say what it copies.`,
    help: "Add `relation: source('store', 'table')`.",
  }),
);

export const propertiesWithoutFile = defineProblem<{
  resource: string;
  name: string;
  near: string | undefined;
  other: string | undefined;
}>(
  {
    code: "compile/properties-without-file",
    doc: "A YAML entry describes a model or a seed for which there is no file.",
  },
  ({ resource, name, near, other }) => ({
    message: `There is no ${resource === "seed" ? `seeds/${name}.csv` : `${name}.sql or ${name}.ts under models/`} for the ${resource} "${name}".`,
    help:
      other === undefined
        ? didYouMean(near === undefined ? undefined : `"${near}"`, "Add the file, or remove the entry.")
        : `"${name}" is a ${other}: describe it under \`${other}s:\`.`,
  }),
);

export const configCallInvalid = defineProblem<{ model: string; problem: string }>(
  { code: "compile/bad-config", doc: "A key given to `config()` is unknown or has a value it cannot have." },
  ({ model, problem }) => ({
    message: `config() of ${model}: ${problem}`,
    help: "Promises such as descriptions, columns and tests belong into YAML; docs/projects.md lists the keys of config().",
  }),
);

export const materializedNotForKind = defineProblem<{ model: string; materialized: string }>(
  {
    code: "compile/materialized-not-for-typescript",
    doc: "A TypeScript model cannot be a view: its rows exist only once they were made.",
  },
  ({ model, materialized }) => ({
    message: `${model} is a TypeScript model and cannot be materialized as ${materialized}.`,
    help: "Use table or incremental.",
  }),
);

export const strategyWithoutKey = defineProblem<{ model: string; strategy: string }>(
  {
    code: "compile/strategy-without-key",
    doc: "`incremental_strategy` is `merge` or `delete+insert`, but there is no `unique_key` to find the rows it replaces, so rows would double.",
  },
  ({ model, strategy }) => ({
    message: `${model}: incremental_strategy "${strategy}" needs a unique_key.`,
    help: "Add unique_key, or use incremental_strategy 'append' when rows only ever come.",
  }),
);

export const keyWithoutUse = defineProblem<{ model: string; key: string; needs: string }>(
  {
    code: "compile/config-without-effect",
    doc: "A configuration key would have no effect beside the others, which is hardly what was meant.",
  },
  ({ model, key, needs }) => ({
    message: `${model}: ${key} has no effect without ${needs}.`,
    help: `Add ${needs}, or remove ${key}.`,
  }),
);

export const keysExclusive = defineProblem<{ model: string; keys: readonly [string, string] }>(
  { code: "compile/config-contradicts", doc: "Two configuration keys contradict each other." },
  ({ model, keys }) => ({
    message: `${model}: ${keys[0]} and ${keys[1]} cannot both be given.`,
    help: "Keep one of them.",
  }),
);

export const scheduleNotFound = defineProblem<{
  schedule: string;
  project: string;
  near: string | undefined;
  known: readonly string[];
}>(
  { code: "compile/schedule-not-found", doc: "A model names a schedule that its project does not declare." },
  ({ schedule, project, near, known }) => ({
    message: `The project "${project}" has no schedule "${schedule}".`,
    help: didYouMean(
      near === undefined ? undefined : `"${near}"`,
      known.length === 0 ? "Declare it under `schedules:` of project.yml." : `Its schedules are ${known.join(", ")}.`,
    ),
  }),
);

export const publicWithoutDescription = defineProblem<{ model: string }>(
  {
    code: "compile/public-without-description",
    doc: "A public model has no description. Other teams build on it and must know what a row is.",
  },
  ({ model }) => ({
    message: `${model} is public but has no description.`,
    help: "Add `description:` to its entry in YAML, saying what one row is.",
  }),
);

export const configColumnNotFound = defineProblem<{
  model: string;
  key: string;
  column: string;
  near: string | undefined;
}>(
  { code: "compile/config-column-not-found", doc: "A configuration key names a column that the model does not have." },
  ({ model, key, column, near }) => ({
    message: `${model}: ${key} names the column "${column}", which the model does not have.`,
    help: didYouMean(near === undefined ? undefined : `"${near}"`, "Correct the name, or add the column to the query."),
  }),
);

export const variableNotSet = defineProblem<{ name: string; near: string | undefined }>(
  {
    code: "compile/variable-not-set",
    doc: "A template uses `var()` without a default, and the variable has no value.",
  },
  ({ name, near }) => ({
    message: `The variable "${name}" has no value.`,
    help: didYouMean(
      near === undefined ? undefined : `"${near}"`,
      `Set it with --vars '{"${name}": …}', under \`vars:\` of project.yml or mesh.config.ts, or give a default: var('${name}', …).`,
    ),
  }),
);

export const environmentNotSet = defineProblem<{ name: string }>(
  {
    code: "compile/environment-not-set",
    doc: "A template uses `env_var()` without a default, and the environment variable is not set.",
  },
  ({ name }) => ({
    message: `The environment variable ${name} is not set.`,
    help: `Set it, add it to the .env file, or give a default: env_var('${name}', '…').`,
  }),
);

export const environmentIsSecret = defineProblem<{ name: string; store: string }>(
  {
    code: "compile/environment-is-secret",
    doc: "A template prints an environment variable that is part of a store's connection. Compiled SQL is stored and shown, so the secret would be too.",
  },
  ({ name, store }) => ({
    message: `The environment variable ${name} belongs to the connection of the store "${store}" and may not be used in SQL.`,
    help: "Use another variable that holds no secret.",
  }),
);

export const upstreamBroken = defineProblem<{ what: string; reads: string; cause: string; at: string | undefined }>(
  {
    code: "compile/upstream-broken",
    doc: "Something reads a model that does not compile, so it is left out too. The model named as the cause carries the real problem.",
  },
  ({ what, reads, cause, at }) => ({
    message:
      reads === cause
        ? `${what} is left out because ${cause}, which it reads, does not compile.`
        : `${what} is left out because ${cause}, on which ${reads} depends, does not compile.`,
    help: `Correct ${cause} first${at === undefined ? "" : ` (${at})`}.`,
  }),
);

export const staleProject = defineProblem<{ project: string; errors: number }>(
  {
    code: "compile/stale-project",
    doc: "A project does not compile, so its last version that did stands in for it: other projects go on undisturbed and read what is published of it. Nothing of the project itself is built.",
  },
  ({ project, errors }) => ({
    message: `The project "${project}" has ${errors} error${errors === 1 ? "" : "s"}; its last version that compiled stands in for it.`,
    help: "Correct the errors shown; until then nothing of the project is built, and readers keep what is published.",
  }),
);

export const staleModelDropped = defineProblem<{ model: string; reads: string }>(
  {
    code: "compile/stale-model-dropped",
    doc: "A model of a project's last good version reads one that no longer exists or is no longer readable, so it is left out.",
  },
  ({ model, reads }) => ({
    message: `${model} is left out: the last version of its project that compiled reads ${reads}, which is gone.`,
    help: "Correct the errors of its project.",
  }),
);

export const contractColumnMissing = defineProblem<{ model: string; column: string; near: string | undefined }>(
  {
    code: "compile/contract-column-missing",
    doc: "An enforced contract promises a column that the model does not have.",
  },
  ({ model, column, near }) => ({
    message: `The contract of ${model} promises the column "${column}", which its query does not give.`,
    help: didYouMean(
      near === undefined ? undefined : `"${near}"`,
      "Add it to the query, or remove it from the contract.",
    ),
  }),
);

export const contractColumnUndeclared = defineProblem<{ model: string; column: string; type: string }>(
  {
    code: "compile/contract-column-undeclared",
    doc: "A model with an enforced contract has a column that the contract does not name.",
  },
  ({ model, column, type }) => ({
    message: `${model} has the column "${column}" (${type}), which its contract does not name.`,
    help: `Declare it: { name: ${column}, data_type: ${type} }, or remove it from the query.`,
  }),
);

export const contractTypeMissing = defineProblem<{ model: string; column: string; type: string | undefined }>(
  { code: "compile/contract-type-missing", doc: "An enforced contract names a column without its type." },
  ({ model, column, type }) => ({
    message: `The contract of ${model} gives no data_type for the column "${column}".`,
    help: type === undefined ? "Add `data_type:`." : `Add \`data_type: ${type}\`.`,
  }),
);

export const contractNotChecked = defineProblem<{ model: string; because: string }>(
  {
    code: "compile/contract-not-checked",
    doc: "The columns of a model with an enforced contract cannot be found without running it, so the contract is not checked by compiling.",
  },
  ({ model, because }) => ({
    message: `The contract of ${model} was not checked: ${because}.`,
    help: "Select the columns by name, with casts, from tables whose columns are known.",
  }),
);

export const dataTypeDiffers = defineProblem<{ model: string; column: string; declared: string; actual: string }>(
  { code: "compile/data-type-differs", doc: "The `data_type` written in YAML is not the type the column has." },
  ({ model, column, declared, actual }) => ({
    message: `${model}.${column} is declared as ${declared}, but is ${actual}.`,
    help: `Cast it in the query: cast(… as ${declared}), or declare ${actual}.`,
  }),
);

export const declaredColumnMissing = defineProblem<{ model: string; column: string; near: string | undefined }>(
  {
    code: "compile/column-not-found",
    doc: "A column is described in YAML that the model does not have. Its description and classification would protect nothing.",
  },
  ({ model, column, near }) => ({
    message: `${model} has no column "${column}".`,
    help: didYouMean(near === undefined ? undefined : `"${near}"`, "Correct or remove the entry."),
  }),
);

export const dataTypeUnknown = defineProblem<{ column: string; type: string; near: string | undefined }>(
  { code: "compile/unknown-type", doc: "A `data_type` is not a type of DuckDB." },
  ({ column, type, near }) => ({
    message: `The column "${column}" has the data_type "${type}", which is not a type.`,
    help: didYouMean(
      near,
      "Types are bigint, integer, double, decimal(p,s), varchar, boolean, date, timestamp, timestamptz, blob, json, …[] and struct(…).",
    ),
  }),
);

export const testReadsDescendant = defineProblem<{ test: string; model: string; reads: string }>(
  {
    code: "test/reads-descendant",
    doc: "A test guards one model but reads another that is built from it. The test runs before that other model is rebuilt, so it would judge old rows.",
  },
  ({ test, model, reads }) => ({
    message: `The test "${test}" guards ${model} but reads ${reads}, which is built from it.`,
    help: `Move the test to ${reads}: it then runs when both are built.`,
  }),
);

export const testGuardsNothing = defineProblem<{ test: string; project: string; reads: readonly string[] }>(
  {
    code: "test/guards-nothing",
    doc: "A test written in SQL reads no model of its own project. A test holds back a model that fails it, and that must be one of its owner's.",
  },
  ({ test, project, reads }) => ({
    message: `The test "${test}" reads ${reads.length === 0 ? "no model" : `only ${reads.join(", ")}`}, none of the project "${project}".`,
    help: "Read a model of the project with ref(), or move the test to the project whose models it judges.",
  }),
);

export const sourceWithoutColumns = defineProblem<{ source: string }>(
  {
    code: "compile/source-without-columns",
    doc: "A snapshot copies a source that declares no columns. Only declared columns are ever read, so there would be nothing to copy.",
  },
  ({ source }) => ({
    message: `The source ${source} declares no columns.`,
    help: "List the columns that may be read, each with its data_type, under `columns:` of the table.",
  }),
);

export const sourceColumnWithoutType = defineProblem<{ source: string; column: string }>(
  {
    code: "compile/source-column-without-type",
    doc: "A column of a source has no `data_type`, so what it lands as would be a guess.",
  },
  ({ source, column }) => ({
    message: `The column ${column} of the source ${source} has no data_type.`,
    help: "Add the DuckDB type it lands as, such as `data_type: bigint` or `data_type: varchar`.",
  }),
);

export const publishGroupOpen = defineProblem<{ group: string; model: string; before: string; after: string }>(
  {
    code: "compile/publish-group-open",
    doc: "A model outside a publish group reads one member and feeds another. The group could never be published at once.",
  },
  ({ group, model, before, after }) => ({
    message: `${model} stands between ${before} and ${after} of the publish group "${group}", but is not in the group.`,
    help: `Give ${model} the same \`publish: ${group}\`, or take one of the two out.`,
  }),
);
