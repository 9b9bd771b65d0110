// Owns --select and --exclude: reading them, and warning about parts that match nothing.
import type { Diagnostic } from "../errors/index.ts";
import type { Mesh, Selection } from "../mesh-types.ts";
import type { CommandInput } from "./command.ts";
import { formatDiagnostic, sourceReader } from "./output/diagnostics.ts";

/** What the options select, and the warnings that were shown, for the command's JSON document. */
export async function takeSelection(
  mesh: Mesh,
  { options, output }: Pick<CommandInput, "options" | "output">,
): Promise<{ readonly selection: Selection; readonly warnings: readonly Diagnostic[] }> {
  const select = options.list("select");
  const exclude = options.list("exclude");
  const selection = { ...(select && { select }), ...(exclude && { exclude }) };
  const warnings = await mesh.explain(selection);
  for (const warning of warnings)
    output.problem(formatDiagnostic(warning, sourceReader(mesh.config.root), output.errorColors));
  return { selection, warnings };
}
