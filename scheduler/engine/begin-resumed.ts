// Owns giving a waiting run that resumes another its work: what that one left.
import { loadDeploymentSet } from "../../core/deploy/index.ts";
import { beginRun, readRemainingWork } from "../../core/execute/index.ts";
import type { RunRecord, StateStore } from "../../core/state/index.ts";
import { windowRoom } from "./window-room.ts";

/** False when somebody else was faster, it was cancelled, or as many windows of its backfill as may are being read. Throws `run/…` when nothing is left or it can no longer be. */
export async function beginResumed(run: RunRecord, state: StateStore): Promise<boolean> {
  if (run.backfill !== undefined && (await windowRoom(run.backfill, state)) <= 0) return false;
  const { run: resumed, work } = await readRemainingWork(run.resumes ?? "", state);
  const { manifest } = await loadDeploymentSet(state, Object.values(work.deployments));
  const request = {
    plan: work.plan,
    manifest,
    deployments: work.deployments,
    executor: "workers",
    samePins: true,
    readSequence: resumed.readSequence,
  } as const;
  return (await beginRun(run.id, request, state)) !== undefined;
}
