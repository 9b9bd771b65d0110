// Owns what must hold of every run that has ended, by the state store alone: all ended, published once, in order, every start explained.
import { expect } from "vitest";
import type { AttemptRecord, RunRecord, StateStore, TaskRecord } from "../../core/state/index.ts";

/** What an attempt ends with when the task is begun again. */
const AGAIN: ReadonlySet<string | undefined> = new Set(["lost", "retried", "returned"]);
/** Of a step that others wait for. */
const SATISFIES: ReadonlySet<string> = new Set(["success", "warned", "unchanged"]);
const NEVER_BEGAN: ReadonlySet<string> = new Set(["skipped", "held", "cancelled"]);

/** Of a run that never began. */
const NO_WORK = `{ "plan": { "steps": [] }, "tasks": [] }`;

interface PlannedStep {
  readonly id: string;
  readonly kind: string;
  readonly models: readonly string[];
  readonly dependsOn: readonly string[];
}

/**
 * Every task and step ended; each model was published at most once; nothing began before what it waits for had succeeded and was published;
 * every start is an attempt, one at a time, that begins where the one before ended for a reason; whoever cancelled it is in the audit log.
 */
export async function expectInvariants(state: StateStore, runId: string): Promise<void> {
  const run = (await state.getRun(runId)) as RunRecord;
  const [tasks, steps, attempts] = [
    await state.listTasks(runId),
    await state.listSteps(runId),
    await state.listAttempts(runId),
  ];
  const open = tasks.filter(({ status }) => ["waiting", "ready", "queued", "running"].includes(status));
  expect(open.map(({ id, status }) => `${id} ${status}`)).toEqual([]);
  expect(steps.filter(({ status }) => status === "running")).toEqual([]);

  const publications = await state.listPublications({ runId });
  const models = publications.map(({ model }) => model);
  expect(models.length, "a model was published twice").toBe(new Set(models).size);
  const publishedAt = new Map(publications.map(({ model, publishedAt: at }) => [model, at.getTime()]));

  const work = JSON.parse((await state.readWork(runId)) ?? NO_WORK) as {
    plan: { steps: PlannedStep[] };
    tasks: { id: string; steps: string[] }[];
  };
  const taskOf = new Map(work.tasks.flatMap(({ id, steps: own }) => own.map((step) => [step, id] as const)));
  const planned = new Map(work.plan.steps.map((step) => [step.id, step]));
  const ran = new Map(steps.flatMap((step) => (NEVER_BEGAN.has(step.status) ? [] : [[step.step, step] as const])));
  const ends = new Map(steps.map((step) => [step.step, step]));
  for (const { id, kind, dependsOn } of work.plan.steps) {
    const own = ran.get(id);
    if (!own) continue;
    const begun = attempts.filter(({ task }) => task === taskOf.get(id));
    for (const parent of dependsOn) {
      const before = ends.get(parent);
      const end = before?.finishedAt?.getTime() ?? Number.NaN;
      expect(own.startedAt.getTime(), `${id} after ${parent}`).toBeGreaterThanOrEqual(end);
      // Tidying up waits for its parents, however they ended.
      if (kind !== "prune") expect(SATISFIES, `${id} began although ${parent} ended so`).toContain(before?.status);
      if (taskOf.get(parent) === taskOf.get(id)) continue;
      for (const model of planned.get(parent)?.kind === "publish" ? (planned.get(parent)?.models ?? []) : [])
        for (const { startedAt, fence } of begun)
          expect(
            startedAt.getTime(),
            `${id} (fence ${fence}) began before ${model} was published`,
          ).toBeGreaterThanOrEqual(publishedAt.get(model) ?? 0);
    }
  }
  for (const task of tasks)
    expectExplained(
      task,
      attempts.filter((one) => one.task === task.id),
    );
  for (const [id, { startedAt }] of ran)
    expect(
      attempts.some(
        (one) =>
          one.task === taskOf.get(id) && one.startedAt <= startedAt && startedAt <= (one.finishedAt ?? startedAt),
      ),
      `${id} ran in no attempt`,
    ).toBe(true);
  if (run.cancelRequestedAt) {
    const subjects = [runId, ...(run.backfill === undefined ? [] : [run.backfill])];
    const entries = (await Promise.all(subjects.map((subject) => state.listAudit({ subject })))).flat();
    expect(
      entries.map(({ actor }) => actor),
      `who cancelled ${runId}`,
    ).toContain(run.cancelledBy);
  }
}

/** A claim makes the fence one greater, and so does giving back: whatever somebody began without an attempt leaves a gap. */
function expectExplained(task: TaskRecord, attempts: readonly AttemptRecord[]): void {
  const inOrder = [...attempts].sort((a, b) => a.fence - b.fence);
  const last = inOrder.at(-1);
  let fence = 1;
  let freeAtMs = 0;
  for (const attempt of inOrder) {
    const what = `${task.id}, fence ${attempt.fence}`;
    expect(attempt.outcome, `${what} has no outcome`).toBeDefined();
    expect(attempt.fence, `${what}: a start that no attempt explains`).toBe(fence);
    expect(attempt.startedAt.getTime(), `${what} began while another was at it`).toBeGreaterThanOrEqual(freeAtMs);
    if (attempt !== last) expect(AGAIN, `${what}: why it was begun again`).toContain(attempt.outcome);
    freeAtMs = attempt.finishedAt?.getTime() ?? Number.NaN;
    fence += 2;
  }
  const ended = last !== undefined && !AGAIN.has(last.outcome);
  if (ended) expect(task.status, `${task.id} after its last attempt`).toBe(last.outcome);
  const expected = last === undefined ? 0 : ended ? last.fence : last.fence + 1;
  expect(task.fence, `${task.id}: a start that no attempt explains`).toBe(expected);
  expect(task.losses, `${task.id}: workers lost`).toBe(inOrder.filter(({ outcome }) => outcome === "lost").length);
}
