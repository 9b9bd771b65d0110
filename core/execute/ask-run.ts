// Owns recording that a person wants a run of workers: of what is deployed, with who and why. Plans nothing: a scheduler does, as soon as it can.
import { problems } from "../errors/index.ts";
import { buildGraph, refuseUnmatched, selectModels } from "../graph/index.ts";
import type { Manifest } from "../manifest/index.ts";
import type { Step } from "../plan/index.ts";
import type { Actor, BackfillWindow, NewRun, RunRecord, StateStore } from "../state/index.ts";
import { closest, createId, identityOf } from "../util/index.ts";
import { remainingWork } from "./resume-run.ts";
import { windowOfRun } from "./window-of-run.ts";
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

/**
 * Asks for a run of what an ended run left undone, planned anew: it reads what is published then, and the window of a backfill that the
 * run was about. Throws `run/…`, `backfill/is-over`.
 */
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
  const why = `${reason} (what ${runId} left)`;
  const window = await windowOfRun(run, state);
  if (window) return askForWindow(run, window, why, state, by);
  const select = (await openModels(runId, state)).filter((model) => manifest.models[model]);
  if (select.length === 0) throw problems.nothingLeft({ run: runId });
  return askForRun({ select, reason: why }, manifest, state, by, "run.resume");
}

/** Its window is read by a run in its place, which is planned as that of any window. */
async function askForWindow(
  run: RunRecord,
  { from, to }: BackfillWindow,
  reason: string,
  state: StateStore,
  by: Actor,
): Promise<RunRecord> {
  if (run.executor === "process") throw problems.resumedHereOnly({ run: run.id });
  if (run.status === "success") throw problems.nothingLeft({ run: run.id });
  const asked: NewRun = {
    id: createId(),
    command: "backfill",
    selection: run.selection,
    executor: "workers",
    trigger: "backfill",
    createdBy: by.actor,
    priority: Math.min(run.priority, MANUAL_PRIORITY),
    options: { window: { from, to } },
    resumes: run.id,
    reason,
    ...identityOf(),
  };
  const detail = { resumes: run.id, reason };
  const recorded = await state.recordRun(asked, { ...by, action: "run.resume", subject: asked.id, detail });
  if (!recorded) throw problems.unexpected({ what: `resuming ${run.id}`, reason: "the run was not recorded" });
  return recorded;
}

/** The models that an ended run was to make and did not publish. */
export async function openModels(runId: string, state: StateStore): Promise<readonly string[]> {
  const text = await state.readWork(runId);
  const [steps, publications] = await Promise.all([state.listSteps(runId), state.listPublications({ runId })]);
  const left = text === undefined ? undefined : remainingWork({ work: parseWork(text, runId), steps, publications });
  return [...new Set(left?.plan.steps.flatMap(({ kind, models }) => (kind === "prune" ? [] : models)) ?? [])];
}

/** The range that a run was to read again, as its snapshot's column writes the bounds; undefined of a run that read what was new. */
export async function rangeOfRun(runId: string, state: StateStore): Promise<Step["window"]> {
  const text = await state.readWork(runId);
  if (text === undefined) return undefined;
  return parseWork(text, runId).plan.steps.find(({ window }) => window !== undefined)?.window;
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
