// Owns turning a run that waits into its plan by what is deployed. What a quarantined model would do again is left out, and said.

import type { Deployed } from "../../core/deploy/index.ts";
import { isUnknownWork, parseWork, prepareWork, type Work } from "../../core/execute/index.ts";
import type { Manifest } from "../../core/manifest/index.ts";
import * as pipeline from "../../core/pipeline.ts";
import type { Plan } from "../../core/plan/index.ts";
import type { NewTask, RunRecord, StateStore } from "../../core/state/index.ts";

export interface PlannedRun {
  readonly plan: Plan;
  /** How many models the run is about, whatever they need. */
  readonly selected: number;
  /** For `beginRun` of the state store. */
  readonly work: string;
  readonly tasks: readonly NewTask[];
  /** The newest publication that it was planned with. */
  readonly readSequence: number;
}

interface RunOptions {
  readonly select?: readonly string[];
  readonly exclude?: readonly string[];
  readonly fullRefresh?: boolean;
  readonly discardHistory?: readonly string[];
}

/** Throws what planning throws, such as `selection/matches-nothing`. */
export async function planRun(
  run: Pick<RunRecord, "selection" | "options" | "trigger">,
  { manifest, ids }: Pick<Deployed, "manifest" | "ids">,
  state: StateStore,
): Promise<PlannedRun> {
  // Asked first: what is published meanwhile counts as not read.
  const readSequence = await state.latestSequence();
  const quarantined = run.trigger === "manual" ? new Map<string, string>() : await stillQuarantined(manifest, state);
  const { select: asked, ...options } = (run.options ?? {}) as RunOptions;
  const select = asked ?? (run.selection === "" ? [] : [run.selection]);
  const facts = await pipeline.gatherFacts(state, manifest);
  // An empty list is no selection: everything.
  const selection = { ...options, ...(select.length > 0 && { select }) };
  const chosen = pipeline.select(manifest, pipeline.graphOf(manifest), selection);
  const left = [...quarantined.keys()].filter((id) => chosen.has(id));
  const plan = pipeline.plan(manifest, facts, {
    ...selection,
    ...(left.length > 0 && { exclude: [...(options.exclude ?? []), ...left] }),
  });
  const blocked = left.map((model) => ({
    model,
    reason: `it took its workers down in run ${quarantined.get(model)} and has not changed since; mesh trigger --select ${model} tries it again`,
  }));
  const told = { ...plan, blocked: [...plan.blocked, ...blocked] };
  const published = new Map([...(await state.published())].map(([model, { buildId }]) => [model, buildId]));
  const { work, tasks } = prepareWork({ plan: told, manifest, published, executor: "workers", deployments: ids });
  return { plan: told, selected: chosen.size, work: JSON.stringify(work), tasks, readSequence };
}

/** Quarantined models that are as they were then, with the run. */
async function stillQuarantined(manifest: Manifest, state: StateStore): Promise<ReadonlyMap<string, string>> {
  const same = new Map<string, string>();
  for (const [model, runId] of await state.quarantinedModels()) {
    const text = await state.readWork(runId);
    if (!manifest.models[model] || text === undefined) continue;
    try {
      const { fingerprints = {} } = parseWork(text, runId) as Partial<Work>;
      if (fingerprints[model] === manifest.models[model]?.fingerprint) same.set(model, runId);
    } catch (error) {
      if (!isUnknownWork(error)) throw error;
      // A newer scheduler can tell whether it has changed; until then it takes no more workers down.
      same.set(model, runId);
    }
  }
  return same;
}
