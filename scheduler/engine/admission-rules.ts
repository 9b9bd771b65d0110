// Owns what the admission of workers' tasks goes by at a moment: limits as configured, pauses, and how much the live workers can take.
import { type AdmissionRules, poolLimits } from "../../core/execute/index.ts";
import { pausedSubjects, type StateStore, type WorkerClass, type WorkerRecord } from "../../core/state/index.ts";

/** A worker that has said nothing for so long takes nothing. */
export const WORKER_SILENT_MS = 30_000;
/** Tickets in a class's queue for each task that its workers can do at once: none of them waits for the next, and priorities stay in force. */
const AHEAD = 2;
/** Rules are looked up anew after so long. */
const FRESH_MS = 1_000;

export function createAdmissionRules(
  state: StateStore,
  pools: Readonly<Record<string, number>>,
  elapsedMs: () => number = () => performance.now(),
): () => Promise<AdmissionRules> {
  let known: { readonly rules: AdmissionRules; readonly atMs: number } | undefined;
  return async () => {
    const now = elapsedMs();
    if (known && now - known.atMs < FRESH_MS) return known.rules;
    const rules = rulesOf(poolLimits(pools), {
      paused: pausedSubjects(await state.listPauses(), await state.now()),
      workers: await state.listWorkers(WORKER_SILENT_MS),
    });
    known = { rules, atMs: now };
    return rules;
  };
}

function rulesOf(
  limitOf: AdmissionRules["limitOf"],
  view: { readonly paused: ReturnType<typeof pausedSubjects>; readonly workers: readonly WorkerRecord[] },
): AdmissionRules {
  const capacity = new Map<WorkerClass, number>();
  for (const { classes, concurrency } of view.workers)
    for (const one of classes) capacity.set(one, (capacity.get(one) ?? 0) + concurrency * AHEAD);
  return {
    limitOf: (pool) => (view.paused.pools.has(pool) ? 0 : limitOf(pool)),
    pausedModels: view.paused.models,
    capacityOf: (workerClass) => capacity.get(workerClass) ?? 0,
  };
}
