// Owns `mesh run`: what is run. How it is shown is in `run-shown.ts`, what a run does is the Mesh's.
import type { CommandRunner } from "../command.ts";
import { formatDiagnostics, sourceReader } from "../output/diagnostics.ts";
import { runShown } from "../run-shown.ts";
import { takeSelection } from "../selection.ts";

export const run: CommandRunner = async (input) => {
  const { options, output } = input;
  const threads = options.count("threads");
  const mesh = await input.openMesh();
  const { manifest, diagnostics } = await mesh.compile();
  const errors = diagnostics.filter((diagnostic) => diagnostic.level === "error");
  if (errors.length > 0) {
    output.problem(`${formatDiagnostics(errors, sourceReader(mesh.config.root), output.errorColors)}\n`);
    if (Object.keys(manifest.models).length > 0) output.note("Projects without errors run all the same.\n");
  }
  const { selection, warnings } = await takeSelection(mesh, input);
  const wanted = {
    ...selection,
    fullRefresh: options.flag("full-refresh"),
    discardHistory: options.list("discard-history") ?? [],
  };
  const plan = await mesh.plan(wanted);
  return runShown(input, mesh, {
    manifest,
    plan,
    run: { ...wanted, ...(threads !== undefined && { threads }), failFast: options.flag("fail-fast") },
    warnings,
    broken: errors.length > 0 && selection.select === undefined,
  });
};
