// Owns why a task that is under way is told to stop, the reason its signal is aborted with, and what that makes of its steps.
import { problems } from "../errors/index.ts";
import type { Step } from "../plan/index.ts";
import type { StepOutcome } from "./run-context.ts";

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

/** Of a step that was at work. */
export function cancelledOutcome(step: Step): StepOutcome {
  return { status: "cancelled", reason: "the run was cancelled", error: problems.cancelled({ what: step.id }) };
}

/** Of a step that does not begin any more. */
export function notBegun(step: Step, stopped: StopKind | undefined): StepOutcome {
  return stopped === "skipped" ? { status: "skipped", reason: FAIL_FAST } : cancelledOutcome(step);
}
