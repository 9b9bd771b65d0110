// Owns giving a waiting run of workers its work: planned against what is deployed now, or, when it resumes another, what that one left.
import { loadDeploymentSet } from "../../core/deploy/index.ts";
import { beginRun, readRemainingWork } from "../../core/execute/index.ts";
import type { Manifest } from "../../core/manifest/index.ts";
import type { Plan } from "../../core/plan/index.ts";
import type { RunRecord, StateStore } from "../../core/state/index.ts";

export interface RunToBegin {
  readonly run: RunRecord;
  readonly plan: Plan;
  readonly manifest: Manifest;
  /** project -> id of the deployment. */
  readonly deployments: Readonly<Record<string, string>>;
}

/** False when somebody else was faster or it was cancelled. */
export async function beginPlanned(
  { run, plan, manifest, deployments }: RunToBegin,
  state: StateStore,
): Promise<boolean> {
  return (await beginRun(run.id, { plan, manifest, deployments, executor: "workers" }, state)) !== undefined;
}

/** The same for a run that resumes another. Throws `run/…` when nothing is left or it can no longer be. */
export async function beginResumed(run: RunRecord, state: StateStore): Promise<boolean> {
  const { work } = await readRemainingWork(run.resumes ?? "", state);
  const { manifest } = await loadDeploymentSet(state, Object.values(work.deployments));
  const request = {
    plan: work.plan,
    manifest,
    deployments: work.deployments,
    executor: "workers",
    samePins: true,
  } as const;
  return (await beginRun(run.id, request, state)) !== undefined;
}
