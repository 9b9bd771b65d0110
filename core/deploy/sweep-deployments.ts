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

export async function sweepDeployments(state: StateStore, root: string, by?: Actor): Promise<SweptDeployments> {
  const inUse = await deploymentsOfRuns(state);
  const removed = await state.removeDeployments({ newest: KEPT, inUse }, by);
  const kept = new Set((await state.listDeployments()).map(({ id }) => id));
  return { deployments: removed.length, folders: await removeMaterialised(root, kept) };
}

/** Those that runs under way were planned with. */
async function deploymentsOfRuns(state: StateStore): Promise<readonly string[]> {
  const runs = [...(await state.listRuns({ status: "running" })), ...(await state.listRuns({ status: "waiting" }))];
  const works = await Promise.all(runs.map(({ id }) => state.readWork(id)));
  return works.flatMap((work) => {
    if (work === undefined) return [];
    const { deployments = {} } = JSON.parse(work) as { readonly deployments?: Readonly<Record<string, string>> };
    return Object.values(deployments);
  });
}
