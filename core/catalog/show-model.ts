// Owns what is shown of a manifest's models and schedules. Knows no value of any column.
import { modelsOfSchedule } from "../execute/index.ts";
import type { Manifest, Model } from "../manifest/index.ts";
import type { BuildRecord, PauseRecord, Publication, RunRecord } from "../state/index.ts";
import type { ShownModel, ShownSchedule } from "./shapes.ts";
import { showPause, showRun } from "./show-record.ts";

export function showModel(model: Model, publication?: Publication, build?: BuildRecord): ShownModel {
  const { owner } = model;
  return {
    id: model.id,
    project: model.project,
    kind: model.kind,
    materialized: model.materialized,
    access: model.access,
    ...(model.description !== undefined && { description: model.description }),
    owner: {
      team: owner.team,
      ...(owner.email !== undefined && { email: owner.email }),
      ...(owner.slack !== undefined && { slack: owner.slack }),
    },
    tags: [...model.tags],
    ...(model.schedule !== undefined && { schedule: `${model.project}.${model.schedule}` }),
    dependsOn: { models: [...model.dependsOn.models], sources: [...model.dependsOn.sources] },
    columns: model.columns.map(({ name, type, description, classification }) => ({
      name,
      ...(type !== null && { type }),
      ...(description !== undefined && { description }),
      ...(classification !== undefined && { classification }),
    })),
    ...(publication && {
      published: {
        buildId: publication.buildId,
        publishedAt: publication.publishedAt.toISOString(),
        ...(build?.asOf && { asOf: build.asOf.toISOString() }),
        ...(build?.rows !== undefined && { rows: build.rows }),
        ...(build?.bytes !== undefined && { bytes: build.bytes }),
      },
    }),
  };
}

/** Every schedule of the manifest, by id, with what holds it back. */
export function showSchedules(
  manifest: Manifest,
  pauses: readonly PauseRecord[],
  lastRun: (schedule: string) => RunRecord | undefined,
  next: ReadonlyMap<string, { readonly inForce: boolean; readonly nextAt?: Date }>,
): readonly ShownSchedule[] {
  return Object.values(manifest.projects).flatMap((project) =>
    Object.entries(project.schedules).map(([name, schedule]) => {
      const id = `${project.name}.${name}`;
      const run = lastRun(id);
      const { inForce = false, nextAt } = next.get(id) ?? {};
      return {
        id,
        project: project.name,
        on: schedule.on,
        ...(schedule.cron !== undefined && { cron: schedule.cron }),
        timezone: schedule.timezone,
        upstream: [...schedule.upstream],
        models: modelsOfSchedule(manifest, id),
        catchUp: { ...schedule.catchUp },
        overlap: schedule.overlap,
        inForce,
        ...(nextAt && { nextAt: nextAt.toISOString() }),
        pauses: pauses.filter((pause) => holdsBack(pause, project.name, id)).map(showPause),
        ...(run && { lastRun: showRun(run) }),
      };
    }),
  );
}

const holdsBack = ({ kind, name }: PauseRecord, project: string, schedule: string) =>
  kind === "system" || (kind === "project" && name === project) || (kind === "schedule" && name === schedule);
