// Owns the promises of a mesh as objectives: one for each key of an `sla` that can be kept or broken.
import type { Calendar, Manifest, ServiceLevel } from "../manifest/index.ts";
import { parseDurationMs } from "../util/index.ts";
import type { Objective } from "./types.ts";

/** Sorted by subject, then kind. */
export function objectivesOf(manifest: Manifest): readonly Objective[] {
  const found: Objective[] = [];
  const snapshotsOf = new Map<string, string[]>();
  for (const model of Object.values(manifest.models)) {
    if (model.source !== undefined) snapshotsOf.set(model.source, [...(snapshotsOf.get(model.source) ?? []), model.id]);
    if (!model.sla) continue;
    const schedule = model.schedule === undefined ? undefined : `${model.project}.${model.schedule}`;
    const timezone = manifest.projects[model.project]?.schedules[model.schedule ?? ""]?.timezone;
    const base = {
      subject: model.id,
      project: model.project,
      owner: model.owner,
      models: [model.id],
      ...(schedule !== undefined && { schedule }),
      ...shared(manifest, model.project, model.sla),
    };
    const { available_by: time, max_duration } = model.sla;
    if (time !== undefined) found.push({ ...base, kind: "available_by", time, timezone: timezone ?? "UTC" });
    found.push(...freshness(base, model.sla));
    if (max_duration !== undefined)
      found.push({ ...base, kind: "max_duration", limitMs: parseDurationMs(max_duration) ?? 0 });
  }
  for (const source of Object.values(manifest.sources)) {
    const owner = manifest.projects[source.project]?.owner ?? { team: source.project };
    const models = snapshotsOf.get(source.id) ?? [];
    if (!source.sla || models.length === 0) continue;
    const base = { subject: source.id, project: source.project, owner, models };
    found.push(...freshness({ ...base, ...shared(manifest, source.project, source.sla) }, source.sla));
  }
  return found.sort((a, b) => compare(a.subject, b.subject) || compare(a.kind, b.kind));
}

/** What names an objective in records. */
export function objectiveKey({ subject, kind }: Pick<Objective, "subject" | "kind">): string {
  return `${subject} ${kind}`;
}

function freshness(base: Omit<Objective, "kind">, { freshness: limit, warn }: ServiceLevel): readonly Objective[] {
  if (limit === undefined) return [];
  const warnMs = warn === undefined ? undefined : parseDurationMs(warn);
  return [
    { ...base, kind: "freshness", limitMs: parseDurationMs(limit) ?? 0, ...(warnMs !== undefined && { warnMs }) },
  ];
}

function shared(manifest: Manifest, project: string, { calendar, target }: ServiceLevel) {
  const found: Calendar | undefined =
    calendar === undefined ? undefined : manifest.projects[project]?.calendars?.[calendar];
  return {
    ...(found && { calendar: found }),
    ...(target !== undefined && { target: Number.parseFloat(target) / 100 }),
  };
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
