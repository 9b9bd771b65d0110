// Owns the test step: judges the new build. A failure rejects the build, so that its publish is held; a warning does not.
import type { Model } from "../../manifest/index.ts";
import { toBuild } from "../../publish/index.ts";
import type { BuildRecord } from "../../state/index.ts";
import { evaluateTests } from "../evaluate-tests.ts";
import type { StepRunner } from "../run-context.ts";
import { testsOf } from "../tests-of.ts";

export const runTest: StepRunner = async (step, context) => {
  const { builds, manifest, state, warehouse, runId, signal } = context;
  const model = manifest.models[step.models[0] as string] as Model;
  const made = builds.made(model.id);
  const build = made && toBuild(made);
  if (!made || !build) return { status: "unchanged" };

  const tests = testsOf(manifest, model.id);
  const reads = [...new Set(tests.flatMap((test) => test.dependsOn))];
  const { inputs, behindViews } = await builds.inputs(`a test of ${model.id}`, reads);
  const session = await warehouse.openSession({ inputs, behindViews, signal });
  try {
    const records = await evaluateTests({ tests, model, manifest, runId, buildId: build.id, session, signal });
    await state.recordTests(records);
    const failed = records.filter((record) => record.status === "fail" || record.status === "error");
    const warned = records.filter((record) => record.status === "warn");
    if (failed.length > 0) {
      await state.setBuildStatus([made.id], "rejected");
      return {
        status: "failed",
        tests: records,
        reason: `${count(failed)} failed: ${failed.map((record) => record.test).join(", ")}`,
      };
    }
    await state.setBuildStatus([made.id], "passed");
    builds.add({ ...made, status: "passed" } satisfies BuildRecord);
    return {
      status: warned.length > 0 ? "warned" : "success",
      tests: records,
      reason: `${count(records)} run${warned.length > 0 ? `, ${count(warned)} warned` : ""}`,
    };
  } finally {
    await session.close();
  }
};

function count(records: readonly unknown[]): string {
  return `${records.length} test${records.length === 1 ? "" : "s"}`;
}
