// Owns removing deployments that nobody needs: from the state store, and their files from this machine.
import { type Actor, type OpenRuns, openRuns, plannedSince, type StateStore } from "../state/index.ts";
import { removeMaterialised } from "./materialise-files.ts";

/** Of each project these many newest are kept to go back to. */
const KEPT = 20;

export interface SweptDeployments {
  readonly deployments: number;
  /** Folders below `.mesh/deployments/` of this machine. */
  readonly folders: number;
}

/** Those that the work of a run goes by. Throws when it cannot tell: then nothing is removed. */
export type DeploymentsOf = (work: string, runId: string) => readonly string[];

export interface SweepOptions {
  readonly deploymentsOf: DeploymentsOf;
  readonly by?: Actor;
}

export async function sweepDeployments(
  state: StateStore,
  root: string,
  { deploymentsOf, by }: SweepOptions,
): Promise<SweptDeployments> {
  const now = await state.now();
  const open = await openRuns(state);
  const inUse = await deploymentsOfRuns(open, state, deploymentsOf);
  // A run that is just being planned may go by one that was in force a moment ago.
  const replacedSince = plannedSince(open.waiting, now);
  const removed = await state.removeDeployments({ newest: KEPT, inUse, replacedSince }, by);
  return { deployments: removed.length, folders: await removeMaterialised(root, state) };
}

/** Those that runs under way were planned with, or will be: one that resumes another goes by what that one went by. */
async function deploymentsOfRuns(
  { waiting, running }: OpenRuns,
  state: StateStore,
  deploymentsOf: DeploymentsOf,
): Promise<readonly string[]> {
  const ids = [...waiting, ...running].flatMap(({ id, resumes }) => (resumes === undefined ? [id] : [id, resumes]));
  const works = await Promise.all(
    [...new Set(ids)].map(async (id) => {
      const work = await state.readWork(id);
      return work === undefined ? [] : deploymentsOf(work, id);
    }),
  );
  return works.flat();
}
