// Owns `mesh backfill`: a run of one snapshot over a range of its source.
import type { CommandRunner } from "../command.ts";
import { runShown } from "../run-shown.ts";

export const run: CommandRunner = async (input) => {
  const { options } = input;
  const [name = ""] = input.arguments;
  const [from, to] = [options.text("from"), options.text("to")];
  const mesh = await input.openMesh();
  const { manifest } = await mesh.compile();
  const plan = await mesh.planBackfill(name, { ...(from !== undefined && { from }), ...(to !== undefined && { to }) });
  const select = plan.steps.find((step) => step.kind === "extract")?.models ?? [];
  return runShown(input, mesh, { manifest, plan, run: { select }, warnings: [], broken: false });
};
