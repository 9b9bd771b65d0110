// Owns the prune step: it hands over to retention.
import { sweep } from "../../publish/index.ts";
import type { StepRunner } from "../run-context.ts";

export const runPrune: StepRunner = async (_step, { state, warehouse, retention, runId }) => {
  const swept = await sweep({ state, warehouse, retention, runId });
  return {
    status: "success",
    bytes: swept.bytes,
    reason: swept.builds === 0 ? "nothing is past retention" : `${swept.builds} builds removed`,
  };
};
