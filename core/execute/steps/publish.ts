// Owns the publish step: the state store says what is published, in one transaction; serving follows.
import type { StepRunner } from "../run-context.ts";

export const runPublish: StepRunner = async (step, { builds, manifest, runId, server, state }) => {
  const made = step.models.flatMap((model) => builds.made(model) ?? []);
  if (made.length === 0) return { status: "unchanged" };
  const untested = made.filter((build) => build.status === "built").map((build) => build.id);
  if (untested.length > 0) await state.setBuildStatus(untested, "passed");
  await state.publish(
    made.map((build) => ({
      model: build.model,
      project: build.relation.schema,
      buildId: build.id,
      expected: builds.published(build.model)?.id ?? null,
    })),
    { runId, action: "publish" },
  );
  for (const project of new Set(made.map((build) => manifest.models[build.model]?.project ?? build.relation.schema)))
    server.request(project);
  return { status: "success", rows: made.reduce((sum, build) => sum + (build.rows ?? 0), 0) };
};
