// Owns the build that a step makes on its way to another, which nobody else ever sees: recorded before anything of it exists, and always dropped.
import type { Model } from "../manifest/index.ts";
import { createId } from "../util/index.ts";
import type { NewBuild } from "../warehouse/index.ts";
import type { RunContext } from "./run-context.ts";

/** `what` names it in the step's session: `shop.orders (landing)`. Files whose paths `use` adds to `keep` outlive it. */
export async function withPassingBuild<T>(
  model: Model,
  what: "landing" | "new rows",
  context: RunContext,
  use: (passing: NewBuild, keep: Set<string>) => Promise<T>,
): Promise<T> {
  const id = createId();
  const passing = { id, model: `${model.id} (${what})`, relation: model.relation };
  // Recorded, so that no sweep of another process takes it for an orphan while it is in use.
  await context.state.createBuild({
    ...passing,
    model: model.id,
    runId: context.runId,
    fingerprint: model.fingerprint,
    inputs: {},
  });
  const keep = new Set<string>();
  try {
    return await use(passing, keep);
  } finally {
    await context.state.setBuildStatus([id], "removed");
    await context.warehouse.dropBuilds([passing], keep);
  }
}
