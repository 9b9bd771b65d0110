// Owns `mesh clean`.
import { actorOf } from "../actor.ts";
import type { CommandRunner } from "../command.ts";
import { formatBytes, plural } from "../output/format.ts";

export const run: CommandRunner = async ({ output, env, openMesh }) => {
  const mesh = await openMesh();
  const cleaned = await mesh.clean(actorOf(env));
  output.document(cleaned);
  const { removedBuilds, removedDeployments, crashedRuns, freedBytes } = cleaned;
  const crashed = crashedRuns > 0 ? `${plural(crashedRuns, "crashed run")} settled; ` : "";
  const removed = [
    ...(removedBuilds > 0 ? [`${plural(removedBuilds, "build")} removed, ${formatBytes(freedBytes)} freed`] : []),
    ...(removedDeployments > 0 ? [`${plural(removedDeployments, "deployment")} removed`] : []),
  ];
  output.result(`${crashed}${removed.length === 0 ? "nothing to remove" : removed.join("; ")}`);
  return 0;
};
