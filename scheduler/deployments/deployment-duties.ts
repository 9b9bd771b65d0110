// Owns when old deployments and their unpacked copies on this machine are removed, hourly. What may go is decided by core's `deploy/`.
import { removeMaterialised, sweepDeployments } from "../../core/deploy/index.ts";
import { deploymentsOfWork } from "../../core/execute/index.ts";
import type { Duty } from "../duty.ts";

const EVERY_MS = 3_600_000;

/** For schedulers: old deployments in the state store, and what this machine has of them. `root`: the mesh's. */
export function createDeploymentsDuty(root: string): Duty {
  const name = "deployment-retention";
  return {
    name,
    everyMs: EVERY_MS,
    unhurried: true,
    async run({ state, log }) {
      const by = { actor: name, via: "scheduler" } as const;
      const { deployments, folders } = await sweepDeployments(state, root, {
        deploymentsOf: deploymentsOfWork,
        by,
      });
      if (deployments + folders > 0) log.info({ deployments, folders }, "old deployments removed");
    },
  };
}

/** For workers: what this machine has of deployments that a scheduler, or `mesh clean` elsewhere, has removed. */
export function createCopiesDuty(root: string): Duty {
  return {
    name: "deployment-copies",
    everyMs: EVERY_MS,
    unhurried: true,
    async run({ state, log }) {
      const folders = await removeMaterialised(root, state);
      if (folders > 0) log.info({ folders }, "unpacked copies of old deployments removed");
    },
  };
}
