// Owns what is left of a run that ended before it had done everything: the same plan, pins and deployments without what was published. Pure
// but for `resumeRun`, which asks for the run that does it.
import { problems } from "../errors/index.ts";
import type { Manifest } from "../manifest/index.ts";
import type { AuditVia, Publication, RunRecord, StateStore, StepRecord } from "../state/index.ts";
import { createId, identityOf } from "../util/index.ts";
import { SATISFIES } from "./fallout.ts";
import { parseWork, type Work } from "./work.ts";

export interface Ended {
  readonly work: Work;
  readonly steps: readonly Pick<StepRecord, "step" | "status">[];
  /** What the run published. */
  readonly publications: readonly Pick<Publication, "model" | "buildId">[];
}

/** What is left of a run's work; its tasks are grouped anew. */
export type RemainingWork = Pick<Work, "plan" | "fingerprints" | "deployments">;

/**
 * The work of a run that goes on where another ended. What was published stays and is read; a model that was not is made anew, all its
 * steps, because an unpublished build belongs to its run. undefined when nothing is left.
 */
export function remainingWork({ work, steps, publications }: Ended): RemainingWork | undefined {
  const done = new Set(steps.flatMap(({ step, status }) => (SATISFIES.has(status as never) ? [step] : [])));
  const open = new Set(
    work.plan.steps.flatMap(({ id, kind, models }) => (kind === "publish" && !done.has(id) ? models : [])),
  );
  if (open.size === 0) return undefined;
  const left = work.plan.steps.filter(({ kind, models }) => kind === "prune" || models.some((id) => open.has(id)));
  const kept = new Set(left.map(({ id }) => id));
  const pins = { ...work.pins };
  for (const { model, buildId } of publications) if (!open.has(model)) pins[model] = buildId;
  return {
    fingerprints: work.fingerprints,
    deployments: work.deployments,
    plan: {
      ...work.plan,
      steps: left.map((step) => ({ ...step, dependsOn: step.dependsOn.filter((id) => kept.has(id)) })),
      pins,
    },
  };
}

/** What is left of an ended run. Throws `run/not-found`, `run/still-open`, `run/nothing-left`, `run/inputs-gone`, `run/work-unknown`. */
export async function readRemainingWork(
  runId: string,
  state: StateStore,
): Promise<{ readonly run: RunRecord; readonly work: RemainingWork }> {
  const run = await state.getRun(runId);
  if (!run) throw problems.runNotFound({ run: runId });
  if (run.status === "running" || run.status === "waiting")
    throw problems.runStillOpen({ run: runId, status: run.status });
  const text = await state.readWork(runId);
  if (text === undefined) throw problems.nothingLeft({ run: runId });
  const publications = await state.listPublications({ runId });
  const work = remainingWork({ work: parseWork(text, runId), steps: await state.listSteps(runId), publications });
  if (!work) throw problems.nothingLeft({ run: runId });
  const wanted = Object.values(work.plan.pins);
  const there = await state.getBuilds(wanted);
  const gone = Object.entries(work.plan.pins).flatMap(([model, id]) =>
    there.get(id)?.status === "passed" || work.fingerprints[model] !== undefined ? [] : [model],
  );
  if (gone.length > 0) throw problems.inputsGone({ run: runId, models: gone });
  return { run, work };
}

/** Refuses to do under one definition what was planned under another. */
export function refuseChangedModels(runId: string, work: RemainingWork, manifest: Manifest): void {
  const made = new Set(work.plan.steps.flatMap(({ kind, models }) => (kind === "prune" ? [] : models)));
  const changed = [...made].filter((id) => manifest.models[id]?.fingerprint !== work.fingerprints[id]);
  if (changed.length > 0) throw problems.definitionsChanged({ run: runId, models: changed });
}

/**
 * Asks for a run by workers that does what is left, with the same pins and deployments; a scheduler begins it. Throws `run/…`, such as
 * `run/being-resumed` when another does it.
 */
export async function resumeRun(
  runId: string,
  asked: { readonly by: string; readonly reason?: string; readonly via?: AuditVia },
  state: StateStore,
): Promise<RunRecord> {
  const { run } = await readRemainingWork(runId, state);
  if (run.executor === "process") throw problems.resumedHereOnly({ run: runId });
  const id = createId();
  const reason = asked.reason ?? `resumes ${runId}`;
  const resumed = await state.recordRun(
    {
      id,
      command: "resume",
      selection: run.selection,
      executor: "workers",
      trigger: "resume",
      createdBy: asked.by,
      priority: Math.min(run.priority, 10),
      resumes: runId,
      ...(run.logicalAt && { logicalAt: run.logicalAt }),
      ...(run.backfill !== undefined && { backfill: run.backfill }),
      reason,
      ...identityOf(),
    },
    asked.via && {
      actor: asked.by,
      via: asked.via,
      action: "run.resume",
      subject: id,
      detail: { resumes: runId, reason },
    },
  );
  if (!resumed) throw problems.unexpected({ what: `resuming ${runId}`, reason: "the run was not recorded" });
  return resumed;
}
