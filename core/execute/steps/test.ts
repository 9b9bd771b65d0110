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
  const given = context.sessions.take(model.id);
  const session = given ?? (await warehouse.openSession({ inputs, behindViews, signal }));
  try {
    await given?.attach(build);
    const records = await evaluateTests({
      tests,
      model,
      manifest,
      runId,
      buildId: build.id,
      session,
      reads: [...inputs.values(), ...behindViews.values()],
      signal,
    });
    const failed = records.filter((record) => record.status === "fail" || record.status === "error");
    const warned = records.filter((record) => record.status === "warn");
    if (failed.length > 0) {
      // At once: what failed may be settled later, or never when its task is done again.
      await state.recordTests(records, { buildId: made.id, status: "rejected" });
      return {
        status: "failed",
        tests: records,
        reason: `${count(failed)} failed: ${failed.map((record) => record.test).join(", ")}`,
      };
    }
    builds.add({ ...made, status: "passed" } satisfies BuildRecord);
    return {
      status: warned.length > 0 ? "warned" : "success",
      tests: records,
      judged: { results: records, verdict: { buildId: made.id, status: "passed" } },
      reason: `${count(records)} run${warned.length > 0 ? `, ${count(warned)} warned` : ""}`,
    };
  } finally {
    await session.close();
  }
};

function count(records: readonly unknown[]): string {
  return `${records.length} test${records.length === 1 ? "" : "s"}`;
}
