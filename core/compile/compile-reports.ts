// Owns the reports of one project: what they read, and whether they may.
import { type MeshError, placed, problems } from "../errors/index.ts";
import type { Report } from "../manifest/index.ts";
import type { Project } from "../project/index.ts";
import type { RefTarget } from "./types.ts";

export interface ReportContext {
  /** The model a report reads; throws nothing. */
  resolve(target: RefTarget): { readonly model: string } | { readonly problem: MeshError };
  /** Why a model is not in the manifest; undefined when it is. */
  causeOf(model: string): { readonly what: string; readonly at: string | undefined } | undefined;
}

export function compileReports(
  project: Project,
  context: ReportContext,
): { readonly reports: readonly Report[]; readonly problems: readonly MeshError[] } {
  const found: MeshError[] = [];
  const reports: Report[] = [];
  for (const { name, type, url, description, owner, depends_on: targets, at } of project.reports) {
    const wrong: MeshError[] = [];
    const reads: string[] = [];
    for (const target of targets) {
      const resolved = context.resolve(target);
      if ("problem" in resolved) {
        wrong.push(placed(resolved.problem, target.at));
        continue;
      }
      const cause = context.causeOf(resolved.model);
      if (cause) {
        const about = { what: `The report "${name}"`, reads: resolved.model, cause: cause.what, at: cause.at };
        wrong.push(problems.upstreamBroken(about, { location: target.at }));
      } else reads.push(resolved.model);
    }
    found.push(...wrong);
    if (wrong.length > 0) continue;
    reports.push({
      id: `${project.name}.${name}`,
      project: project.name,
      name,
      type,
      ...(url !== undefined && { url }),
      ...(description !== undefined && { description }),
      owner,
      dependsOn: [...new Set(reads)].sort(),
      location: at,
    });
  }
  return { reports, problems: found };
}
