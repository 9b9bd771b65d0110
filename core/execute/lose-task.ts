// Owns what becomes of a task whose worker is gone, and of one that keeps losing workers. Works on the state store alone.
import { type Diagnostic, problems, toDiagnostic } from "../errors/index.ts";
import type { StateStore, TaskRecord, TaskRef } from "../state/index.ts";
import { settleRest } from "./end-stopped-task.ts";
import { allReleases } from "./fallout.ts";
import type { TaskEnd } from "./perform-task.ts";
import { indexWork, readWork } from "./work.ts";

/** How many workers a task may lose in a run before it is taken to be the cause. */
const LOSS_LIMIT = 3;

/** Gives the task to others, or ends it when it has cost too many workers. */
export async function loseTask(task: TaskRecord, error: Diagnostic, state: StateStore): Promise<TaskEnd> {
  if (task.losses + 1 < LOSS_LIMIT) return giveToOthers(task, "lost", error, state);
  const index = indexWork(await readWork(task.runId, state));
  const facts = { task: task.id, losses: LOSS_LIMIT, reason: error.message };
  const quarantined = toDiagnostic(problems.taskQuarantined(facts));
  return settleRest(task, index, { step: "failed", task: "quarantined", error: quarantined }, state);
}

/** `returned`: it does not count against the task. */
export async function giveToOthers(
  task: TaskRecord,
  kind: "lost" | "returned",
  error: Diagnostic,
  state: StateStore,
  delayMs = 0,
): Promise<TaskEnd> {
  const index = indexWork(await readWork(task.runId, state));
  const ref: TaskRef = { runId: task.runId, task: task.id, fence: task.fence };
  const why = { kind, error, delayMs, releases: allReleases(index.stepsOf(task.id), index) };
  return { kind: (await state.returnTask(ref, why)) ? "returned" : "lost" };
}
