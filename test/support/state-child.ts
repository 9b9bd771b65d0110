// Owns what a child process does to a state store in tests: publish for ever, or publish a number of builds against others.
// Arguments: the location as JSON, the job, its models as JSON, a count. Prints one line for every committed publish.
import { writeSync } from "node:fs";
import { MeshError } from "../../core/errors/index.ts";
import { openState, type StateLocation } from "../../core/state/index.ts";
import { passedBuild } from "./state-builds.ts";
import { endRun, startedRun } from "./state-runs.ts";

const [location, job, modelsJson, count] = process.argv.slice(2) as [string, "forever" | "count", string, string];
const models = JSON.parse(modelsJson) as string[];
const state = await openState(JSON.parse(location) as StateLocation);
await state.migrate();
const runId = await startedRun(state, undefined, { pid: process.pid });

let committed = 0;
let refused = 0;
while (job === "forever" || committed < Number(count)) {
  const builds = new Map<string, string>();
  for (const model of models) builds.set(model, await passedBuild(state, model, runId));
  const published = await state.published();
  const changes = [...builds].map(([model, buildId]) => ({
    model,
    project: model.split(".")[0] ?? "",
    buildId,
    expected: published.get(model)?.buildId ?? null,
  }));
  try {
    const made = await state.publish(changes, { runId, action: "publish" });
    committed++;
    writeSync(1, `${JSON.stringify(made.map(({ sequence }) => sequence))}\n`);
  } catch (error) {
    if (!(error instanceof MeshError && error.code === "publish/superseded")) throw error;
    refused++;
  }
}
await endRun(state, runId);
await state.close();
writeSync(2, `committed ${committed}, refused ${refused}\n`);
