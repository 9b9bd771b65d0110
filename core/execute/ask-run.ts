// Owns recording that a person wants a run of workers: of what is deployed, with who and why. Plans nothing: a scheduler does, as soon as it can.
import { problems } from "../errors/index.ts";
import { buildGraph, refuseUnmatched, selectModels } from "../graph/index.ts";
import type { Manifest } from "../manifest/index.ts";
import type { Actor, RunRecord, StateStore } from "../state/index.ts";
import { closest, createId, identityOf } from "../util/index.ts";
import { remainingWork } from "./resume-run.ts";
import { parseWork } from "./work.ts";

export interface RunAsk {
  /** In the grammar of `--select`; everything when neither this nor a schedule is given. */
  readonly select?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** `project.schedule`: its models, instead of `select`. */
  readonly schedule?: string | undefined;
  readonly fullRefresh?: boolean | undefined;
  readonly reason: string;
}

const MANUAL_PRIORITY = 10;

/** Throws `selection/…` when it names nothing that is deployed, `schedule/…`. */
export async function askForRun(
  ask: RunAsk,
  manifest: Manifest,
  state: StateStore,
  by: Actor,
  action: `${string}.${string}` = "run.ask",
): Promise<RunRecord> {
  const { exclude = [], schedule, fullRefresh = false, reason } = ask;
  const select = schedule === undefined ? ask.select : modelsOf(schedule, manifest);
  const selection = { ...(select && { select }), exclude };
  refuseUnmatched(manifest, selection);
  const graph = buildGraph(new Map(Object.values(manifest.models).map(({ id, dependsOn }) => [id, dependsOn.models])));
  selectModels(manifest, graph, selection);
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
      options: {
        ...(select && { select }),
        ...(exclude.length > 0 && { exclude }),
        ...(fullRefresh && { fullRefresh }),
      },
      reason,
      ...identityOf(),
    },
    { ...by, action, subject: id, detail: { ...ask } },
  );
  if (!run) throw problems.unexpected({ what: "asking for a run", reason: `${id} was not recorded` });
  return run;
}

/** Asks for a run of what an ended run left undone, planned anew: it reads what is published then. Throws `run/…`. */
export async function askAfresh(
  runId: string,
  reason: string,
  manifest: Manifest,
  state: StateStore,
  by: Actor,
): Promise<RunRecord> {
  const run = await state.getRun(runId);
  if (!run) throw problems.runNotFound({ run: runId });
  if (run.status === "running" || run.status === "waiting")
    throw problems.runStillOpen({ run: runId, status: run.status });
  const select = (await openModels(runId, state)).filter((model) => manifest.models[model]);
  if (select.length === 0) throw problems.nothingLeft({ run: runId });
  return askForRun({ select, reason: `${reason} (what ${runId} left)` }, manifest, state, by, "run.resume");
}

/** The models that an ended run was to make and did not publish. */
export async function openModels(runId: string, state: StateStore): Promise<readonly string[]> {
  const text = await state.readWork(runId);
  const [steps, publications] = await Promise.all([state.listSteps(runId), state.listPublications({ runId })]);
  const left = text === undefined ? undefined : remainingWork({ work: parseWork(text, runId), steps, publications });
  return [...new Set(left?.plan.steps.flatMap(({ kind, models }) => (kind === "prune" ? [] : models)) ?? [])];
}

/** Ids of the models that a schedule runs, sorted. */
export function modelsOfSchedule(manifest: Manifest, id: string): string[] {
  return Object.values(manifest.models)
    .flatMap((model) => (model.schedule !== undefined && `${model.project}.${model.schedule}` === id ? [model.id] : []))
    .sort();
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
