// Owns the publish step: says what is to be published. The transaction that settles the step does it; serving follows.
import { refuseAfterRollback } from "../overtaken.ts";
import type { StepRunner } from "../run-context.ts";

export const runPublish: StepRunner = async (step, { builds, state }) => {
  const made = step.models.flatMap((model) => builds.made(model) ?? []);
  if (made.length === 0) return { status: "unchanged" };
  for (const build of made) refuseAfterRollback(build.model, builds);
  const untested = made.filter((build) => build.status === "built").map((build) => build.id);
  if (untested.length > 0) await state.setBuildStatus(untested, "passed");
  return {
    status: "success",
    rows: made.reduce((sum, build) => sum + (build.rows ?? 0), 0),
    publish: made.map((build) => ({
      model: build.model,
      project: build.relation.schema,
      buildId: build.id,
      expected: builds.published(build.model)?.id ?? null,
    })),
  };
};
