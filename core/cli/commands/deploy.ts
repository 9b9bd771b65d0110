// Owns `mesh deploy`.
import { problems } from "../../errors/index.ts";
import { actorOf } from "../actor.ts";
import type { CommandRunner } from "../command.ts";
import { formatDeployed } from "../output/deployment.ts";
import { formatDiagnostics, sourceReader } from "../output/diagnostics.ts";

export const run: CommandRunner = async ({ options, output, env, openMesh }) => {
  const [projects, note, by, why] = [
    options.list("project"),
    options.text("note"),
    options.text("by"),
    options.text("why"),
  ];
  if (options.flag("allow-breaking") && !why) throw problems.whyMissing({ option: "--allow-breaking" });
  const mesh = await openMesh();
  const actor = actorOf(env);
  const result = await mesh.deploy({
    by: by === undefined ? actor : { ...actor, actor: by },
    dryRun: options.flag("dry-run"),
    ...(projects && { projects }),
    ...(note !== undefined && { note }),
    ...(options.flag("allow-breaking") && why !== undefined && { allowBreaking: { why } }),
  });
  output.document(result);
  const diagnostics = result.projects.flatMap((project) => project.diagnostics);
  if (!output.json && diagnostics.length > 0)
    output.problem(`${formatDiagnostics(diagnostics, sourceReader(mesh.config.root), output.errorColors)}\n`);
  const shown = output.quiet ? result.projects.filter(({ status }) => status !== "unchanged") : result.projects;
  output.result(shown.map((one) => formatDeployed(one, result.dryRun, output.colors)).join("\n"));
  return result.ok ? 0 : 1;
};
