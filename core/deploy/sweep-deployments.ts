// Owns removing deployments that nobody needs: from the state store, and their files from this machine.
import type { Actor, StateStore } from "../state/index.ts";
import { removeMaterialised } from "./materialise-files.ts";

/** Of each project these many newest are kept to go back to. */
const KEPT = 20;

export interface SweptDeployments {
  readonly deployments: number;
  /** Folders below `.mesh/deployments/` of this machine. */
  readonly folders: number;
}

export interface SweepOptions {
  readonly by?: Actor;
  /** Those that were in force within that time are kept: a run that is just being planned may go by one. */
  readonly replacedWithinMs?: number;
}

export async function sweepDeployments(
  state: StateStore,
  root: string,
  { by, replacedWithinMs = 0 }: SweepOptions = {},
): Promise<SweptDeployments> {
  const inUse = await deploymentsOfRuns(state);
  const removed = await state.removeDeployments({ newest: KEPT, inUse, replacedWithinMs }, by);
  return { deployments: removed.length, folders: await removeMaterialised(root, state) };
}

/** Those that runs under way were planned with, or will be: one that resumes another goes by what that one went by. */
async function deploymentsOfRuns(state: StateStore): Promise<readonly string[]> {
  // In this order: a run that begins in between is seen as one that goes on, never as none.
  const waiting = await state.listRuns({ status: "waiting" });
  const running = await state.listRuns({ status: "running" });
  const ids = [...waiting, ...running].flatMap(({ id, resumes }) => (resumes === undefined ? [id] : [id, resumes]));
  const works = await Promise.all([...new Set(ids)].map((id) => state.readWork(id)));
  return works.flatMap((work) => {
    if (work === undefined) return [];
    const { deployments = {} } = JSON.parse(work) as { readonly deployments?: Readonly<Record<string, string>> };
    return Object.values(deployments);
  });
}
