// Owns ending a run because somebody asks for it. Works on the state store alone.
import { problems } from "../errors/index.ts";
import type { Actor, StateStore } from "../state/index.ts";

/**
 * Cancels a run: what has not begun never does, what goes on is told to stop and can publish nothing from now on. Written into the audit log in the
 * same transaction. Workers learn it with their leases, at once when they hear the `stop` signal, which is the caller's to send.
 * Throws `run/not-found`, `run/already-ended`.
 */
export async function cancelRun(runId: string, reason: string, by: Actor, state: StateStore): Promise<void> {
  const run = await state.getRun(runId);
  if (!run) throw problems.runNotFound({ run: runId });
  if (run.status !== "running" && run.status !== "waiting")
    throw problems.runAlreadyEnded({ runId, status: run.status });
  const entry = { ...by, action: "run.cancel", subject: runId, detail: { reason } } as const;
  await state.stopRun(runId, { by: by.actor, reason, status: "cancelled" }, entry);
}
