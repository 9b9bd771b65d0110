// Owns sending a step to the file of its kind.
import type { Step, StepKind } from "../plan/index.ts";
import type { RunContext, StepOutcome, StepRunner } from "./run-context.ts";
import { runBuild } from "./steps/build.ts";
import { runExtract } from "./steps/extract.ts";
import { runPrune } from "./steps/prune.ts";
import { runPublish } from "./steps/publish.ts";
import { runTest } from "./steps/test.ts";

const RUNNERS: Readonly<Record<StepKind, StepRunner>> = {
  extract: runExtract,
  build: runBuild,
  test: runTest,
  publish: runPublish,
  prune: runPrune,
};

export function executeStep(step: Step, context: RunContext): Promise<StepOutcome> {
  return RUNNERS[step.kind](step, context);
}
