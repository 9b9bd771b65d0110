// Owns which window of a backfill a run is about: its own, or that of the run which it or a later one resumes. Works on the state store alone.
import type { BackfillWindow, RunRecord, StateStore } from "../state/index.ts";

/** undefined of a run that is no window's. */
export async function windowOfRun(
  { id, backfill }: Pick<RunRecord, "id" | "backfill">,
  state: StateStore,
): Promise<BackfillWindow | undefined> {
  if (backfill === undefined) return undefined;
  const line = new Set([id]);
  // Oldest first: a run begins after the one that it resumes.
  for (const run of [...(await state.listRuns({ backfill }))].reverse())
    if (run.resumes !== undefined && line.has(run.resumes)) line.add(run.id);
  const windows = await state.listWindows({ backfill });
  return windows.find(({ runId }) => runId !== undefined && line.has(runId));
}
