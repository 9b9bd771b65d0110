// Owns which runs are not over, and since when what was replaced may still be what one of them is being planned by. Changes nothing.
import type { RunRecord, StateStore } from "./types.ts";

/** Planning takes seconds; a scheduler may be held up in it. A run that waits for longer has not begun to be planned. */
const PLANNING_MS = 3_600_000;

/** Runs that go on, and those that wait: one that is being planned waits until its work is recorded. */
export interface OpenRuns {
  readonly waiting: readonly RunRecord[];
  readonly running: readonly RunRecord[];
}

export async function openRuns(state: StateStore): Promise<OpenRuns> {
  // In this order: a run that begins in between is seen as one that goes on, never as none.
  const waiting = await state.listRuns({ status: "waiting" });
  return { waiting, running: await state.listRuns({ status: "running" }) };
}

/** What was replaced at this instant or later, a run that is just being planned may have found in force. `now` when none can be. */
export function plannedSince(waiting: OpenRuns["waiting"], now: Date): Date {
  const oldest = Math.min(now.getTime(), ...waiting.map(({ startedAt }) => startedAt.getTime()));
  return new Date(Math.max(oldest, now.getTime() - PLANNING_MS));
}
