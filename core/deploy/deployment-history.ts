// Owns the history of one project's deployments: what was in force when, by whom, and which of it could be put in force again.
import { problems } from "../errors/index.ts";
import type { DeploymentEvent, StateStore } from "../state/index.ts";

export interface PastDeployment extends DeploymentEvent {
  readonly inForce: boolean;
  /** The deployment can be gone back to still. */
  readonly kept: boolean;
  readonly commit?: string;
  readonly note?: string;
}

/** Newest first. Throws `deploy/not-deployed`. */
export async function deploymentHistory(
  state: StateStore,
  project: string,
  limit: number,
): Promise<readonly PastDeployment[]> {
  const events = await state.listDeploymentEvents({ project, limit });
  if (events.length === 0) throw problems.notDeployed({ project });
  const kept = new Map((await state.listDeployments({ project })).map((one) => [one.id, one]));
  const current = (await state.currentDeployments()).ids.get(project);
  return events.map((event) => {
    const found = event.deployment === undefined ? undefined : kept.get(event.deployment);
    return {
      ...event,
      inForce: event.sequence === events[0]?.sequence && event.deployment !== undefined && event.deployment === current,
      kept: found !== undefined,
      ...(found?.commit !== undefined && { commit: found.commit }),
      ...(found?.note !== undefined && { note: found.note }),
    };
  });
}
