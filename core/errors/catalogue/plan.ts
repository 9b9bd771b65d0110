// Problems of planning and running.
import { defineProblem } from "../define-problem.ts";

export const stepsWaitForEachOther = defineProblem<{ steps: readonly string[] }>(
  {
    code: "plan/steps-wait-for-each-other",
    doc: "Steps of the plan wait for each other, which happens when a model outside a publish group reads one member and feeds another.",
  },
  ({ steps }) => ({
    message: `These steps wait for each other: ${steps.join(" -> ")}.`,
    help: "Put every model between the members of a publish group into the group too, or split the group.",
  }),
);

export const inputNeverBuilt = defineProblem<{ reader: string; model: string }>(
  { code: "run/input-never-built", doc: "A test or a query reads a model that has no published build." },
  ({ reader, model }) => ({
    message: `${reader} reads ${model}, which has never been published.`,
    help: `Build it first: mesh run --select ${model}`,
  }),
);

export const sourceTableMissing = defineProblem<{
  source: string;
  table: string;
  owner: string;
  near: string | undefined;
}>(
  {
    code: "extract/table-missing",
    doc: "A declared source table does not exist in its store, or the account may not read it.",
  },
  ({ source, table, owner, near }) => ({
    message: `${source}: the store has no table ${table} that this account can read.${near === undefined ? "" : ` Did you mean ${near}?`}`,
    help: `Check the source's \`identifier\` and \`schema\`, and that the account was granted SELECT on it; ${owner} owns the store.`,
  }),
);

export const sourceColumnsMissing = defineProblem<{
  source: string;
  owner: string;
  missing: readonly { column: string; near: string | undefined }[];
}>(
  {
    code: "extract/columns-missing",
    doc: "Declared columns do not exist in the store's table: the contract is broken at its source.",
  },
  ({ source, owner, missing }) => ({
    message: `${source}: the store's table has no column ${missing
      .map(({ column, near }) => (near === undefined ? column : `${column} (did you mean ${near}?)`))
      .join(", ")}.`,
    help: `Ask ${owner} whether the column was renamed or dropped, then change the source's columns to match.`,
  }),
);

export const cancelled = defineProblem<{ what: string }>(
  { code: "run/cancelled", doc: "The run was cancelled before this step finished. Nothing of the step was published." },
  ({ what }) => ({
    message: `${what} was cancelled.`,
    help: "Run it again; what was published before stays published.",
  }),
);

export const taskTimedOut = defineProblem<{ task: string; timeoutMs: number }>(
  {
    code: "run/timed-out",
    doc: "A model took longer than its `timeout` allows. It was stopped, and nothing of it was published.",
  },
  ({ task, timeoutMs }) => ({
    message: `${task} took longer than its timeout of ${timeoutMs / 1_000} s and was stopped.`,
    help: "Make the model cheaper, or give it more time: `timeout` in its configuration.",
  }),
);

export const taskReturned = defineProblem<{ task: string }>(
  {
    code: "run/task-returned",
    doc: "The process that worked on a task was told to end. Another one does the task again.",
  },
  ({ task }) => ({
    message: `${task} was given back because its worker ends.`,
    help: "Nothing to do: another worker takes it.",
  }),
);

export const taskQuarantined = defineProblem<{ task: string; losses: number; reason: string }>(
  {
    code: "run/quarantined",
    doc: "The worker died each time it worked on this task: the task is taken to be the cause and is not tried again in this run.",
  },
  ({ task, losses, reason }) => ({
    message: `${task} was tried ${losses} times and each time its worker was lost: ${reason}`,
    help: "Look at what the model does (memory, native code, process.exit), change it and deploy; a run asked for by hand tries it again at once.",
  }),
);

export const workerLost = defineProblem<{ task: string; reason: string }>(
  { code: "run/worker-lost", doc: "The process that worked on a task died or was cut off. The task is done again." },
  ({ task, reason }) => ({
    message: `The worker of ${task} was lost: ${reason}.`,
    help: "Nothing to do unless it repeats: another worker takes the task.",
  }),
);

export const typescriptModelFailed = defineProblem<{ model: string; reason: string; rows: number }>(
  { code: "run/typescript-model-failed", doc: "The `rows` function of a TypeScript model threw an error." },
  ({ model, reason, rows }) => ({
    message: `${model}: its rows function failed after ${rows} rows: ${reason}`,
    help: "Nothing of it was published. Correct the function at the place shown.",
  }),
);

export const sqlModelFailed = defineProblem<{ model: string; reason: string }>(
  { code: "run/sql-failed", doc: "The warehouse refused or failed a model's query while it ran." },
  ({ model, reason }) => ({
    message: `${model}: ${reason}`,
    help: "Correct the query at the place shown; `mesh compile --sql <model>` prints it as compiled.",
  }),
);

