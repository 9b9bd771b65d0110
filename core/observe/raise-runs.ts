// Owns which runs go before others because a promise is about to be broken, and telling the state store. Judges no promise.
import type { Manifest } from "../manifest/index.ts";
import type { Judgement } from "../sla/index.ts";
import type { RunRecord, StateStore, TaskStatus } from "../state/index.ts";

/** After what people ask for, before every schedule that does not say otherwise. */
const AT_RISK_PRIORITY = 20;
/** Not broken yet: what is broken has an incident, and somebody who looks into it. */
const ENDANGERED: ReadonlySet<string> = new Set(["AT_RISK", "WARN"]);
const ENDED: ReadonlySet<TaskStatus> = new Set(["done", "failed", "quarantined", "skipped", "cancelled"]);

export interface RaisedRun {
  readonly run: string;
  readonly because: string;
}

/**
 * Raises the open runs that an endangered promise waits for: of each schedule with a table on the way from the promise to what is to
 * blame. Safe to repeat, and repeated with every look: the run may be asked for after the promise was found to be at risk. Nothing is
 * taken back when it no longer is.
 */
export async function raiseRunsAtRisk(
  state: StateStore,
  manifest: Manifest,
  judgements: readonly Judgement[],
): Promise<readonly RaisedRun[]> {
  const raised: RaisedRun[] = [];
  for (const [schedule, waitedFor] of endangeredBySchedule(manifest, judgements))
    for (const { id } of await awaitedRuns(state, schedule, waitedFor.models)) {
      const because = describe([...waitedFor.promises]);
      if (await state.raiseRun(id, AT_RISK_PRIORITY, because)) raised.push({ run: id, because });
    }
  return raised;
}

interface WaitedFor {
  readonly models: Set<string>;
  readonly promises: Set<Judgement>;
}

function endangeredBySchedule(manifest: Manifest, judgements: readonly Judgement[]): ReadonlyMap<string, WaitedFor> {
  const found = new Map<string, WaitedFor>();
  for (const judgement of judgements) {
    // Its own state: also of a promise that is at risk because of another's table.
    if (!ENDANGERED.has(judgement.own)) continue;
    for (const id of judgement.cause?.path ?? []) {
      const model = manifest.models[id];
      if (model?.schedule === undefined) continue;
      const schedule = `${model.project}.${model.schedule}`;
      const { models, promises } = found.get(schedule) ?? { models: new Set(), promises: new Set() };
      found.set(schedule, { models: models.add(id), promises: promises.add(judgement) });
    }
  }
  return found;
}

/** Those at work on one of the models; when none is, the next that will be, and those that it waits for. */
async function awaitedRuns(
  state: StateStore,
  schedule: string,
  models: ReadonlySet<string>,
): Promise<readonly RunRecord[]> {
  // A backfill reads again what was: with a better priority it would take more of a pool than it may, and help no promise.
  const open = async (status: "running" | "waiting") =>
    (await state.listRuns({ schedule, status })).filter(({ trigger }) => trigger !== "backfill");
  const running = await open("running");
  const atWork: RunRecord[] = [];
  for (const run of running) {
    const tasks = await state.listTasks(run.id);
    if (tasks.some((task) => !ENDED.has(task.status) && task.models.some((id) => models.has(id)))) atWork.push(run);
  }
  if (atWork.length > 0) return atWork;
  const due = ({ logicalAt, startedAt }: RunRecord) => (logicalAt ?? startedAt).getTime();
  const [next] = (await open("waiting")).sort((a, b) => due(a) - due(b) || (a.id < b.id ? -1 : 1));
  return next ? [next, ...running] : [];
}

function describe(promises: readonly Judgement[]): string {
  const dueAt = ({ deadline = Number.POSITIVE_INFINITY }: Judgement) => deadline;
  const [first, ...others] = [...promises].sort((a, b) => dueAt(a) - dueAt(b));
  if (!first) return "";
  const { subject, kind } = first.objective;
  const due = first.deadline === undefined ? "" : `, due ${new Date(first.deadline).toISOString().slice(0, 19)}Z`;
  const more = others.length === 0 ? "" : `; and ${others.length} more`;
  return `${kind} of ${subject} is at risk${due}${more}`;
}
