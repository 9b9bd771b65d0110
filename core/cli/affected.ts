// Owns whom a plan reaches: public models it makes anew, and the projects and reports that read them.
import type { Manifest } from "../manifest/index.ts";
import type { Plan } from "../plan/index.ts";

export interface AffectedReader {
  /** A project, or a report's id. */
  readonly name: string;
  readonly owner: string;
}

export interface AffectedModel {
  readonly model: string;
  readonly owner: string;
  /** Projects other than its own that read it, directly or behind others' models, and reports on it. */
  readonly readers: readonly AffectedReader[];
}

export function findAffected(manifest: Manifest, plan: Plan): readonly AffectedModel[] {
  const planned = new Set(
    plan.steps.filter((step) => step.kind === "extract" || step.kind === "build").flatMap((step) => step.models),
  );
  const readersOf = new Map<string, string[]>();
  for (const model of Object.values(manifest.models)) {
    for (const input of model.dependsOn.models) readersOf.set(input, [...(readersOf.get(input) ?? []), model.id]);
  }
  return [...planned]
    .flatMap((id) => manifest.models[id] ?? [])
    .filter((model) => model.access === "public")
    .map((model) => {
      const downstream = findDownstream(model.id, readersOf);
      const projects = new Set(
        [...downstream]
          .map((id) => manifest.models[id]?.project ?? "")
          .filter((project) => project !== "" && project !== model.project),
      );
      const reports = Object.values(manifest.reports).filter((report) =>
        report.dependsOn.some((id) => id === model.id || downstream.has(id)),
      );
      return {
        model: model.id,
        owner: model.owner.team,
        readers: [
          ...[...projects].sort().map((name) => ({ name, owner: manifest.projects[name]?.owner.team ?? "unknown" })),
          ...reports.map((report) => ({ name: report.id, owner: reportOwner(report.owner) })),
        ],
      };
    });
}

function findDownstream(from: string, readersOf: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [from];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const reader of readersOf.get(next) ?? []) {
      if (seen.has(reader)) continue;
      seen.add(reader);
      open.push(reader);
    }
  }
  return seen;
}

function reportOwner(owner: Manifest["reports"][string]["owner"]): string {
  if ("team" in owner) return owner.team;
  return owner.name ?? owner.email ?? "unknown";
}
