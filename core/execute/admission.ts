// Owns which ready tasks may go on: pools, one active build of a model, priority with ageing. Pure; the state store calls it in the one
// transaction in which tasks become queued.
import type { AdmissionTask, AdmissionView, TaskRef, WorkerClass } from "../state/index.ts";

export interface AdmissionRules {
  /** How many tasks may hold a slot of the pool at once; undefined for no limit. Zero for a paused one. */
  readonly limitOf: (pool: string) => number | undefined;
  /** Models of which no task may begin. */
  readonly pausedModels: ReadonlySet<string>;
  /** How many tasks of the class may be queued or running; undefined for no limit. Bounds what waits in queues, where priorities are blind. */
  readonly capacityOf: (workerClass: WorkerClass) => number | undefined;
}

/** Runs that read one store at once, unless the pool `store:…` says otherwise: a store serves a service first. */
const RUNS_PER_STORE = 2;

/** Limits as configured. */
export function poolLimits(pools: Readonly<Record<string, number>>): AdmissionRules["limitOf"] {
  return (pool) => pools[pool] ?? (pool.startsWith("store:") ? RUNS_PER_STORE : undefined);
}

/** Each minute a task has been ready counts as so much priority, so that nothing waits for ever: a backfill overtakes fresh work within a day. */
const AGEING_PER_MINUTE = 1;
/** Tasks at this priority and above are backfills: they leave slots of every pool to others. */
const BACKFILL_PRIORITY = 1_000;

/** The tasks to queue, soonest first. */
export function chooseTasks({ ready, underWay, held, now }: AdmissionView, rules: AdmissionRules): readonly TaskRef[] {
  const used = new Map<string, number>();
  const usedByBackfills = new Map<string, number>();
  const classes = new Map<string, number>();
  /** Model -> the one run that is at work on it. */
  const owners = new Map<string, string>();
  const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  const take = (task: AdmissionTask) => {
    for (const pool of task.pools) add(used, pool);
    if (isBackfill(task)) for (const pool of task.pools) add(usedByBackfills, pool);
    add(classes, task.workerClass);
    for (const model of task.exclusive) owners.set(model, task.runId);
  };
  for (const { runId, models } of held) for (const model of models) owners.set(model, runId);
  for (const task of underWay) take(task);

  const fits = (task: AdmissionTask): boolean => {
    const capacity = rules.capacityOf(task.workerClass);
    if (capacity !== undefined && (classes.get(task.workerClass) ?? 0) >= capacity) return false;
    if (task.models.some((model) => rules.pausedModels.has(model))) return false;
    if (task.exclusive.some((model) => (owners.get(model) ?? task.runId) !== task.runId)) return false;
    return task.pools.every((pool) => {
      const limit = rules.limitOf(pool);
      if (limit === undefined) return true;
      if ((used.get(pool) ?? 0) >= limit) return false;
      return !isBackfill(task) || (usedByBackfills.get(pool) ?? 0) < shareOfBackfills(limit);
    });
  };

  const chosen: TaskRef[] = [];
  for (const task of [...ready].sort(soonestFirst(now))) {
    if (!fits(task)) continue;
    take(task);
    chosen.push({ runId: task.runId, task: task.id, fence: task.fence });
  }
  return chosen;
}

function isBackfill({ priority }: AdmissionTask): boolean {
  return priority >= BACKFILL_PRIORITY;
}

/** At most half of a pool, but always one. */
function shareOfBackfills(limit: number): number {
  return limit === 0 ? 0 : Math.max(1, Math.floor(limit / 2));
}

function soonestFirst(now: Date): (a: AdmissionTask, b: AdmissionTask) => number {
  const urgency = (task: AdmissionTask) =>
    task.priority - ((now.getTime() - (task.readyAt ?? now).getTime()) / 60_000) * AGEING_PER_MINUTE;
  return (a, b) => urgency(a) - urgency(b) || a.rank - b.rank || (a.id < b.id ? -1 : 1);
}
