// Owns which runs that wait begin, and how: planned by what is deployed now, unless their schedule's other runs, a pause or a problem are in
// the way. Windows of backfills are begun by their own.
import { MeshError } from "../../core/errors/index.ts";
import { isStateAway, isUnknownWork } from "../../core/execute/index.ts";
import type { Manifest, Schedule } from "../../core/manifest/index.ts";
import { isPaused, type PauseRecord, type RunRecord, type Trigger } from "../../core/state/index.ts";
import type { Duty, DutyContext } from "../duty.ts";
import { beginResumed, isWindowHeld, passOver } from "../engine/index.ts";
import { decideOverlap } from "./decide-overlap.ts";
import { planRun } from "./plan-run.ts";

const OURS: readonly Trigger[] = ["manual", "schedule", "new-data", "resume"];
/** They neither wait for the runs of a schedule nor hold them up. */
const ASKED: readonly Trigger[] = ["manual", "resume"];

export const beginDuty: Duty = {
  name: "begin",
  everyMs: 1_000,
  async run(context) {
    const { state, signal, transport } = context;
    const ours = ({ trigger }: RunRecord) => OURS.includes(trigger);
    // In this order: a run that begins in between is seen as one that goes on, never as none.
    const waiting = (await state.listRuns({ status: "waiting", executor: "workers" })).filter(ours);
    if (waiting.length === 0) return;
    const running = (await state.listRuns({ status: "running", executor: "workers" })).filter(ours);
    const { manifest } = await context.deployed();
    const [pauses, now] = [await state.listPauses(), await state.now()];
    const free = waiting.filter((run) => !isHeld(run, pauses, now));
    const begin = free.filter(({ schedule, trigger }) => schedule === undefined || ASKED.includes(trigger));
    const bySchedule = new Map<string, RunRecord[]>();
    for (const run of free.filter((one) => !begin.includes(one)))
      bySchedule.set(run.schedule as string, [...(bySchedule.get(run.schedule as string) ?? []), run]);
    for (const [schedule, runs] of bySchedule) {
      const definition = definitionOf(schedule, manifest);
      if (!definition) {
        for (const run of runs) await end(run, `the schedule ${schedule} is no more`, context);
        continue;
      }
      const under = running.filter((run) => run.schedule === schedule && !ASKED.includes(run.trigger));
      begin.push(...(await settleOverlap(definition, runs, under, context)));
    }
    let begun = 0;
    for (const run of begin.sort(bySoonest)) {
      if (signal.aborted) break;
      try {
        if (await beginOne(run, context)) begun++;
      } catch (error) {
        // The state store being away concerns all; anything else must not keep the runs behind this one from beginning.
        if (isStateAway(error)) throw error;
        context.log.error({ run: run.id, schedule: run.schedule, error: String(error) }, "the run could not be begun");
      }
    }
    if (begun > 0) await transport.signal({ topic: "look", why: `${begun} runs began` });
  },
};

function isHeld({ schedule, backfill, selection }: RunRecord, pauses: readonly PauseRecord[], now: Date): boolean {
  // One that resumes a window's run: its selection is the snapshot.
  if (backfill !== undefined) return isWindowHeld(selection, pauses, now);
  const subject =
    schedule === undefined ? { kind: "system" as const, name: "" } : { kind: "schedule" as const, name: schedule };
  return isPaused(pauses, subject, now);
}

function definitionOf(schedule: string, { projects }: Manifest): Schedule | undefined {
  const dot = schedule.indexOf(".");
  return projects[schedule.slice(0, dot)]?.schedules[schedule.slice(dot + 1)];
}

/** Skips and cancels what its policy says; gives the runs that may begin. */
async function settleOverlap(
  { overlap }: Schedule,
  asked: readonly RunRecord[],
  running: readonly RunRecord[],
  context: DutyContext,
): Promise<readonly RunRecord[]> {
  // One that began between the two looks goes on: taken to wait, it would be passed over and another begin beside it.
  const waiting = asked.filter(({ id }) => running.every((run) => run.id !== id));
  const decision = decideOverlap(overlap, [...waiting, ...running]);
  for (const { id, reason } of decision.skip)
    await end(waiting.find((run) => run.id === id) as RunRecord, reason, context);
  for (const { id, reason } of decision.cancel) {
    const schedule = running.find((run) => run.id === id)?.schedule ?? "";
    await context.state.stopRun(id, { by: schedule, reason, status: "cancelled" });
    await context.transport.signal({ topic: "stop", runId: id });
    context.log.info({ schedule, run: id, reason }, "the run is cancelled");
  }
  return decision.begin.flatMap((id) => waiting.find((run) => run.id === id) ?? []);
}

async function end(run: RunRecord, reason: string, { state, log }: DutyContext): Promise<void> {
  if (await state.endWaitingRun(run.id, "skipped", reason))
    log.info({ schedule: run.schedule, run: run.id, reason }, "the run is skipped");
}

/** False when it did not begin, or somebody else was faster. */
async function beginOne(run: RunRecord, context: DutyContext): Promise<boolean> {
  const { state, log } = context;
  try {
    if (run.trigger === "resume") return await beginResumed(run, state);
    const { plan, selected, work, tasks, readSequence } = await planRun(run, await context.deployed(), state);
    if (selected === 0 && run.schedule !== undefined) {
      await end(run, `no model runs by ${run.schedule}`, context);
      return false;
    }
    if (tasks.length === 0 && plan.blocked.length > 0) {
      const reason = plan.blocked.map((blocked) => `${blocked.model}: ${blocked.reason}`).join("; ");
      await end(run, `nothing can run: ${reason}`, context);
      return false;
    }
    if (!(await state.beginRun(run.id, work, tasks, readSequence))) return false;
    log.info({ run: run.id, schedule: run.schedule, tasks: tasks.length }, "the run begins");
    for (const { model, reason } of plan.blocked) log.warn({ run: run.id, model, reason }, "the model is left out");
    return true;
  } catch (error) {
    if (isUnknownWork(error)) {
      passOver(run.id, error, log);
      return false;
    }
    if (!(error instanceof MeshError) || error.retryable || error.code.startsWith("state/")) throw error;
    await state.endWaitingRun(run.id, "failed", error.message);
    log.warn(
      { run: run.id, schedule: run.schedule, code: error.code, reason: error.message },
      "the run cannot be planned",
    );
    return false;
  }
}

function bySoonest(a: RunRecord, b: RunRecord): number {
  return a.priority - b.priority || a.startedAt.getTime() - b.startedAt.getTime() || (a.id < b.id ? -1 : 1);
}
