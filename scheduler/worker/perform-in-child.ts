// Owns a task's time in a child process: what is measured of it, how long it may take to stop, and what is recorded when its process dies.

import { MeshError, problems } from "../../core/errors/index.ts";
import {
  endStoppedTask,
  type RunEvent,
  type StepProgress,
  type StopKind,
  stopKindOf,
  type TaskEnd,
} from "../../core/execute/index.ts";
import type { StateStore, TaskRecord } from "../../core/state/index.ts";
import type { Metrics } from "../process/index.ts";
import type { OpenSpan, Tracing } from "../tracing/index.ts";
import type { ChildPool, Patience } from "./child-pool.ts";
import { createTaskProgress } from "./task-progress.ts";

export interface PerformInChildOptions {
  readonly pool: ChildPool;
  readonly state: StateStore;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly leaseMs: number;
  /** How long the process has left, once it drains. */
  readonly drainLeftMs: () => number;
  /** A step began or ended; see `RunEvent`. */
  readonly onEvent: (event: RunEvent) => void;
  /** Now and then, while a task goes on. */
  readonly onProgress: (runId: string, steps: readonly StepProgress[]) => void;
}

const STOP_MS = 10_000;
/** An answer comes in milliseconds, also on a machine that is busy, where JavaScript lets it. */
const DEAF_MS = 2_000;
const STOPPING: Patience = { graceMs: STOP_MS, deafMs: DEAF_MS };

/** For `createTaskTaker`. */
export function createPerformInChild({
  pool,
  state,
  metrics,
  tracing,
  leaseMs,
  drainLeftMs,
  onEvent,
  onProgress,
}: PerformInChildOptions) {
  const always = (ms: number): Patience => ({ graceMs: ms, deafMs: ms });
  const patience: Readonly<Record<StopKind, () => Patience>> = {
    cancelled: () => STOPPING,
    skipped: () => STOPPING,
    timeout: () => STOPPING,
    // Noticed with a seventh of the lease left, at worst; by its end somebody else may have begun.
    lost: () => always(Math.min(STOP_MS, leaseMs / 10)),
    // What is busy may end by itself before the process must.
    returned: () => always(drainLeftMs()),
  };

  const record = async (task: TaskRecord, signal: AbortSignal, span: OpenSpan): Promise<TaskEnd> => {
    const progress = createTaskProgress((steps) => onProgress(task.runId, steps));
    const performed = await pool
      .perform({
        work: { task, carrier: span.carrier },
        what: task.id,
        signal,
        why: () => stopKindOf(signal) ?? "cancelled",
        patience: () => patience[stopKindOf(signal) ?? "cancelled"](),
        onEvent: (event) => {
          onEvent(event as RunEvent);
          progress.hear(event as RunEvent);
        },
      })
      .finally(progress.end);
    switch (performed.type) {
      case "ended":
        return performed.result as TaskEnd;
      case "failed":
        throw new MeshError(performed.error);
      case "lost": {
        const stopped = stopKindOf(signal);
        if (stopped === undefined) throw problems.taskChildDied({ task: task.id, how: performed.how });
        return endStoppedTask(task, stopped, state);
      }
    }
  };

  return async (task: TaskRecord, signal: AbortSignal): Promise<TaskEnd> => {
    const labels = { class: task.workerClass };
    if (task.queuedAt && task.startedAt)
      metrics.queueWaitSeconds.observe(labels, Math.max(0, task.startedAt.getTime() - task.queuedAt.getTime()) / 1000);
    const stopTimer = metrics.taskSeconds.startTimer(labels);
    metrics.tasksRunning.inc(labels);
    const span = tracing.startOfRun("mesh.task", task.runId, {
      "mesh.task": task.id,
      "mesh.class": task.workerClass,
      "mesh.attempt": task.attempt + 1,
    });
    let outcome = "lost";
    try {
      const end = await record(task, signal, span);
      outcome = end.kind;
      return end;
    } finally {
      stopTimer();
      metrics.tasksRunning.dec(labels);
      metrics.tasks.inc({ ...labels, outcome });
      span.end({ failed: outcome !== "done", attributes: { "mesh.outcome": outcome } });
    }
  };
}
