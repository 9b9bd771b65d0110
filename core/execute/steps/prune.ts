// Owns the prune step, a run's last: readers are shown all that was published, and retention makes room.
import { sweep } from "../../publish/index.ts";
import type { StepRunner } from "../run-context.ts";

export const runPrune: StepRunner = async (step, { manifest, server, state, warehouse, retention, runId }) => {
  // Whoever published shows it in its own time, and may be gone by now.
  const projects = new Set(step.models.flatMap((id) => manifest.models[id]?.project ?? []));
  for (const project of projects) await server.catchUp(project);
  const swept = await sweep({ state, warehouse, retention, runId });
  return {
    status: "success",
    bytes: swept.bytes,
    reason: swept.builds === 0 ? "nothing is past retention" : `${swept.builds} builds removed`,
  };
};
