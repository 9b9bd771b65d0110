// Owns recording that somebody wants a run. Plans nothing: a scheduler does, as soon as it can.
import { hostname } from "node:os";
import { type AskRun, modelsOfSchedule } from "../../core/catalog/index.ts";
import { problems } from "../../core/errors/index.ts";
import type { Manifest } from "../../core/manifest/index.ts";
import * as pipeline from "../../core/pipeline.ts";
import type { Actor, RunRecord, StateStore } from "../../core/state/index.ts";
import { closest, createId } from "../../core/util/index.ts";

const MANUAL_PRIORITY = 10;

/** Throws `selection/…` when it names nothing that is deployed, `schedule/not-deployed`. */
export async function askForRun(ask: AskRun, manifest: Manifest, state: StateStore, by: Actor): Promise<RunRecord> {
  const { exclude = [], schedule, fullRefresh = false, reason } = ask;
  if (schedule !== undefined && ask.select)
    throw problems.apiBadRequest({ where: "body", faults: ["`select` and `schedule` both say which models"] });
  const select = schedule === undefined ? ask.select : modelsOf(schedule, manifest);
  pipeline.select(manifest, pipeline.graphOf(manifest), { ...(select && { select }), exclude });
  const id = createId();
  const run = await state.recordRun(
    {
      id,
      command: "run",
      selection: [...(select ?? []), ...exclude.map((part) => `--exclude ${part}`)].join(" "),
      executor: "workers",
      trigger: "manual",
      createdBy: by.actor,
      priority: MANUAL_PRIORITY,
      ...(fullRefresh && { options: { fullRefresh } }),
      reason,
      host: hostname(),
      pid: process.pid,
    },
    { ...by, action: "run.ask", subject: id, detail: { ...ask } },
  );
  if (!run) throw problems.unexpected({ what: "asking for a run", reason: `${id} was not recorded` });
  return run;
}

function modelsOf(schedule: string, manifest: Manifest): readonly string[] {
  checkSchedule(schedule, manifest);
  const models = modelsOfSchedule(manifest, schedule);
  if (models.length === 0) throw problems.scheduleEmpty({ schedule });
  return models;
}

/** Throws `schedule/not-deployed`. */
export function checkSchedule(schedule: string, manifest: Manifest): void {
  const ids = Object.values(manifest.projects).flatMap(({ name, schedules }) =>
    Object.keys(schedules).map((own) => `${name}.${own}`),
  );
  if (!ids.includes(schedule)) throw problems.scheduleNotDeployed({ schedule, near: closest(schedule, ids) });
}
