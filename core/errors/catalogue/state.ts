// Problems of the state store: reaching it, its schema, and writes that another process has overtaken.
import { defineProblem } from "../define-problem.ts";

export const stateLocked = defineProblem<{ store: string; waitedMs: number }>(
  {
    code: "state/locked",
    doc: "Another process held the state file's write lock longer than mesh waits. Runs of mesh hold it for milliseconds only; a database browser or a backup may hold it for long.",
  },
  ({ store, waitedMs }) => ({
    message: `The state file ${store} is locked by another process; waited ${(waitedMs / 1000).toFixed(1)} s.`,
    help: "Close the program that has it open for writing, then run again. On Linux `fuser` with the file's name shows which it is.",
  }),
);

export const stateNotWritable = defineProblem<{ store: string; reason: string }>(
  { code: "state/not-writable", doc: "The state file or its folder cannot be created or written by this account." },
  ({ store, reason }) => ({
    message: `The state file ${store} cannot be opened for writing: ${reason}.`,
    help: "Give this account write access to the folder, or set another path for the state of this target in mesh.config.ts.",
  }),
);

export const stateCorrupt = defineProblem<{ store: string; reason: string }>(
  {
    code: "state/corrupt",
    doc: "The state file is not a SQLite database, or is damaged. mesh never repairs or replaces it by itself.",
  },
  ({ store, reason }) => ({
    message: `The state file ${store} is not a readable database: ${reason}.`,
    help: "Restore it from a backup. Without one, move it away: the next run starts with an empty state and builds everything anew.",
  }),
);

export const stateDiskFull = defineProblem<{ store: string }>(
  { code: "state/disk-full", doc: "The disk of the state store is full. Nothing of the refused write was kept." },
  ({ store }) => ({
    message: `The disk that holds the state ${store} is full.`,
    help: "Free some space (`mesh clean` removes old builds), then run again.",
  }),
);

export const stateUnreachable = defineProblem<{ store: string; reason: string }>(
  {
    code: "state/unreachable",
    doc: "The Postgres server that holds the state could not be reached, or closed the connection.",
  },
  ({ store, reason }) => ({
    message: `The state store ${store} cannot be reached: ${reason}.`,
    help: "Check that the server runs and that host and port in the target's state connection are right. Nothing was lost.",
  }),
);

export const stateAccessDenied = defineProblem<{ store: string; reason: string }>(
  {
    code: "state/access-denied",
    doc: "The Postgres server that holds the state refused the user, the password, the database, or a right.",
  },
  ({ store, reason }) => ({
    message: `The state store ${store} refused access: ${reason}.`,
    help: "Check user, password and database of the target's state connection; the user needs CREATE on the database or on the state's schema.",
  }),
);

export const stateConnectionInvalid = defineProblem<{ reason: string }>(
  { code: "state/connection-invalid", doc: "The state connection is not a Postgres URL." },
  ({ reason }) => ({
    message: `The target's state connection is not a Postgres URL: ${reason}.`,
    help: "Write it as postgres://user:password@host:5432/database and keep it in an environment variable.",
  }),
);

export const stateNotMigrated = defineProblem<{ store: string }>(
  { code: "state/not-migrated", doc: "The state store has no schema yet: nothing has been run on it." },
  ({ store }) => ({
    message: `The state store ${store} has no tables yet.`,
    help: "Run `mesh run` once: it creates them.",
  }),
);

export const stateNewer = defineProblem<{ store: string; found: number; known: number }>(
  {
    code: "state/newer-schema",
    doc: "A newer mesh has migrated the state store. An older one could misread it, so it refuses.",
  },
  ({ store, found, known }) => ({
    message: `The state store ${store} has schema ${found}; this mesh knows schemas up to ${known}.`,
    help: "Install the newer mesh that the others use: npm install mesh-elt@latest",
  }),
);

export const runLost = defineProblem<{ runId: string; status: string }>(
  {
    code: "state/run-lost",
    doc: "Another process declared the run dead, because its heartbeat had stopped (a paused or overloaded machine), or it has already ended. It may write and publish no more.",
  },
  ({ runId, status }) => ({
    message: `Run ${runId} is no longer running: it is recorded as ${status}.`,
    help: "Nothing more of it is published. Run again.",
  }),
);

export const taskLost = defineProblem<{ runId: string; task: string; status: string }>(
  {
    code: "run/task-lost",
    doc: "A worker that had fallen silent, because its machine was paused or cut off, came back after its task was given to another or its run was cancelled. It may write and publish no more.",
  },
  ({ runId, task, status }) => ({
    message: `${task} of run ${runId} is no longer this worker's: it is ${status}.`,
    help: "Nothing to do: whoever has it now goes on with it. `mesh runs` shows the run.",
  }),
);

export const buildStatusRefused = defineProblem<{
  wanted: string;
  builds: readonly { readonly id: string; readonly status: string }[];
}>(
  {
    code: "state/build-status-refused",
    doc: "A build goes from building to built, then to passed or rejected, and never back; an unknown build and one declared dead take no new status.",
  },
  ({ wanted, builds }) => ({
    message: `Cannot mark as ${wanted}: ${builds.map(({ id, status }) => `build ${id} is ${status}`).join("; ")}.`,
    help: "Another process may have declared this run dead. Run again.",
  }),
);

export const buildPublished = defineProblem<{ builds: readonly { readonly id: string; readonly model: string }[] }>(
  { code: "state/build-published", doc: "A build that readers see now may not be removed." },
  ({ builds }) => ({
    message: `Cannot remove a published build: ${builds.map(({ id, model }) => `${id} of ${model}`).join(", ")}.`,
    help: "Publish another build of the model first, with a run or: mesh rollback <model>",
  }),
);

export const stateFailed = defineProblem<{ store: string; reason: string }>(
  { code: "state/failed", doc: "The state store's database failed in a way mesh does not know." },
  ({ store, reason }) => ({
    message: `The state store ${store} failed: ${reason}`,
    help: "Run again; if it repeats, look into the database's log. `mesh doctor` checks the state store.",
  }),
);
