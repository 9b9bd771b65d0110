// Owns `mesh clean`.
import type { CommandRunner } from "../command.ts";
import { formatBytes, plural } from "../output/format.ts";

export const run: CommandRunner = async ({ output, openMesh }) => {
  const mesh = await openMesh();
  const cleaned = await mesh.clean();
  output.document(cleaned);
  const { removedBuilds, crashedRuns, freedBytes } = cleaned;
  const crashed = crashedRuns > 0 ? `${plural(crashedRuns, "crashed run")} settled; ` : "";
  output.result(
    removedBuilds === 0
      ? `${crashed}nothing to remove`
      : `${crashed}${plural(removedBuilds, "build")} removed, ${formatBytes(freedBytes)} freed`,
  );
  return 0;
};
