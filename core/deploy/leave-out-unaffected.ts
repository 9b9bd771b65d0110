// Owns leaving out consumers that cannot need what goes: those that were deployed while the public model did not have it yet.
import { type ContractChange, compareContracts } from "../contract/index.ts";
import { MeshError } from "../errors/index.ts";
import type { Manifest } from "../manifest/index.ts";
import type { DeploymentEvent, StateStore } from "../state/index.ts";
import { type Deployed, loadDeploymentSet, mergeAfter } from "./load-deployed.ts";

export interface Surroundings {
  readonly state: StateStore;
  readonly deployed: Deployed;
  /** What would be. */
  readonly after: Manifest;
}

/** The changes with the consumers that are left. A column that was added and goes again concerns only those who came in between. */
export async function leaveOutUnaffected(
  changes: readonly ContractChange[],
  { state, deployed, after }: Surroundings,
): Promise<readonly ContractChange[]> {
  const events = new Map<string, readonly DeploymentEvent[]>();
  const compared = new Map<string, readonly ContractChange[] | undefined>();

  /** What changes of the project since this deployment of it; undefined when that is not known any more. */
  const changesSince = async (project: string, id: string) => {
    if (!compared.has(id)) compared.set(id, await compareSince(project, id));
    return compared.get(id);
  };
  const compareSince = async (project: string, id: string) => {
    try {
      const shard = (await loadDeploymentSet(state, [id])).shards.get(project);
      const before = mergeAfter(deployed, shard ? [shard] : []);
      return compareContracts({ before, after, projects: [project] });
    } catch (error) {
      if (error instanceof MeshError && error.code === "deploy/gone") return undefined;
      throw error;
    }
  };
  const isAffected = async (change: ContractChange, project: string, consumer: string): Promise<boolean> => {
    const held = deployed.deployments.get(consumer);
    if (!held) return true;
    if (!events.has(project)) events.set(project, await state.listDeploymentEvents({ project }));
    const then = events.get(project)?.find(({ sequence }) => sequence <= held.sequence)?.deployment;
    if (then === undefined || then === deployed.deployments.get(project)?.id) return true;
    const since = await changesSince(project, then);
    return since === undefined || since.some((other) => isSame(change, other));
  };

  return Promise.all(
    changes.map(async (change) => {
      if (change.level !== "breaking") return change;
      const project = change.model.slice(0, change.model.indexOf("."));
      const consumers: ContractChange["consumers"][number][] = [];
      for (const consumer of change.consumers)
        if (await isAffected(change, project, consumer.project)) consumers.push(consumer);
      return { ...change, consumers };
    }),
  );
}

function isSame(a: ContractChange, b: ContractChange): boolean {
  return b.level === "breaking" && a.kind === b.kind && a.model === b.model && a.column === b.column;
}
