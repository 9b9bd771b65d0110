// Problems of the long-lived processes `mesh scheduler` and `mesh worker`, and of their child processes.
import { defineProblem } from "../define-problem.ts";

export const probePortUnusable = defineProblem<{ host: string; port: number; reason: string }>(
  {
    code: "process/port-unusable",
    doc: "The port for health and metrics cannot be listened on: another process has it, or this account may not use it.",
  },
  ({ host, port, reason }) => ({
    message: `The endpoints for health and metrics cannot listen on ${host}:${port}: ${reason}.`,
    help: "Give another port with --port, or end the process that has this one; --port 0 takes any free one.",
  }),
);

export const childNotStarted = defineProblem<{ how: string }>(
  {
    code: "process/child-not-started",
    doc: "A worker could not start a child process to perform a task in. The task is put back, which is no attempt and no loss, and tried again, here or by another worker.",
  },
  ({ how }) => ({
    message: `No child process could be started: ${how}.`,
    help: "`mesh doctor` on the machine of this worker checks what a child process needs; the worker's log tells its last lines.",
  }),
);

export const programReplaced = defineProblem<{ kind: string }>(
  {
    code: "process/replaced",
    doc: "mesh was installed anew, or removed, in the place that the process was started from. What the process had not loaded by then is gone, so it gives its tasks back and ends; the next start is of the new version.",
  },
  ({ kind }) => ({
    message: `mesh was replaced on this disk while the ${kind} ran.`,
    help: "Start it again. To upgrade without that, install the new version in a place of its own and restart from there.",
  }),
);

export const taskChildDied = defineProblem<{ task: string; how: string }>(
  {
    code: "process/child-died",
    doc: "The process that performed a task ended before the task did: the model's code exited or crashed it, or memory ran out. The task is tried again; when its process dies again and again it is quarantined.",
  },
  ({ task, how }) => ({
    message: `The process that performed ${task} died: ${how}.`,
    help: "Look for process.exit, native code or very large results in the model; a worker's --child-memory raises the limit of JavaScript's memory.",
  }),
);
