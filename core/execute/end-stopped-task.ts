// Owns the end of a task whose process did not live to end it: it was told to stop, did not, and was killed. Works on the state store alone.
import { type Diagnostic, problems, toDiagnostic } from "../errors/index.ts";
import type { StateStore, TaskRecord, TaskRef } from "../state/index.ts";
import { allReleases, fallenBy, releasesOf, SATISFIES } from "./fallout.ts";
import type { TaskEnd } from "./perform-task.ts";
import { FAIL_FAST, type StopKind } from "./stop-reason.ts";
import { indexWork, readWork, type WorkIndex } from "./work.ts";

const refOf = ({ runId, id, fence }: TaskRecord): TaskRef => ({ runId, task: id, fence });

/** Does for the task what `performTask` does when it is stopped for this reason. Throws `run/task-lost` when it is somebody else's by now. */
export async function endStoppedTask(task: TaskRecord, kind: StopKind, state: StateStore): Promise<TaskEnd> {
  if (kind === "lost") return { kind: "lost" };
  const index = indexWork(await readWork(task.runId, state));
  const steps = index.stepsOf(task.id);
  const again = async (how: "retried" | "returned", error: Diagnostic, delayMs: number): Promise<TaskEnd> => {
    const why = { kind: how, error, delayMs, releases: allReleases(steps, index) };
    return { kind: (await state.returnTask(refOf(task), why)) ? how : "lost" };
  };
  if (kind === "returned") return again("returned", toDiagnostic(problems.taskReturned({ task: task.id })), 0);
  if (kind === "timeout") {
    const error = toDiagnostic(problems.taskTimedOut({ task: task.id, timeoutMs: task.timeoutMs ?? 0 }));
    if (task.attempt + 1 < task.maxAttempts) return again("retried", error, task.retryDelayMs * 2 ** task.attempt);
    return settleRest(task, index, { step: "failed", task: "failed", error }, state);
  }
  if (kind === "skipped") return settleRest(task, index, { step: "skipped", task: "failed", reason: FAIL_FAST }, state);
  const error = toDiagnostic(problems.cancelled({ what: task.id }));
  return settleRest(task, index, { step: "cancelled", task: "cancelled", reason: error.message, error }, state);
}

export interface RestEnd {
  readonly step: "failed" | "cancelled" | "skipped";
  readonly task: "failed" | "cancelled" | "quarantined";
  readonly reason?: string;
  readonly error?: Diagnostic;
}

/** Ends the task: its steps that have not succeeded end so, and what waits for them falls. */
export async function settleRest(
  task: TaskRecord,
  index: WorkIndex,
  { step: status, task: end, reason, error }: RestEnd,
  state: StateStore,
): Promise<TaskEnd> {
  const told = { ...(reason !== undefined && { reason }), ...(error && { error }) };
  const done = new Set(
    (await state.listSteps(task.runId)).flatMap((step) =>
      step.status !== "running" && SATISFIES.has(step.status) ? [step.step] : [],
    ),
  );
  for (const step of index.stepsOf(task.id)) {
    if (done.has(step.id)) continue;
    const fallen = fallenBy(step, status, index);
    await state.settleStep(refOf(task), {
      step: { step: step.id, kind: step.kind, model: step.models[0] ?? "", status, ...told },
      fallen,
      releases: releasesOf([step.id, ...fallen.map(({ step: id }) => id)], index),
    });
    for (const { step: id } of fallen) done.add(id);
  }
  const { runEnded } = await state.endTask(refOf(task), { status: end, ...(error && { error }) });
  return { kind: end === "cancelled" ? "cancelled" : "failed", ...(runEnded && { runEnded }) };
}
