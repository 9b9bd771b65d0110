// Owns what a run does, as it is kept with the run: its plan, its tasks, the builds and the deployments it goes by. A later change of the
// projects cannot reach it.
import { MeshError, problems } from "../errors/index.ts";
import type { Manifest } from "../manifest/index.ts";
import type { Plan, Step } from "../plan/index.ts";
import type { Executor, NewTask, StateStore } from "../state/index.ts";
import { groupTasks, type StepTask } from "./group-tasks.ts";

/** Grows with every change after which an older version of this program would do the work wrongly. */
export const WORK_VERSION = 1;

/** Plain JSON. */
export interface Work {
  readonly version: number;
  readonly plan: Plan;
  readonly tasks: readonly StepTask[];
  /** Model id -> the build published as the run began, of every model the plan reads or makes. */
  readonly pins: Readonly<Record<string, string>>;
  /** Model id -> its definition when the run was planned, of the models the plan makes. */
  readonly fingerprints: Readonly<Record<string, string>>;
  /** project -> its deployment; empty when the run goes by the working folder. */
  readonly deployments: Readonly<Record<string, string>>;
}

export interface WorkRequest {
  readonly plan: Plan;
  readonly manifest: Manifest;
  /** Model id -> the build published now. */
  readonly published: ReadonlyMap<string, string>;
  readonly executor: Executor;
  readonly deployments?: Readonly<Record<string, string>>;
  /** The plan's pins hold, whatever is published now: a run that goes on where another ended. */
  readonly samePins?: boolean;
  /** With `samePins`: the newest publication that the run where they are from had read. */
  readonly readSequence?: number | undefined;
}

/** The work as it is kept, and the tasks it consists of. */
export function prepareWork(request: WorkRequest): {
  readonly work: Work;
  readonly tasks: readonly NewTask[];
} {
  const { plan, manifest, published, executor, deployments = {}, samePins } = request;
  const { tasks } = groupTasks(plan, manifest, executor);
  const made = plan.steps.flatMap(({ kind, models }) => (kind === "build" || kind === "extract" ? models : []));
  const pins: Record<string, string> = { ...plan.pins };
  for (const id of samePins ? made : [...Object.keys(plan.pins), ...made]) {
    // The plan is older than the run: what was published in between counts, so that all of a run shows one moment.
    const build = published.get(id);
    if (build !== undefined) pins[id] = build;
  }
  return {
    work: {
      version: WORK_VERSION,
      plan,
      tasks: tasks.map(({ id, steps }) => ({ id, steps })),
      pins,
      fingerprints: Object.fromEntries(made.flatMap((id) => [[id, manifest.models[id]?.fingerprint ?? ""]])),
      deployments,
    },
    tasks: tasks.map(({ steps: _, ...task }) => task),
  };
}

/** Gives a waiting run its work and lets it begin, with everything as it is published now. False when somebody else was faster or it was cancelled. */
export async function beginRun(
  runId: string,
  request: Omit<WorkRequest, "published">,
  state: StateStore,
): Promise<Work | undefined> {
  // Asked first: what is published meanwhile counts as not read.
  const readSequence = request.samePins ? request.readSequence : await state.latestSequence();
  const published = new Map([...(await state.published())].map(([model, { buildId }]) => [model, buildId]));
  const { work, tasks } = prepareWork({ ...request, published });
  return (await state.beginRun(runId, JSON.stringify(work), tasks, readSequence)) ? work : undefined;
}

/** Throws when the run has none. */
export async function readWork(runId: string, state: StateStore): Promise<Work> {
  const text = await state.readWork(runId);
  if (text === undefined)
    throw problems.unexpected({ what: `reading run ${runId}`, reason: "the state store has no plan of it" });
  return parseWork(text, runId);
}

/** The one reader of what `beginRun` has kept. Throws `run/work-unknown` for what another version of this program has planned. */
export function parseWork(text: string, runId: string): Work {
  const work = JSON.parse(text) as Omit<Work, "version"> & { readonly version?: number };
  // Without one it is as the first version was.
  const { version = 1 } = work;
  if (version !== WORK_VERSION) throw problems.workUnknown({ run: runId, version, known: WORK_VERSION });
  return { ...work, version };
}

/** For `sweepDeployments`. Throws `run/work-unknown`. */
export function deploymentsOfWork(text: string, runId: string): readonly string[] {
  const { deployments } = parseWork(text, runId) as Partial<Work>;
  return Object.values(deployments ?? {});
}

/** The work is for another version of this program: nothing is wrong with it. */
export function isUnknownWork(error: unknown): error is MeshError {
  return error instanceof MeshError && error.code === "run/work-unknown";
}

/** The steps of a run, looked up. */
export interface WorkIndex {
  readonly work: Work;
  readonly steps: ReadonlyMap<string, Step>;
  readonly taskOf: ReadonlyMap<string, string>;
  /** Step id -> the steps that wait for it. */
  readonly readers: ReadonlyMap<string, readonly Step[]>;
  stepsOf(task: string): readonly Step[];
}

export function indexWork(work: Work): WorkIndex {
  const steps = new Map(work.plan.steps.map((step) => [step.id, step]));
  const taskOf = new Map(work.tasks.flatMap(({ id, steps: own }) => own.map((step) => [step, id] as const)));
  const readers = new Map<string, Step[]>();
  for (const step of work.plan.steps)
    for (const id of step.dependsOn) {
      const known = readers.get(id);
      if (known) known.push(step);
      else readers.set(id, [step]);
    }
  const tasks = new Map(work.tasks.map((task) => [task.id, task.steps]));
  return {
    work,
    steps,
    taskOf,
    readers,
    stepsOf: (task) => (tasks.get(task) ?? []).flatMap((id) => steps.get(id) ?? []),
  };
}
