// Owns which steps of a plan belong together: a task is what one process does at once. Pure; knows nothing of who takes it.
import type { Manifest, Model } from "../manifest/index.ts";
import type { Plan, Step } from "../plan/index.ts";
import type { Executor, NewTask, WorkerClass } from "../state/index.ts";
import { parseDurationMs } from "../util/index.ts";

const RETRY_DELAY_MS = 30_000;

/** How often a task may be tried that no model says it of: a store that is away for a moment is worth waiting for when nobody sits and waits. */
const DEFAULT_ATTEMPTS = { process: { extract: 1, other: 1 }, workers: { extract: 3, other: 1 } } as const;

export interface StepTask {
  readonly id: string;
  /** In the order of the plan. */
  readonly steps: readonly string[];
}

export interface GroupedTasks {
  readonly tasks: readonly (NewTask & StepTask)[];
  readonly taskOf: ReadonlyMap<string, string>;
}

/**
 * The extracts of a store are one task, because they share its consistent point; a model's build is one; what depends on nothing outside
 * its task joins it, so that a build is tested and published by whoever made it. Steps of other tasks are waited for only
 * by a task's first steps, so the tasks can wait for each other no more than the steps could.
 */
export function groupTasks(plan: Plan, manifest: Manifest, executor: Executor): GroupedTasks {
  const taskOf = new Map<string, string>();
  const groups = new Map<string, Step[]>();
  for (const step of plan.steps) {
    const id = homeOf(step, taskOf) ?? (step.store === undefined ? step.id : `extract:${step.store}`);
    taskOf.set(step.id, id);
    const group = groups.get(id);
    if (group) group.push(step);
    else groups.set(id, [step]);
  }
  const settings = new Map([...groups].map(([id, steps]) => [id, settingsOf(steps, manifest, executor)]));
  const bundleOf = findBundles(groups, taskOf);
  const together = new Map<string, Set<string>>();
  for (const [id, bundle] of bundleOf) {
    const models = together.get(bundle) ?? new Set<string>();
    for (const model of settings.get(id)?.models ?? []) models.add(model);
    together.set(bundle, models);
  }
  const tasks = [...groups].map(([id, steps], rank) => {
    const own = settings.get(id) as ReturnType<typeof settingsOf>;
    const bundle = bundleOf.get(id);
    return {
      id,
      steps: steps.map((step) => step.id),
      rank,
      ...own,
      exclusive: bundle === undefined ? own.models : [...(together.get(bundle) ?? [])].sort(),
      ...(bundle !== undefined && { bundle }),
      waits: steps.reduce((edges, { dependsOn }) => edges + outside(dependsOn, id, taskOf), 0),
    };
  });
  return { tasks, taskOf };
}

/**
 * Task -> the bundle it is part of. What is tested or published elsewhere than it was made is at work until then: other runs stay away
 * from all of a bundle as soon as one of it begins, so that two runs never wait for each other with half of it each.
 */
function findBundles(
  groups: ReadonlyMap<string, readonly Step[]>,
  taskOf: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const parent = new Map<string, string>();
  const rootOf = (id: string): string => {
    let root = id;
    for (let next = parent.get(root); next !== undefined && next !== root; next = parent.get(root)) root = next;
    return root;
  };
  for (const [id, steps] of groups)
    for (const { kind, dependsOn } of steps) {
      if (kind !== "test" && kind !== "publish") continue;
      for (const other of dependsOn.flatMap((step) => taskOf.get(step) ?? [])) {
        if (other === id) continue;
        const [a, b] = [rootOf(id), rootOf(other)];
        parent.set(a, a);
        parent.set(b, a);
      }
    }
  return new Map([...parent.keys()].map((id) => [id, rootOf(id)]));
}

/** The task that did all the step waits for; undefined when there is none. */
function homeOf({ kind, dependsOn }: Step, taskOf: ReadonlyMap<string, string>): string | undefined {
  if (kind !== "test" && kind !== "publish") return undefined;
  const homes = new Set(dependsOn.map((id) => taskOf.get(id)));
  return homes.size === 1 ? [...homes][0] : undefined;
}

function outside(dependsOn: readonly string[], task: string, taskOf: ReadonlyMap<string, string>): number {
  return dependsOn.filter((id) => taskOf.has(id) && taskOf.get(id) !== task).length;
}

function settingsOf(
  steps: readonly Step[],
  manifest: Manifest,
  executor: Executor,
): Omit<NewTask, "id" | "rank" | "waits" | "exclusive" | "bundle"> {
  const made = steps.filter(({ kind }) => kind !== "prune").flatMap(({ models }) => models);
  const models = [...new Set(made)].flatMap((id): readonly Model[] =>
    manifest.models[id] ? [manifest.models[id]] : [],
  );
  const stores = new Set(steps.flatMap(({ store }) => store ?? []));
  const extracts = stores.size > 0;
  const pools = [
    ...[...stores].map((store) => `store:${store}`),
    "warehouse",
    ...models.map(({ project }) => `project:${project}`),
    ...models.flatMap(({ tags }) => tags.map((tag) => `tag:${tag}`)),
    ...models.flatMap(({ config }) => (config.pools as readonly string[] | undefined) ?? []),
  ];
  const attempts = models.flatMap(({ config }) => (config.attempts as number | undefined) ?? []);
  const delays = models.flatMap(({ config }) => durationOf(config.retry_delay));
  const timeouts = models.flatMap(({ config }) => durationOf(config.timeout));
  return {
    workerClass: models.map(workerClassOf).find((one) => one !== "duckdb") ?? (extracts ? "extract" : "duckdb"),
    models: models.map(({ id }) => id).sort(),
    pools: [...new Set(pools)].sort(),
    maxAttempts:
      attempts.length > 0 ? Math.max(...attempts) : DEFAULT_ATTEMPTS[executor][extracts ? "extract" : "other"],
    retryDelayMs: delays.length > 0 ? Math.max(...delays) : RETRY_DELAY_MS,
    ...(timeouts.length > 0 && { timeoutMs: Math.max(...timeouts) }),
  };
}

/** What a worker must be able to do to make the model. */
export function workerClassOf({ kind }: Pick<Model, "kind">): WorkerClass {
  if (kind === "snapshot") return "extract";
  return kind === "typescript" ? "ts" : "duckdb";
}

function durationOf(value: unknown): number[] {
  const ms = typeof value === "string" ? parseDurationMs(value) : undefined;
  return ms === undefined ? [] : [ms];
}
