// Owns why a task that is under way is told to stop: the reason its signal is aborted with.

/**
 * `cancelled`: its run is to end. `skipped`: so it is, because another step failed. `lost`: it is no longer this worker's, whatever it does is refused. `timeout`: it took longer than it may.
 * `returned`: the process ends and somebody else is to do it.
 */
export type StopKind = "cancelled" | "skipped" | "lost" | "timeout" | "returned";

export class TaskStopped extends Error {
  readonly kind: StopKind;

  constructor(kind: StopKind) {
    super(`the task was stopped: ${kind}`);
    this.name = "TaskStopped";
    this.kind = kind;
  }
}

/** An abort without a reason of ours is somebody's Ctrl-C. */
export function stopKindOf(signal: AbortSignal): StopKind | undefined {
  if (!signal.aborted) return undefined;
  return signal.reason instanceof TaskStopped ? signal.reason.kind : "cancelled";
}

/** Why steps are skipped that another step's failure ended before they began. */
export const FAIL_FAST = "--fail-fast: another step failed";
