// Owns making build records for state tests, without any warehouse.
import type { BuildData } from "../../core/manifest/index.ts";
import type { StateStore } from "../../core/state/index.ts";
import { createId } from "../../core/util/index.ts";

export const someData: BuildData = {
  kind: "files",
  columns: [{ name: "id", type: "BIGINT" }],
  files: [{ path: "a/b.parquet", rows: 9_007_199_254_740_991, bytes: 12 }],
  rows: 9_007_199_254_740_991,
  bytes: 12,
};

/** Creates a build that is still `building`; returns its id. */
export async function startedBuild(state: StateStore, model: string, runId = "run-0"): Promise<string> {
  const id = createId();
  const [schema = "", name = ""] = model.split(".");
  await state.createBuild({ id, model, relation: { schema, name }, runId, fingerprint: "f", inputs: {} });
  return id;
}

/** Creates a build that passed its tests; returns its id. */
export async function passedBuild(state: StateStore, model: string, runId = "run-0"): Promise<string> {
  const id = await startedBuild(state, model, runId);
  await state.completeBuild(id, { data: someData, contentId: `content-${id}`, asOf: new Date() });
  await state.setBuildStatus([id], "passed");
  return id;
}
