// Owns what a schedule waits for that lists nothing: what its models read of other schedules and projects, by the models that are there now.
import type { Model, ProjectEntry, Schedule } from "./types.ts";

/** Ids, sorted. `modelOf`: of all projects. */
export function readUpstream(
  readers: Iterable<Model>,
  modelOf: (id: string) => Model | undefined,
  { project, name, on }: { readonly project: string; readonly name: string; readonly on: Schedule["on"] },
): readonly string[] {
  const runsBy = (model: Model) => model.project === project && model.schedule === name;
  // A model without a schedule may never be new again: only `any_new` can do with it.
  const mayBeNew = (model: Model) => model.schedule !== undefined || (on === "any_new" && model.project !== project);
  const found = new Set<string>();
  for (const reader of readers) {
    if (!runsBy(reader)) continue;
    for (const id of reader.dependsOn.models) {
      const model = modelOf(id);
      if (model && !runsBy(model) && mayBeNew(model)) found.add(id);
    }
  }
  return [...found].sort();
}

/** The project as it is among these models: another project may have moved a model to another schedule since it was compiled. */
export function resolveUpstreams<Project extends ProjectEntry>(
  project: Project,
  models: Readonly<Record<string, Model>>,
): Project {
  const open = Object.entries(project.schedules).filter(([, { upstreamIsRead }]) => upstreamIsRead);
  if (open.length === 0) return project;
  const own = Object.values(models).filter((model) => model.project === project.name);
  const settled = open.map(([name, schedule]): [string, Schedule] => {
    const about = { project: project.name, name, on: schedule.on };
    return [name, { ...schedule, upstream: readUpstream(own, (id) => models[id], about) }];
  });
  return { ...project, schedules: { ...project.schedules, ...Object.fromEntries(settled) } };
}