export const noBuildToRollBackTo = defineProblem<{
  model: string;
  wanted: string | undefined;
  available: readonly string[];
}>(
  {
    code: "publish/no-such-build",
    doc: "The build to roll back to does not exist, was never fit to publish, or is past retention.",
  },
  ({ model, wanted, available }) => ({
    message:
      wanted === undefined
        ? `${model} has no earlier build to roll back to.`
        : `${model} has no publishable build ${wanted}.`,
    help:
      available.length > 0
        ? `Builds that can be published: ${available.join(", ")}`
        : `Run it first: mesh run --select ${model}`,
  }),
);

export const runNotFound = defineProblem<{ run: string; several?: readonly string[] }>(
  { code: "run/not-found", doc: "No run has the id given to a command, or several begin with it." },
  ({ run, several = [] }) =>
    several.length === 0
      ? { message: `There is no run ${run}.`, help: "`mesh runs` lists them; the start of an id is enough." }
      : {
          message: `${several.length} runs begin with ${run}: ${several.slice(0, 3).join(", ")}${several.length > 3 ? ", …" : ""}.`,
          help: "Give more of the id.",
        },
);

export const runStillOpen = defineProblem<{ run: string; status: string }>(
  { code: "run/still-open", doc: "A run that has not ended cannot be resumed." },
  ({ run, status }) => ({
    message: `Run ${run} is ${status}.`,
    help: `Wait for its end, or cancel it first: mesh cancel ${run}`,
  }),
);

export const runBeingResumed = defineProblem<{ run: string; by: string; status: string }>(
  {
    code: "run/being-resumed",
    doc: "What a run left undone is done by one run at a time: two would do the same work twice.",
  },
  ({ run, by, status }) => ({
    message: `What run ${run} left is the business of run ${by} already, which is ${status}.`,
    help: `Follow it: mesh watch ${by}`,
  }),
);

export const workUnknown = defineProblem<{ run: string; version: number; known: number }>(
  {
    code: "run/work-unknown",
    doc: "A run was planned by another version of mesh, in a form that this one does not know. It is left to processes of that version.",
  },
  ({ run, version, known }) => ({
    message: `The work of run ${run} has version ${version}; this mesh knows version ${known}.`,
    help: "Use the version of mesh that its schedulers have: restart the processes that are older.",
  }),
);

export const nothingLeft = defineProblem<{ run: string }>(
  {
    code: "run/nothing-left",
    doc: "A run that published everything it was planned for leaves nothing to resume, nor does one that a resume has completed.",
  },
  ({ run }) => ({
    message: `Run ${run} left nothing undone.`,
    help: "Start a new run instead: mesh run. One that could not be planned is planned anew with --fresh.",
  }),
);

export const inputsGone = defineProblem<{ run: string; models: readonly string[] }>(
  {
    code: "run/inputs-gone",
    doc: "A resumed run reads the builds its first attempt had pinned. Retention has removed some since, so the same state of the world can no longer be read.",
  },
  ({ run, models }) => ({
    message: `Run ${run} cannot go on with the same inputs: the builds it read of ${models.join(", ")} are gone.`,
    help: "Resume it with what is published now: --fresh",
  }),
);

export const definitionsChanged = defineProblem<{ run: string; models: readonly string[] }>(
  {
    code: "run/definitions-changed",
    doc: "A run of `mesh run` is resumed with the files of the working folder, so they must say of the models left what they said then.",
  },
  ({ run, models }) => ({
    message: `Since run ${run} the definition changed of ${models.join(", ")}.`,
    help: "Run them anew with what is published now: --fresh",
  }),
);

export const resumedHereOnly = defineProblem<{ run: string }>(
  {
    code: "run/resumed-here-only",
    doc: "A run of `mesh run` used the files of its working folder; no worker has them.",
  },
  ({ run }) => ({
    message: `Run ${run} was executed by mesh run, not by workers.`,
    help: `Resume it in its own folder: mesh resume ${run}`,
  }),
);

export const modelNotFound = defineProblem<{ name: string; candidates: readonly string[]; near: string | undefined }>(
  { code: "run/model-not-found", doc: "No model has the name given to a command, or several projects have one." },
  ({ name, candidates, near }) =>
    candidates.length > 1
      ? {
          message: `Several models are called ${name}: ${candidates.join(", ")}.`,
          help: "Give the project too: project.model",
        }
      : {
          message: `There is no model ${name}.${near === undefined ? "" : ` Did you mean ${near}?`}`,
          help: "`mesh ls` lists every model.",
        },
);

export const modelHasNoSql = defineProblem<{ model: string; kind: string }>(
  { code: "run/model-has-no-sql", doc: "The compiled SQL was asked of a model that is not written in SQL." },
  ({ model, kind }) => ({
    message: `${model} is a ${kind} model and has no SQL.`,
    help: "`mesh ls --select config.materialized:table` lists SQL models.",
  }),
);

export const inlineNameUnknown = defineProblem<{ what: string; name: string }>(
  {
    code: "run/inline-name-unknown",
    doc: "A query given on the command line uses a variable that is not set and has no default.",
  },
  ({ what, name }) => ({
    message: `The ${what} ${name} is not set.`,
    help: "Set it, or give a default as the second argument.",
  }),
);
