// Owns looking after backfills: windows become runs, as many at once as may be; runs are planned and begun; a cancel reaches every run. Each
// step may be repeated by any scheduler: the state store lets a window begin once.
import { MeshError } from "../../core/errors/index.ts";
import { beginRun } from "../../core/execute/index.ts";
import * as pipeline from "../../core/pipeline.ts";
import type { BackfillRecord, BackfillWindow, NewRun, RunRecord } from "../../core/state/index.ts";
import { createId, identityOf } from "../../core/util/index.ts";
import type { Duty, DutyContext } from "../duty.ts";
import { isWindowHeld, windowRoom } from "../engine/index.ts";
import { nextWindows } from "./next-windows.ts";

const EVERY_MS = 1_000;
/** Behind everything that schedules and people ask for. */
const PRIORITY = 1_000;

export function createBackfillsDuty(): Duty {
  return {
    name: "backfills",
    everyMs: EVERY_MS,
    async run(context) {
      const open = await context.state.listBackfills({ open: true, executor: "workers" });
      if (open.length === 0) return;
      const [pauses, now] = [await context.state.listPauses(), await context.state.now()];
      // Oldest first: who asked earlier is not overtaken by who asks for much.
      for (const backfill of [...open].reverse()) {
        if (context.signal.aborted) return;
        try {
          await lookAfter(backfill, isWindowHeld(backfill.model, pauses, now), context);
        } catch (error) {
          // One backfill must not keep the others from being looked after.
          context.log.error(
            { backfill: backfill.id, error: String(error) },
            `backfill ${backfill.id} was not looked after`,
          );
        }
      }
    },
  };
}

async function lookAfter(backfill: BackfillRecord, held: boolean, context: DutyContext): Promise<void> {
  const { state, log } = context;
  if (backfill.cancelRequestedAt !== undefined) await stopRuns(backfill, context);
  else if (!held) {
    const windows = await state.listWindows({ backfill: backfill.id });
    for (const rank of nextWindows(backfill, windows))
      await state.startWindow(
        backfill.id,
        rank,
        runOf(backfill, windows.find((one) => one.rank === rank) as BackfillWindow),
      );
    await beginRuns(backfill, context);
  }
  const ended = await state.finishBackfill(backfill.id);
  if (ended) log.info({ backfill: backfill.id, model: backfill.model, status: ended }, `the backfill ended: ${ended}`);
}

function runOf({ model, by }: BackfillRecord, { from, to }: BackfillWindow): NewRun {
  return {
    id: createId(),
    command: "backfill",
    selection: model,
    executor: "workers",
    trigger: "backfill",
    createdBy: by,
    priority: PRIORITY,
    options: { window: { from, to } },
    reason: `rows from ${from} before ${to} are read again`,
    ...identityOf(),
  };
}

async function beginRuns({ id }: BackfillRecord, context: DutyContext): Promise<void> {
  const waiting = await context.state.listRuns({ status: "waiting", backfill: id });
  // One that resumes a window's run is begun with those of schedules: it is planned already.
  const runs = waiting.filter(({ trigger }) => trigger === "backfill").sort(bySoonest);
  const room = runs.length === 0 ? 0 : await windowRoom(id, context.state);
  let begun = 0;
  for (const run of runs) {
    if (context.signal.aborted || begun >= room) break;
    if (await beginWindow(run, context)) begun++;
  }
  if (begun > 0) await context.transport.signal({ topic: "look", why: `${begun} runs of backfill ${id} began` });
}

/** What somebody asked to be read anew goes first. */
function bySoonest(a: RunRecord, b: RunRecord): number {
  return a.priority - b.priority || a.startedAt.getTime() - b.startedAt.getTime() || (a.id < b.id ? -1 : 1);
}

async function beginWindow(run: RunRecord, { state, log, deployed }: DutyContext): Promise<boolean> {
  try {
    const { manifest, ids } = await deployed();
    const facts = await pipeline.gatherFacts(state, manifest);
    const { window } = run.options as { readonly window: { readonly from: string; readonly to: string } };
    const plan = pipeline.plan(manifest, facts, { select: [run.selection], backfill: window });
    const [obstacle] = plan.blocked;
    if (obstacle || plan.steps.length === 0) {
      const reason = obstacle ? `${obstacle.model}: ${obstacle.reason}` : `${run.selection} needs nothing`;
      await state.endWaitingRun(run.id, "failed", reason);
      log.warn({ run: run.id, backfill: run.backfill, reason }, "the window cannot be read");
      return false;
    }
    return (await beginRun(run.id, { plan, manifest, executor: "workers", deployments: ids }, state)) !== undefined;
  } catch (error) {
    if (!(error instanceof MeshError) || error.retryable || error.code.startsWith("state/")) throw error;
    await state.endWaitingRun(run.id, "failed", error.message);
    log.warn({ run: run.id, backfill: run.backfill, code: error.code }, "the window cannot be planned");
    return false;
  }
}

async function stopRuns(backfill: BackfillRecord, { state, transport }: DutyContext): Promise<void> {
  const { id, cancelledBy = backfill.by, cancelReason = `backfill ${id} was cancelled` } = backfill;
  for (const status of ["waiting", "running"] as const)
    for (const run of await state.listRuns({ status, backfill: id })) {
      if (run.cancelRequestedAt !== undefined) continue;
      await state.stopRun(run.id, { by: cancelledBy, reason: cancelReason, status: "cancelled" });
      await transport.signal({ topic: "stop", runId: run.id });
    }
}
