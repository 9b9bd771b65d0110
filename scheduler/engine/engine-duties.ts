// Owns what keeps runs going whoever dies: ready tasks are admitted, tasks of dead workers given to others, lost tickets offered again.
// This is the whole recovery from a crash, of processes and of Redis.

import { MeshError, problems, toDiagnostic } from "../../core/errors/index.ts";
import { createDispatcher, giveToOthers, isStateAway, isUnknownWork, loseTask } from "../../core/execute/index.ts";
import { recoverCrashed } from "../../core/publish/index.ts";
import type { TaskRecord } from "../../core/state/index.ts";
import type { Duty, DutyContext } from "../duty.ts";
import { createAdmissionRules, WORKER_SILENT_MS } from "./admission-rules.ts";
import { passOver } from "./pass-over.ts";

/** A ticket that nobody took for so long may be lost. Offering it again while it still waits is no second offer. */
const TICKET_OVERDUE_MS = 20_000;
/** How often dead workers are looked for; a part of the lease when that is short. */
const SWEEP_MS = 1_000;
const SWEEPS_PER_LEASE = 4;

/** Admits tasks and offers their tickets. Workers do the same after each task; this is for what they do not see. */
export function admitDuty(pools: Readonly<Record<string, number>>): Duty {
  const dispatchers = new WeakMap<DutyContext, ReturnType<typeof createDispatcher>>();
  return {
    name: "admit",
    everyMs: 1_000,
    async run(context) {
      const { state, transport } = context;
      let dispatcher = dispatchers.get(context);
      if (!dispatcher) {
        const rules = createAdmissionRules(state, pools);
        dispatcher = createDispatcher({ state, transport, scope: { executor: "workers" }, rules });
        dispatchers.set(context, dispatcher);
      }
      await dispatcher.dispatch();
    },
  };
}

/** Expired leases, overdue tickets, runs of `mesh run` whose process is dead. */
export function createSweepDuty(leaseMs: number): Duty {
  // Who wants dead workers noticed sooner, by a shorter lease, wants lost tickets noticed sooner.
  const overdueMs = Math.min(TICKET_OVERDUE_MS, leaseMs);
  const everyMs = Math.min(SWEEP_MS, Math.ceil(leaseMs / SWEEPS_PER_LEASE));
  // Leases that end while the state store is away, or soon after, say nothing about who held them. A process that ended with it has not seen it.
  // A store that froze for as long as a lease fails nobody: it is seen by the answer that came late.
  let away = false;
  let backAtMs = Number.NEGATIVE_INFINITY;
  let answeredAtMs = Number.POSITIVE_INFINITY;
  return {
    name: "sweep",
    everyMs,
    async run(context) {
      try {
        const expired = await context.state.expiredTasks();
        away ||= performance.now() - answeredAtMs > leaseMs;
        await sweep(context, expired, overdueMs, away || performance.now() - backAtMs < leaseMs);
        answeredAtMs = performance.now();
        if (away) backAtMs = answeredAtMs;
        away = false;
      } catch (error) {
        away ||= isStateAway(error);
        throw error;
      }
    },
  };
}

async function sweep(
  { state, transport, log }: DutyContext,
  expired: readonly TaskRecord[],
  overdueMs: number,
  away: boolean,
): Promise<void> {
  for (const task of expired) {
    const reason = `its lease ended without a word from ${task.worker ?? "it"}${away ? " while the state store was away" : ""}`;
    const error = toDiagnostic(problems.workerLost({ task: task.id, reason }));
    const about = { run: task.runId, task: task.id, worker: task.worker };
    try {
      const { kind } = await (away ? giveToOthers(task, "returned", error, state) : loseTask(task, error, state));
      log.warn({ ...about, losses: task.losses + (away ? 0 : 1), became: kind }, "a lease ended");
    } catch (failure) {
      // That concerns all; anything else must not keep the others from being recovered.
      if (isStateAway(failure)) throw failure;
      // Another scheduler was faster.
      if (failure instanceof MeshError && failure.code === "run/task-lost") continue;
      if (isUnknownWork(failure)) passOver(task.runId, failure, log);
      else log.error({ ...about, error: String(failure) }, "a task whose lease ended cannot be given to others");
    }
  }
  // What was given back may begin now, and so may what waited for its slots of pools; nobody waits for the answer of a Redis that is away.
  if (expired.length > 0) void transport.signal({ topic: "look", why: `${expired.length} leases ended` });
  const live = (await state.listWorkers(WORKER_SILENT_MS)).flatMap(({ classes }) => classes);
  const recalled = await state.recallTasks([...new Set(live)], overdueMs);
  if (recalled > 0) log.warn({ tasks: recalled }, "tasks that no worker is left for are taken out of the queues");
  const overdue = await state.overdueTickets(overdueMs);
  if (overdue.length > 0) {
    log.warn({ tickets: overdue.length }, "tickets that nobody took are offered again");
    await transport.offer(overdue, { again: true });
  }
  for (const run of await recoverCrashed(state))
    log.warn({ run: run.id, host: run.host, pid: run.pid }, "a process died with its run");
}
